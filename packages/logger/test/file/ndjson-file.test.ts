import { appendFile, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ndjsonFile } from '../../src/file/ndjson-file.ts';
import { parseLine } from '../../src/file/parse-line.ts';
import type { JsonValue, LogRecord, RecordData } from '../../src/log-record.ts';

const { signal } = new AbortController();

const event = (n: number): LogRecord => ({ kind: 'event', time: 1000 + n, type: 'step', data: { n } });
const definition: LogRecord = {
  kind: 'definition',
  time: 1,
  name: 'frame-rate',
  unit: 'fps',
  description: 'Frames per second',
  area: 'rendering',
  better: 'higher',
  target: 55,
};

describe('ndjsonFile', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'evenkeel-log-'));
    path = join(directory, 'deep', 'performance.ndjson');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const linesOf = async (file = path): Promise<string[]> =>
    (await readFile(file, 'utf8')).split('\n').slice(0, -1);
  const recordsOf = async (file = path): Promise<(LogRecord | undefined)[]> =>
    (await linesOf(file)).map((line) => parseLine(line)?.record);

  it('writes lines that pino tools and a JSON parser read', async () => {
    const sink = ndjsonFile({ path, instance: 'shop-1' });
    await sink.write([event(1)], signal);
    await sink.stop?.();
    expect(JSON.parse((await linesOf())[0] ?? '')).toEqual({
      level: 30,
      time: 1001,
      v: 1,
      instance: 'shop-1',
      kind: 'event',
      type: 'step',
      data: { n: 1 },
    });
  });

  it('gives back every record as it was', async () => {
    const text = fc.string({ unit: 'binary' });
    const json = fc.jsonValue({ noUnicodeString: false }) as fc.Arbitrary<JsonValue>;
    const data = fc.dictionary(text, json) as fc.Arbitrary<RecordData>;
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    const time = fc.integer({ min: 0, max: 2 ** 45 });
    const record = fc.oneof(
      fc.record({ kind: fc.constant('event' as const), time, type: text, data }),
      fc.record(
        { kind: fc.constant('metric' as const), time, name: text, value: number, context: data },
        { requiredKeys: ['kind', 'time', 'name', 'value'] },
      ),
      fc.record({
        kind: fc.constant('benchmark' as const),
        time,
        id: text,
        durationMs: number,
        measurements: fc.array(fc.record({ label: text, elapsedMs: number, deltaMs: number })),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 5 }), async (records) => {
        const file = join(directory, 'round-trip');
        const sink = ndjsonFile({ path: file });
        await sink.write(records, signal);
        await sink.stop?.();
        const read = await recordsOf(file);
        await rm(file);
        expect(read).toEqual(JSON.parse(JSON.stringify(records)));
      }),
      { numRuns: 100 },
    );
  });

  it('puts full files aside, keeps as many as it may, and begins each with the definitions', async () => {
    const sink = ndjsonFile({ path, maxBytes: 1024, maxFiles: 3 });
    await sink.write([definition], signal);
    for (let n = 0; n < 100; n++) await sink.write([event(n)], signal);
    await sink.stop?.();
    const files = (await readdir(join(directory, 'deep'))).sort();
    expect(files).toEqual(['performance.ndjson', 'performance.ndjson.1', 'performance.ndjson.2']);
    const kept: LogRecord[] = [];
    for (const file of [`${path}.2`, `${path}.1`, path]) {
      const [first, ...rest] = await recordsOf(file);
      expect(first).toEqual(definition);
      kept.push(...rest.flatMap((record) => record ?? []));
    }
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, n) => event(100 - kept.length + n)));
  });

  it('keeps one file where that is all it may keep', async () => {
    const sink = ndjsonFile({ path, maxBytes: 1024, maxFiles: 1 });
    for (let n = 0; n < 100; n++) await sink.write([event(n)], signal);
    await sink.stop?.();
    expect(await readdir(join(directory, 'deep'))).toEqual(['performance.ndjson']);
    expect((await recordsOf()).at(-1)).toEqual(event(99));
  });

  it('goes on behind what is there, without the line that was left unfinished', async () => {
    const sink = ndjsonFile({ path });
    await sink.write([event(1), event(2)], signal);
    await sink.stop?.();
    await truncate(path, (await readFile(path)).length - 5);
    const next = ndjsonFile({ path });
    await next.write([event(3)], signal);
    await next.stop?.();
    expect(await recordsOf()).toEqual([event(1), event(3)]);
  });

  it('leaves what others have written as it is', async () => {
    const file = join(directory, 'notes.txt');
    const long = 'x'.repeat(100_000);
    await writeFile(file, `first\n${long}`);
    const sink = ndjsonFile({ path: file });
    await sink.write([event(1)], signal);
    await sink.stop?.();
    expect((await linesOf(file)).slice(0, 2)).toEqual(['first', long]);
    expect((await recordsOf(file)).at(2)).toEqual(event(1));
  });

  it('follows when the file is moved or emptied by others', async () => {
    const sink = ndjsonFile({ path });
    await sink.write([event(1)], signal);
    await rename(path, `${path}.old`);
    await sink.write([event(2)], signal);
    await truncate(path, 0);
    await sink.write([event(3)], signal);
    await rm(path);
    await sink.write([event(4)], signal);
    await sink.stop?.();
    expect(await recordsOf(`${path}.old`)).toEqual([event(1)]);
    expect(await recordsOf()).toEqual([event(4)]);
  });

  it('begins a file that was emptied by others with the definitions', async () => {
    const sink = ndjsonFile({ path });
    await sink.write([definition, event(1)], signal);
    await truncate(path, 0);
    await sink.write([event(2)], signal);
    await sink.stop?.();
    expect(await recordsOf()).toEqual([definition, event(2)]);
  });

  it('refuses a file that somebody else writes to', async () => {
    const sink = ndjsonFile({ path });
    await sink.write([event(1)], signal);
    await appendFile(path, 'another\n');
    await expect(sink.write([event(2)], signal)).rejects.toThrow(
      /another process writes to .*performance\.ndjson/,
    );
    await sink.stop?.();
  });

  it.each([0, 1, 2, 3, 5, 8, 13, 21, 34])(
    'writes nothing twice when the process dies %i turns into a write',
    async (turns) => {
      const records = Array.from({ length: 3000 }, (_, n) => event(n));
      const sink = ndjsonFile({ path });
      await sink.write(records.slice(0, 10), signal);
      let confirmed = 10;
      const underWay = sink.write(records.slice(10, 2000), signal).then(() => {
        confirmed = 2000;
      });
      // The write is somewhere between being formatted and being on the disk.
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      // As the drain does: what is not confirmed comes again.
      sink.writeSync?.(records.slice(confirmed));
      await underWay;
      await sink.stop?.();
      expect(await recordsOf()).toEqual(records);
    },
  );

  it('writes at once where it was never opened', async () => {
    const sink = ndjsonFile({ path });
    sink.writeSync?.([event(1)]);
    expect(await recordsOf()).toEqual([event(1)]);
  });

  it('tells of what it cannot write, and goes on when it can', async () => {
    const file = join(directory, 'taken');
    await writeFile(join(directory, 'taken'), '');
    const sink = ndjsonFile({ path: join(file, 'log.ndjson') });
    await expect(sink.start?.()).rejects.toThrow(/EEXIST|ENOTDIR/);
    await expect(sink.write([event(1)], signal)).rejects.toThrow(/EEXIST|ENOTDIR/);
    await rm(file);
    await sink.write([event(1)], signal);
    await sink.stop?.();
    expect(await recordsOf(join(file, 'log.ndjson'))).toEqual([event(1)]);
  });

  it.each([
    [undefined, /path/],
    [{}, /path/],
    [{ path: '' }, /path/],
    [{ path: 'x', maxBytes: '1kib!' }, /maxBytes.*1kib!/],
    [{ path: 'x', maxFiles: 0 }, /maxFiles.*0/],
    [{ path: 'x', rotate: true }, /rotate/],
  ])('names what is wrong with %j', (options, message) => {
    // Given as JavaScript does.
    expect(() => ndjsonFile(options as never)).toThrow(message);
  });
});
