import { ConfigurationError, StateError, VirtualClock } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../src/log-record.ts';
import { FlightRecorder } from '../../src/recording/index.ts';

function create(options: object = {}) {
  const clock = new VirtualClock(1_000_000);
  return { clock, recorder: new FlightRecorder({ clock, ...options }) };
}

/* More than a definition allows for. */
type Loose = { record(values: unknown): void };

describe('FlightRecorder', () => {
  it('gives back what was recorded, in order, with the definitions of metrics', () => {
    const { clock, recorder } = create();
    const request = recorder.defineEvent('http_request', {
      route: 'text',
      status: 'integer',
      durationMs: 'number',
      ok: 'boolean',
    });
    const memory = recorder.defineMetric({
      name: 'memory',
      unit: 'MB',
      area: 'memory',
      better: 'lower',
      target: 512,
    });
    request.record({ route: '/a', status: 200, durationMs: 1.5, ok: true });
    memory.record(100);
    clock.advance(10);
    recorder.record('deployed', { version: '1.2' });
    memory.record(101, { heap: 'old' });
    recorder.recordMetric('queue', 3);
    recorder.recordMetric('queue', 4, { name: 'mail' });
    const run = { id: 'sort', durationMs: 5, measurements: [{ label: 'half', elapsedMs: 2, deltaMs: 2 }] };
    recorder.recordBenchmark(run);
    recorder.recordBenchmark({ ...run, context: { size: 10 } });
    expect(recorder.recent()).toStrictEqual([
      {
        kind: 'event',
        time: 1_000_000,
        type: 'http_request',
        data: { route: '/a', status: 200, durationMs: 1.5, ok: true },
      },
      {
        kind: 'definition',
        time: 1_000_000,
        name: 'memory',
        unit: 'MB',
        description: 'memory',
        area: 'memory',
        better: 'lower',
        target: 512,
      },
      { kind: 'metric', time: 1_000_000, name: 'memory', value: 100 },
      { kind: 'event', time: 1_000_010, type: 'deployed', data: { version: '1.2' } },
      { kind: 'metric', time: 1_000_010, name: 'memory', value: 101, context: { heap: 'old' } },
      {
        kind: 'definition',
        time: 1_000_010,
        name: 'queue',
        unit: '',
        description: 'queue',
        area: 'application',
      },
      { kind: 'metric', time: 1_000_010, name: 'queue', value: 3 },
      { kind: 'metric', time: 1_000_010, name: 'queue', value: 4, context: { name: 'mail' } },
      { kind: 'benchmark', time: 1_000_010, ...run },
      { kind: 'benchmark', time: 1_000_010, ...run, context: { size: 10 } },
    ]);
    expect(recorder.statistics()).toMatchObject({ recorded: 8, held: 8, refused: 0 });
  });

  it('records typed events whatever they are given', () => {
    const { recorder } = create();
    const event = recorder.defineEvent('typed', {
      text: 'text',
      whole: 'integer',
      any: 'number',
      flag: 'boolean',
    });
    const loose = event as unknown as Loose;
    const data = (values: unknown) => {
      loose.record(values);
      const [record] = recorder.recent({ count: 1 });
      return record?.kind === 'event' ? record.data : undefined;
    };
    const none = { text: null, whole: null, any: null, flag: null };
    expect(data({ flag: true, any: 1, whole: 2, text: 'other order' })).toStrictEqual({
      text: 'other order',
      whole: 2,
      any: 1,
      flag: true,
    });
    expect(data({ text: 'a', whole: 1, any: 2, flag: false, more: 3 })).toStrictEqual({
      text: 'a',
      whole: 1,
      any: 2,
      flag: false,
    });
    expect(data({ text: 5, whole: 1.5, any: Number.NaN, flag: 1 })).toStrictEqual(none);
    expect(data({ text: undefined, whole: '1', any: Number.POSITIVE_INFINITY, flag: null })).toStrictEqual(
      none,
    );
    expect(data({ text: 'a', whole: -0, any: -0, flag: false })).toStrictEqual({
      text: 'a',
      whole: 0,
      any: 0,
      flag: false,
    });
    for (const junk of [{}, undefined, null, 5, 'text', [], () => {}]) expect(data(junk)).toStrictEqual(none);
    expect(data({ text: 'x'.repeat(1e6), whole: 1 })).toStrictEqual({
      ...none,
      text: `${'x'.repeat(1023)}…`,
      whole: 1,
    });
    const throwing = {
      text: 'a',
      get whole(): number {
        throw new Error('no');
      },
      any: 2,
      flag: true,
    };
    expect(data(throwing)).toStrictEqual({ text: 'a', whole: null, any: 2, flag: true });
    expect(recorder.statistics().recorded).toBe(14);
  });

  it('is not confused by a getter that records', () => {
    const { recorder } = create();
    const inner = recorder.defineEvent('inner', { a: 'number', b: 'text' });
    const outer = recorder.defineEvent('outer', { a: 'number', b: 'text', c: 'number' });
    const metric = recorder.defineMetric({ name: 'metric' });
    const values = (a: number) => ({
      a,
      get b() {
        inner.record({ a: -1, b: 'inner' });
        return 'outer';
      },
      c: a + 1,
    });
    outer.record(values(1));
    recorder.record('free', values(2));
    metric.record(3, values(3));
    const isInner = (each: LogRecord): boolean => each.kind === 'event' && each.type === 'inner';
    const inside = recorder.recent().filter(isInner);
    expect(inside.length).toBeGreaterThan(2);
    for (const each of inside) expect(each).toMatchObject({ data: { a: -1, b: 'inner' } });
    const outside = recorder.recent().filter((each) => !isInner(each));
    expect(outside).toMatchObject([
      { type: 'outer', data: { a: 1, b: 'outer', c: 2 } },
      { type: 'free', data: { a: 2, b: 'outer', c: 3 } },
      { kind: 'definition' },
      { name: 'metric', value: 3, context: { a: 3, b: 'outer', c: 4 } },
    ]);
  });

  it('records free-form data the same, whether it is like the first of its type or not', () => {
    const { recorder } = create();
    class Masked {
      a = 1;
      b = 'secret';
      c = true;
      toJSON() {
        return { a: 1, b: 'masked', c: true };
      }
    }
    const first = { a: 1, b: 'text', c: true };
    const others: readonly unknown[] = [
      { a: 2, b: 'other', c: false },
      { a: -0, b: '', c: true },
      { a: Number.NaN, b: 'x', c: true },
      { b: 'order', a: 1, c: true },
      { a: 1, b: 'fewer' },
      { a: 1, b: 'more', c: true, d: 1 },
      { a: '1', b: 'kind', c: true },
      { a: 1, b: 'kind', c: null },
      { a: 1, b: { nested: 1 }, c: true },
      { a: 1n, b: 'x'.repeat(2000), c: true },
      new Masked(),
      Object.create(first),
      undefined,
      [1],
    ];
    const each = (record: (data: unknown, index: number) => void) => {
      others.forEach(record);
      return recorder.recent({ count: others.length }).map((one) => one.kind === 'event' && one.data);
    };
    recorder.record('same', first);
    const fast = each((data) => recorder.record('same', data as object));
    const copied = each((data, index) => recorder.record(`type ${index}`, data as object));
    expect(fast).toStrictEqual(copied);
    expect(fast.slice(0, 3)).toStrictEqual([
      { a: 2, b: 'other', c: false },
      { a: 0, b: '', c: true },
      { a: null, b: 'x', c: true },
    ]);
    expect(fast[10]).toStrictEqual({ a: 1, b: 'masked', c: true });
  });

  it('keeps any data of any type as its copy, in a row of events of the same type', () => {
    const data = fc.dictionary(
      fc.string({ maxLength: 3 }),
      fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null)),
    );
    fc.assert(
      fc.property(fc.array(data, { maxLength: 10 }), (all) => {
        const { recorder } = create();
        for (const each of all) for (let times = 0; times < 2; times++) recorder.record('same', each);
        const read = recorder.recent().map((one) => one.kind === 'event' && JSON.stringify(one.data));
        expect(read).toEqual(all.flatMap((each) => [JSON.stringify(each), JSON.stringify(each)]));
      }),
    );
  });

  it('refuses values that are no finite numbers, and counts them', () => {
    const { recorder } = create();
    const metric = recorder.defineMetric({ name: 'a' });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '5', null, undefined, {}, 5n])
      metric.record(value as number);
    recorder.recordMetric('b', Number.NaN);
    recorder.recordBenchmark({ id: 'c', durationMs: Number.NaN, measurements: [] });
    recorder.recordBenchmark(undefined as never);
    metric.record(-0);
    expect(recorder.recent()).toMatchObject([{ kind: 'definition' }, { value: 0 }]);
    expect(recorder.statistics()).toMatchObject({ recorded: 1, refused: 10 });
  });

  it('bounds names, and has one for what has none', () => {
    const { recorder } = create();
    recorder.record('t'.repeat(500), {});
    recorder.record('', {});
    recorder.record(7 as never);
    recorder.recordMetric('m'.repeat(500), 1);
    recorder.recordMetric('m'.repeat(500), 2);
    recorder.recordBenchmark({ id: 'b'.repeat(500), durationMs: 1, measurements: [] });
    const cut = (letter: string) => `${letter.repeat(199)}…`;
    expect(recorder.recent().filter(({ kind }) => kind !== 'definition')).toMatchObject([
      { type: cut('t') },
      { type: 'unnamed' },
      { type: 'unnamed', data: {} },
      { name: cut('m'), value: 1 },
      { name: cut('m'), value: 2 },
      { id: cut('b') },
    ]);
    expect(recorder.definitions()).toHaveLength(1);
  });

  it('takes only so many metrics', () => {
    const { recorder } = create();
    for (let index = 0; index < 10_005; index++) recorder.recordMetric(`metric ${index}`, 1);
    recorder.recordMetric('metric 0', 2);
    expect(recorder.definitions()).toHaveLength(10_000);
    expect(recorder.statistics()).toMatchObject({ recorded: 10_001, refused: 5 });
    expect(() => recorder.defineMetric({ name: 'one more' })).toThrow(StateError);
  });

  it('gives the definition of a metric again where it has changed', () => {
    const { recorder } = create();
    const reader = recorder.reader();
    const first = recorder.defineMetric({ name: 'size', unit: 'kB' });
    first.record(1);
    expect(reader.read(10).records).toMatchObject([{ unit: 'kB' }, { value: 1 }]);
    expect(recorder.defineMetric({ name: 'size', unit: 'kB' })).toBe(first);
    first.record(2);
    expect(recorder.defineMetric({ name: 'size', unit: 'MB' })).toBe(first);
    first.record(3);
    // What is recorded already is read with what is known of it now.
    expect(reader.read(10).records).toMatchObject([
      { kind: 'definition', unit: 'MB' },
      { value: 2 },
      { value: 3 },
    ]);
  });

  it('defines an event again only with the same fields', () => {
    const { recorder } = create();
    const event = recorder.defineEvent('saved', { id: 'text' });
    expect(recorder.defineEvent('saved', { id: 'text' })).toBe(event);
    expect(() => recorder.defineEvent('saved', { id: 'integer' })).toThrow(StateError);
    expect(() => recorder.defineEvent('saved', { id: 'text', size: 'integer' })).toThrow(StateError);
  });

  it.each([
    [() => new FlightRecorder({ capacity: 10 }), /capacity .*10/],
    [() => new FlightRecorder({ maxBytes: 'much' }), /maxBytes/],
    [() => new FlightRecorder({ clock: {} as never }), /clock/],
    [() => new FlightRecorder(null as never), /FlightRecorder/],
    [() => new FlightRecorder().defineEvent('', { a: 'text' }), /type/],
    [() => new FlightRecorder().defineEvent(undefined as never, { a: 'text' }), /type/],
    [() => new FlightRecorder().defineEvent('a', undefined as never), /fields/],
    [() => new FlightRecorder().defineEvent('a', {}), /1 to 32 fields/],
    [() => new FlightRecorder().defineEvent('a', { b: 'date' as never }), /fields\.b .*date/],
    [() => new FlightRecorder().defineEvent('a', { 1: 'text' }), /number/],
    [() => new FlightRecorder().defineMetric(undefined as never), /name/],
    [() => new FlightRecorder().defineMetric({ name: '' }), /name/],
    [() => new FlightRecorder().defineMetric({ name: 'a', unit: 5 as never }), /unit .*5/],
    [() => new FlightRecorder().defineMetric({ name: 'a', area: 'kitchen' as never }), /area .*kitchen/],
    [() => new FlightRecorder().defineMetric({ name: 'a', target: Number.NaN }), /target/],
    [() => new FlightRecorder().defineMetric({ name: 'a', betterr: 'lower' } as never), /better/],
    [() => new FlightRecorder().recent({ count: -1 }), /count/],
    [() => new FlightRecorder().recent({ duration: 'a while' }), /duration/],
  ])('says what is wrong with what it is given: %s', (act, message) => {
    expect(act).toThrow(ConfigurationError);
    expect(act).toThrow(message);
  });

  it('gives the last ones by time and by count', () => {
    const { clock, recorder } = create();
    for (let index = 0; index < 10; index++) {
      recorder.record(`event ${index}`);
      clock.advance(1000);
    }
    const types = (query: object) => recorder.recent(query).map((each) => each.kind === 'event' && each.type);
    expect(types({ duration: '3s' })).toEqual(['event 7', 'event 8', 'event 9']);
    expect(types({ count: 2 })).toEqual(['event 8', 'event 9']);
    expect(types({ duration: 3000, count: 1 })).toEqual(['event 9']);
    expect(types({ duration: 0 })).toEqual([]);
    expect(types({ count: 0 })).toEqual([]);
    expect(types({})).toHaveLength(10);
  });

  it('lets go of the oldest when texts take too much room', () => {
    const { recorder } = create({ maxBytes: '1mb' });
    for (let index = 0; index < 1000; index++) recorder.record('event', { index, text: 'x'.repeat(1000) });
    const { held, bytes, recorded } = recorder.statistics();
    expect(recorded).toBe(1000);
    expect(bytes).toBeLessThanOrEqual(2 ** 20);
    expect(held).toBeLessThan(512);
    expect(held).toBeGreaterThan(400);
    expect(recorder.recent({ count: 1 })).toMatchObject([{ data: { index: 999 } }]);
  });
});

describe('RecordReader', () => {
  it('reads or counts as lost each record exactly once, beside other readers', () => {
    type Step =
      | { kind: 'record'; count: number }
      | { kind: 'read'; reader: number; max: number }
      | { kind: 'begin' };
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ kind: fc.constant('record' as const), count: fc.nat({ max: 900 }) }),
      fc.record({
        kind: fc.constant('read' as const),
        reader: fc.nat({ max: 5 }),
        max: fc.nat({ max: 700 }),
      }),
      fc.record({ kind: fc.constant('begin' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { recorder } = create({ capacity: 1024 });
        const metric = recorder.defineMetric({ name: 'index' });
        const readers = [{ reader: recorder.reader(), from: 0, read: 0, last: -1 }];
        let recorded = 0;
        for (const each of steps) {
          if (each.kind === 'record') {
            for (let index = 0; index < each.count; index++) metric.record(recorded++);
          } else if (each.kind === 'begin') {
            const from = recorded - recorder.statistics().held;
            readers.push({ reader: recorder.reader(), from, read: 0, last: from - 1 });
          } else {
            const one = readers[each.reader % readers.length];
            if (!one) continue;
            const lostBefore = one.reader.lost;
            const { records, count } = one.reader.read(each.max);
            const values = records.flatMap((record) => (record.kind === 'metric' ? [record.value] : []));
            expect(count).toBe(values.length);
            expect(count).toBeLessThanOrEqual(each.max);
            expect(one.reader.lost).toBe(lostBefore);
            for (const value of values) {
              expect(value).toBeGreaterThan(one.last);
              one.last = value;
            }
            one.read += count;
          }
          for (const { reader, from, read } of readers) {
            expect(read + reader.lost + reader.waiting).toBe(recorded - from);
            expect(reader.position).toBe(from + read + reader.lost);
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
