import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { seededRandom } from '@evenkeel/core/statistics';
import { ndjsonFile } from '../../src/file/ndjson-file.ts';
import { parseLine } from '../../src/file/parse-line.ts';

export interface KilledFiles {
  readonly rounds: number;
  /** Files at the end, put aside or not. */
  readonly files: number;
  readonly records: number;
  /** Times that a kill left a line unfinished, which the next start took away. */
  readonly tornLines: number;
  /** Lines that could not be read after a restart. */
  readonly unreadable: number;
  /** Numbers missing or standing twice, of those that were written for certain. */
  readonly wrong: number;
}

/** Kills a writing process again and again, each time after up to `maxRunMs`, and reads what it has left. */
export async function killWriters(
  writer: string,
  rounds: number,
  seed: number,
  maxRunMs = 150,
): Promise<KilledFiles> {
  const random = seededRandom(seed);
  const directory = await mkdtemp(join(tmpdir(), 'evenkeel-killed-'));
  const path = join(directory, 'log.ndjson');
  try {
    let [tornLines, unreadable, wrong, records] = [0, 0, 0, 0];
    for (let round = 0; round < rounds; round++) {
      const certain = await writeUntilKilled(writer, path, records, random() * maxRunMs);
      // It is away between being put aside and made anew.
      const text = await readFile(path, 'utf8').catch(() => '');
      if (!text.endsWith('\n') && text !== '') tornLines += 1;
      // As the next process does.
      const sink = ndjsonFile({ path });
      await sink.start?.();
      await sink.stop?.();
      const numbers = await readNumbers(directory, () => {
        unreadable += 1;
      });
      wrong += numbers.filter((number, at) => number !== at).length;
      if (numbers.length < certain) wrong += certain - numbers.length;
      records = numbers.length;
    }
    return { rounds, files: (await readdir(directory)).length, records, tornLines, unreadable, wrong };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Gives how many records were written for certain. */
async function writeUntilKilled(writer: string, path: string, from: number, runMs: number): Promise<number> {
  const child = spawn(process.execPath, [writer, path, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let certain = from;
  for await (const line of createInterface(child.stdout)) {
    // The time runs from the first batch on, whatever the start has taken.
    if (certain === from) setTimeout(() => child.kill('SIGKILL'), runMs);
    certain = Number(line);
  }
  await ended;
  return certain;
}

async function readNumbers(directory: string, onUnreadable: () => void): Promise<number[]> {
  const names = await readdir(directory);
  const age = (name: string): number => Number(/\.(\d+)$/.exec(name)?.[1] ?? 0);
  const numbers: number[] = [];
  for (const name of names.sort((a, b) => age(b) - age(a))) {
    const lines = (await readFile(join(directory, name), 'utf8')).split('\n');
    for (const line of lines.slice(0, -1)) {
      const record = parseLine(line)?.record;
      if (record?.kind === 'event') numbers.push(Number(record.data.n));
      else onUnreadable();
    }
    if (lines.at(-1) !== '') onUnreadable();
  }
  return numbers;
}
