import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { VirtualClock } from '@evenkeel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ndjsonDumps } from '../../src/file/ndjson-dumps.ts';
import { parseLine } from '../../src/file/parse-line.ts';
import type { LogRecord } from '../../src/log-record.ts';

const records = Array.from({ length: 2500 }, (_, n): LogRecord => {
  return { kind: 'metric', time: 5000 + n, name: 'cpu-usage', value: n };
});

describe('ndjsonDumps', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'evenkeel-dumps-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('puts all records into one file, with the reason first', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 2, 3, 4, 5, 6));
    const target = ndjsonDumps({ directory: join(directory, 'a', 'b'), clock });
    const path = await target.write(records, 'memory is critical');
    expect(basename(path)).toBe(`dump-20260102T030405006Z-${process.pid}.ndjson`);
    const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
    const [head, ...rest] = lines.map((line) => parseLine(line)?.record);
    expect(head).toEqual({
      kind: 'event',
      time: clock.now(),
      type: 'dump',
      data: { reason: 'memory is critical', records: 2500 },
    });
    expect(rest).toEqual(records);
  });

  it('keeps the newest, and what others have put there', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 2));
    const target = ndjsonDumps({ directory, maxFiles: 3, clock });
    await writeFile(join(directory, 'notes.ndjson'), '');
    const paths: string[] = [];
    // Two in the same millisecond have files of their own.
    for (let n = 0; n < 6; n++) {
      paths.push(await target.write([], 'asked for'));
      if (n % 2 === 1) clock.advance(1000);
    }
    expect(new Set(paths).size).toBe(6);
    const left = (await readdir(directory)).sort();
    expect(left).toHaveLength(4);
    expect(left).toContain('notes.ndjson');
    expect(left).toContain(basename(paths[5] ?? ''));
  });

  it.each([
    [undefined, /directory/],
    [{ directory: 3 }, /directory.*3/],
    [{ directory: 'x', maxFiles: 0 }, /maxFiles.*0/],
  ])('names what is wrong with %j', (options, message) => {
    // Given as JavaScript does.
    expect(() => ndjsonDumps(options as never)).toThrow(message);
  });
});
