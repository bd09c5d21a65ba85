import { ndjsonFile } from '../../src/file/ndjson-file.ts';
import type { LogRecord } from '../../src/log-record.ts';

/*
 * Writes numbered events into a file, from the number that it is given on, and tells how many are written for certain,
 * until it is killed.
 */
const [path = '', from = '0'] = process.argv.slice(2);
const { signal } = new AbortController();
const sink = ndjsonFile({ path, maxBytes: 200_000, maxFiles: 1000, instance: 'writer' });
const padding = 'x'.repeat(200);

for (let next = Number(from); ; ) {
  const records = Array.from({ length: 500 }, (_, n): LogRecord => {
    return { kind: 'event', time: next + n, type: 'step', data: { n: next + n, padding } };
  });
  await sink.write(records, signal);
  next += records.length;
  process.stdout.write(`${next}\n`);
}
