import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '@evenkeel/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileHistory } from '../../src/file/file-history.ts';
import { ndjsonFile } from '../../src/file/ndjson-file.ts';
import { exportReport, PerformanceReporter, REPORT_FORMATS } from '../../src/index.ts';
import { BASE, describeHistory, event, metric } from '../history/history-contract.ts';

const { signal } = new AbortController();

/* Lines of others, among them kinds that every object has something for. */
const NO_RECORDS = `not json
{"level":30}
{"v":9,"time":1}
{"v":1,"time":1,"kind":"__defineGetter__"}
{"v":1,"time":1,"kind":{"toString":1}}
`;

describeHistory('fileHistory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'evenkeel-history-'));
  const path = join(directory, 'log.ndjson');
  const sink = ndjsonFile({ path, instance: 'here' });
  await sink.start?.();
  const close = async (): Promise<void> => {
    await sink.stop?.();
    await rm(directory, { recursive: true });
  };
  return { sink, history: fileHistory(path), instance: 'here', close };
});

describe('fileHistory', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'evenkeel-history-'));
    path = join(directory, 'log.ndjson');
  });
  afterEach(() => rm(directory, { recursive: true }));

  const HOUR = { from: BASE, to: BASE + 3_600_000 };

  it('reads the files that were put aside, and skips what is no record', async () => {
    const sink = ndjsonFile({ path, maxBytes: 1024, maxFiles: 100 });
    for (let n = 0; n < 200; n++) await sink.write([metric('latency', n * 1000, n)], signal);
    await sink.stop?.();
    await writeFile(`${path}.1`, NO_RECORDS, { flag: 'a' });
    const slice = await fileHistory(path).read({ range: HOUR, steps: 60 });
    expect(slice.series).toHaveLength(1);
    expect(slice.series[0]?.sketch.count).toBe(200);
    expect(slice.series[0]?.sketch.sum).toBe((199 * 200) / 2);
  });

  it('gives the same report to the byte, whenever it is made', async () => {
    const sink = ndjsonFile({ path, instance: 'here' });
    const records = Array.from({ length: 3000 }, (_, n) =>
      metric('latency', n * 1000, 100 + ((n * 7919) % 50)),
    );
    await sink.write([...records, event('deploy', 5000, { version: '1.2' })], signal);
    await sink.stop?.();
    const make = async (now: number): Promise<string[]> => {
      const reporter = new PerformanceReporter({ history: fileHistory(path), clock: new VirtualClock(now) });
      const report = await reporter.generatePerformanceReport(HOUR);
      return REPORT_FORMATS.map((format) => exportReport(report, format));
    };
    expect(await make(BASE + 1e9)).toEqual(await make(BASE));
  });

  it('says what is wrong', async () => {
    await expect(fileHistory(path).read({ range: HOUR, steps: 60 })).rejects.toThrow(/ENOENT.*log\.ndjson/);
    // Given as JavaScript does.
    expect(() => fileHistory(undefined as never)).toThrow(/path.*undefined/);
    await writeFile(path, '');
    await expect(fileHistory(path).read({ range: { from: 5, to: 1 }, steps: 60 })).rejects.toThrow(/to/);
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(fileHistory(path).read({ range: HOUR, steps: 60 }, aborted)).rejects.toThrow('enough');
    expect((await fileHistory(path).read({ range: HOUR, steps: 60 })).series).toEqual([]);
  });
});
