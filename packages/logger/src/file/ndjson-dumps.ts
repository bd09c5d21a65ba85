import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Clock, option, readOptions, systemClock } from '@evenkeel/core';
import type { DumpTarget } from '../dump-target.ts';
import type { LogRecord } from '../log-record.ts';
import { lineFormat } from './line-format.ts';

/** Options of {@link ndjsonDumps}. */
export interface NdjsonDumpsOptions {
  /** It is made where it is not there. */
  readonly directory: string;
  /** How many dumps are kept in it; the oldest give way. @defaultValue 10 */
  readonly maxFiles?: number | undefined;
  /** Who writes; stands in each line. @defaultValue host name and process id */
  readonly instance?: string | undefined;
  /** @defaultValue the system's */
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/**
 * Puts each dump into a file of its own, of lines as `ndjsonFile` writes them; the first says why it was made.
 *
 * @throws ConfigurationError for options that it cannot take
 */
export function ndjsonDumps(options: NdjsonDumpsOptions): DumpTarget {
  const { directory, maxFiles, instance, clock } = readOptions('ndjsonDumps', options, {
    directory: option.string(),
    maxFiles: option.integer({ min: 1, max: 10_000 }).default(10),
    instance: option.string().default(`${hostname()}:${process.pid}`),
    clock: option.withMethods<Pick<Clock, 'now'>>('now').default(systemClock),
  });
  const format = lineFormat(instance);
  return {
    async write(records, reason) {
      await mkdir(directory, { recursive: true });
      const time = clock.now();
      const head: LogRecord = {
        kind: 'event',
        time,
        type: 'dump',
        data: { reason, records: records.length },
      };
      const path = await writeNew(directory, time, lines([head, ...records], format));
      const all = (await readdir(directory)).filter((name) => NAME.test(name)).sort();
      for (const name of all.slice(0, -maxFiles)) await rm(join(directory, name), { force: true });
      return path;
    },
  };
}

/* Names sort by time. */
const NAME = /^dump-\d{8}T\d{9}Z-\d+(?:-\d+)?\.ndjson$/;

/* Formatting so many takes a few ms; the event loop gets its turn between. */
const LINES_AT_ONCE = 1000;

async function* lines(
  records: readonly LogRecord[],
  format: (record: LogRecord) => string,
): AsyncGenerator<string> {
  for (let at = 0; at < records.length; at += LINES_AT_ONCE) {
    let text = '';
    for (const record of records.slice(at, at + LINES_AT_ONCE)) text += format(record);
    yield text;
    await setImmediate();
  }
}

/** In a file that was not there before: of several within a millisecond, and of other processes, each has its own. */
async function writeNew(directory: string, time: number, text: AsyncIterable<string>): Promise<string> {
  const stem = `dump-${new Date(time).toISOString().replaceAll(/[-:.]/g, '')}-${process.pid}`;
  for (let n = 0; ; n++) {
    const path = join(directory, `${stem}${n === 0 ? '' : `-${n}`}.ndjson`);
    try {
      const handle = await open(path, 'wx');
      try {
        for await (const chunk of text) await handle.appendFile(chunk);
      } finally {
        await handle.close();
      }
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}
