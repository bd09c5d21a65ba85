import { ConfigurationError, VirtualClock } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Drain } from '../../src/drain/drain.ts';
import type { LogRecord } from '../../src/log-record.ts';
import { FlightRecorder } from '../../src/recording/index.ts';
import { UnwritableError } from '../../src/sink.ts';
import { ScriptedSink, type Step } from './scripted-sink.ts';

function create({ steps = [], ...options }: { steps?: readonly Step[]; [option: string]: unknown } = {}) {
  const clock = new VirtualClock(1_000_000);
  const recorder = new FlightRecorder({ clock, capacity: 1024 });
  const sink = new ScriptedSink(steps);
  const drain = new Drain({ recorder, sink, clock, batchSize: 10, random: () => 0.5, ...options });
  const events: object[] = [];
  drain.on('*', ({ type, data }) => events.push({ type, ...data }));
  const record = (...types: string[]) => {
    for (const type of types) recorder.record(type);
  };
  return { clock, recorder, sink, drain, events, record };
}

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `${from + index}`);

describe('Drain', () => {
  it('writes a record after a second at most, and a full batch at once', async () => {
    const { clock, sink, drain, record } = create();
    drain.start();
    await clock.advanceAsync(0);
    expect(clock.pending).toBe(0);
    record('a', 'b');
    await clock.advanceAsync(999);
    expect(sink.texts).toEqual([]);
    await clock.advanceAsync(1);
    expect(sink.texts).toEqual(['a', 'b']);
    expect(clock.pending).toBe(0);
    record(...numbered(0, 10));
    expect(sink.texts).toHaveLength(2);
    await clock.advanceAsync(1);
    expect(sink.texts).toHaveLength(12);
    expect(sink.calls.map(({ operation, count }) => `${operation} ${count}`)).toEqual([
      'start 0',
      'write 2',
      'write 10',
    ]);
    expect(drain.statistics()).toEqual({
      sink: 'scripted',
      state: 'running',
      written: 12,
      lost: 0,
      overwritten: 0,
      unwritable: 0,
      waiting: 0,
      failures: 0,
    });
    await drain.stop();
    expect(clock.pending).toBe(0);
  });

  it('writes what was recorded before it was started', async () => {
    const { clock, sink, drain, record, recorder } = create();
    record('early');
    const late = new ScriptedSink();
    const second = new Drain({ recorder, sink: late, clock });
    drain.start();
    second.start();
    await clock.advanceAsync(1000);
    expect([sink.texts, late.texts]).toEqual([['early'], ['early']]);
  });

  it('gives a sink that fails the same records again, later each time, and goes on where it works again', async () => {
    const reject: Step = { kind: 'reject' };
    const { clock, sink, drain, record, events } = create({
      steps: [{ kind: 'accept' }, reject, { kind: 'throw' }, reject],
    });
    drain.start();
    await clock.advanceAsync(0);
    record('a', 'b');
    await clock.advanceAsync(1000);
    expect(drain.statistics()).toMatchObject({
      state: 'failing',
      failures: 1,
      waiting: 2,
      lastError: 'rejected',
    });
    record('c');
    await clock.advanceAsync(60_000);
    expect(sink.texts).toEqual(['a', 'b', 'c']);
    expect(drain.statistics()).toMatchObject({ state: 'running', failures: 0, written: 3, waiting: 0 });
    expect(events).toMatchObject([
      {
        type: 'sink_failed',
        sink: 'scripted',
        operation: 'write',
        failures: 1,
        error: { message: 'rejected' },
      },
      { type: 'sink_failed', failures: 2, error: { message: 'thrown' } },
      { type: 'sink_failed', failures: 3 },
      { type: 'sink_recovered', failures: 3 },
    ]);
  });

  it('tries to open a sink until it can', async () => {
    const reject: Step = { kind: 'reject', error: new Error('no database') };
    const { clock, sink, drain, record, events } = create({ steps: [reject, reject] });
    drain.start();
    record('a');
    await clock.advanceAsync(0);
    expect(events).toMatchObject([
      { type: 'sink_failed', operation: 'start', error: { message: 'no database' } },
    ]);
    await clock.advanceAsync(60_000);
    expect(sink.texts).toEqual(['a']);
    expect(sink.calls.map(({ operation }) => operation)).toEqual(['start', 'start', 'start', 'write']);
  });

  it.each([
    ['succeeds', undefined, 1],
    ['fails', new Error('aborted'), 2],
  ])(
    'leaves a sink that hangs alone until it settles; when the write %s after all, that counts',
    async (_, error, writes) => {
      const { clock, sink, drain, record, events } = create({
        steps: [{ kind: 'accept' }, { kind: 'hang' }],
        timeout: '3s',
      });
      drain.start();
      record('a');
      await clock.advanceAsync(1000);
      const { signal } = sink.calls.at(-1) ?? {};
      expect(signal?.aborted).toBe(false);
      await clock.advanceAsync(3000);
      expect(signal?.aborted).toBe(true);
      expect(drain.statistics()).toMatchObject({ state: 'hanging', waiting: 1, failures: 1 });
      record('b');
      await clock.advanceAsync(60_000);
      expect(sink.calls).toHaveLength(2);
      sink.release(error);
      await clock.advanceAsync(60_000);
      expect(sink.texts).toEqual(['a', 'b']);
      expect(sink.calls.filter(({ operation, count }) => operation === 'write' && count === 1)).toHaveLength(
        writes + 1,
      );
      expect(events).toMatchObject([
        { type: 'sink_failed', operation: 'write', error: { code: 'TIMEOUT' } },
        { type: 'sink_recovered' },
      ]);
    },
  );

  it('finds the records that can never be written, and writes the others in order', async () => {
    const { clock, sink, drain, record } = create({ batchSize: 100 });
    const failures: unknown[] = [];
    drain.on('error', ({ source, error }) => failures.push([source, error.message]));
    sink.isUnwritable = (one) => one.kind === 'event' && ['13', '57'].includes(one.type);
    drain.start();
    record(...numbered(0, 100));
    for (let turn = 0; turn < 20; turn++) await clock.advanceAsync(1000);
    expect(sink.texts).toEqual(numbered(0, 100).filter((each) => each !== '13' && each !== '57'));
    expect(drain.statistics()).toMatchObject({
      written: 98,
      lost: 2,
      unwritable: 2,
      waiting: 0,
      failures: 0,
    });
    expect(failures).toEqual(Array(2).fill(['a record that the sink scripted cannot write', 'refused']));
  });

  it('knows that nothing can be done about an UnwritableError', async () => {
    const steps: Step[] = [
      { kind: 'accept' },
      { kind: 'reject', error: new UnwritableError('never', new Error('why')) },
    ];
    const { clock, drain, record } = create({ steps });
    drain.on('error', () => {});
    drain.start();
    record('a');
    await clock.advanceAsync(1000);
    expect(drain.statistics()).toMatchObject({ written: 0, unwritable: 1, waiting: 0 });
  });

  it('gives each sink the definition of a metric before its first value', async () => {
    const { clock, recorder, sink, drain } = create();
    drain.start();
    recorder.recordMetric('size', 1);
    await clock.advanceAsync(1000);
    recorder.recordMetric('size', 2);
    await clock.advanceAsync(1000);
    expect(sink.written).toMatchObject([{ kind: 'definition', name: 'size' }, { value: 1 }, { value: 2 }]);
    expect(drain.statistics()).toMatchObject({ written: 2, waiting: 0 });
  });

  it('writes the values of a metric whose definition can never be written', async () => {
    const { clock, recorder, sink, drain } = create();
    drain.on('error', () => {});
    sink.isUnwritable = (record) => record.kind === 'definition';
    drain.start();
    await clock.advanceAsync(0);
    recorder.recordMetric('size', 1);
    recorder.recordMetric('length', 2);
    await clock.advanceAsync(1000);
    await clock.advanceAsync(0);
    expect(sink.texts).toEqual(['1', '2']);
    expect(drain.statistics()).toMatchObject({ written: 2, lost: 0, waiting: 0 });
    expect(clock.pending).toBe(0);
  });

  it('counts for a meter what it does', async () => {
    const values = new Map<string, number>();
    const refreshes = new Set<() => void>();
    const bound = (name: string) => ({
      inc: (by = 1) => values.set(name, (values.get(name) ?? 0) + by),
      set: (value: number) => values.set(name, value),
      observe: () => values.set(name, (values.get(name) ?? 0) + 1),
    });
    const metric = (name: string) => ({
      labels: ({ sink }: { sink: string }) => bound(`${name.replace('evenkeel_logger_', '')} ${sink}`),
    });
    const meter = {
      counter: metric,
      gauge: metric,
      histogram: metric,
      onCollect(refresh: () => void) {
        refreshes.add(refresh);
        return () => refreshes.delete(refresh);
      },
    };
    const { clock, sink, drain, record } = create({ meter, steps: [{ kind: 'accept' }, { kind: 'reject' }] });
    drain.on('error', () => {});
    sink.isUnwritable = (one) => one.kind === 'event' && one.type === 'b';
    drain.start();
    await clock.advanceAsync(0);
    record('a', 'c', 'd');
    await clock.advanceAsync(10_000);
    record('b');
    await clock.advanceAsync(1000);
    record('waits');
    for (const refresh of refreshes) refresh();
    expect(Object.fromEntries(values)).toEqual({
      'records_written_total scripted': 3,
      'records_lost_total scripted': 1,
      'records_waiting scripted': 1,
      'write_duration_seconds scripted': 1,
      'sink_failures_total scripted': 1,
    });
    sink.steps.push({ kind: 'hang' });
    const stopped = drain.stop(10);
    await clock.advanceAsync(10);
    await stopped;
    expect(refreshes.size).toBe(0);
    // What was given up at the end is counted too.
    expect(Object.fromEntries(values)).toMatchObject({
      'records_written_total scripted': 3,
      'records_lost_total scripted': 2,
      'records_waiting scripted': 0,
    });
  });

  it('tells of lost records at once, then at most every ten seconds', async () => {
    const { clock, drain, record, events } = create({ steps: [{ kind: 'accept' }, { kind: 'hang' }] });
    const losses = () => events.filter((event) => 'type' in event && event.type === 'records_lost');
    drain.start();
    record('a');
    await clock.advanceAsync(1000);
    record(...numbered(0, 5000));
    const { lost, overwritten } = drain.statistics();
    expect(lost).toBeGreaterThan(3900);
    expect(overwritten).toBe(lost);
    await clock.advanceAsync(10_000);
    expect(losses()).toEqual([{ type: 'records_lost', sink: 'scripted', count: lost, total: lost }]);
    record(...numbered(0, 5000));
    record(...numbered(0, 5000));
    const total = drain.statistics().lost;
    await clock.advanceAsync(30_000);
    expect(losses()).toHaveLength(2);
    expect(losses()[1]).toEqual({ type: 'records_lost', sink: 'scripted', count: total - lost, total });
  });

  it('flushes what is recorded, and says whether it could', async () => {
    const { clock, sink, drain, record } = create();
    expect(await drain.flush()).toBe(false);
    drain.start();
    record('a');
    const flushed = drain.flush();
    await clock.advanceAsync(0);
    expect(await flushed).toBe(true);
    expect(sink.texts).toEqual(['a']);
    expect(sink.calls.at(-1)?.operation).toBe('flush');
    sink.steps.push({ kind: 'hang' });
    record('b');
    const late = drain.flush(100);
    await clock.advanceAsync(100);
    expect(await late).toBe(false);
    sink.release();
    sink.steps.push({ kind: 'accept' }, { kind: 'reject' });
    record('c');
    const failed = drain.flush();
    await clock.advanceAsync(1);
    expect(await failed).toBe(false);
    expect(sink.texts).toEqual(['a', 'b', 'c']);
    expect(clock.pending).toBe(0);
  });

  it('does not wait for the next try when it is flushed', async () => {
    const { clock, sink, drain, record } = create({ steps: [{ kind: 'accept' }, { kind: 'reject' }] });
    drain.start();
    record('a');
    await clock.advanceAsync(1000);
    const flushed = drain.flush();
    await clock.advanceAsync(0);
    expect(await flushed).toBe(true);
    expect(sink.texts).toEqual(['a']);
  });

  it('writes what is left when it is stopped, closes the sink, and may be started again', async () => {
    const { clock, sink, drain, record } = create();
    drain.start();
    record(...numbered(0, 25));
    const stopped = drain.stop();
    expect(drain.stop()).toBe(stopped);
    drain.start();
    await clock.advanceAsync(10);
    await stopped;
    await drain.stop();
    expect(sink.texts).toHaveLength(25);
    expect(sink.calls.slice(-2).map(({ operation }) => operation)).toEqual(['flush', 'stop']);
    expect(drain.statistics()).toMatchObject({ state: 'stopped', written: 25, lost: 0, waiting: 0 });
    expect(clock.pending).toBe(0);
    record('later');
    drain.start();
    await clock.advanceAsync(1000);
    expect(sink.texts.at(-1)).toBe('later');
  });

  it('gives up on a sink that hangs when it is stopped, and counts what is lost by it', async () => {
    const { clock, sink, drain, record, events } = create({ steps: [{ kind: 'accept' }, { kind: 'hang' }] });
    drain.start();
    record(...numbered(0, 25));
    const stopped = drain.stop(2000);
    await clock.advanceAsync(2000);
    await stopped;
    expect(sink.calls[1]?.signal?.aborted).toBe(true);
    expect(drain.statistics()).toMatchObject({ state: 'stopped', written: 0, lost: 25, waiting: 0 });
    expect(events).toContainEqual({ type: 'records_lost', sink: 'scripted', count: 25, total: 25 });
    expect(clock.pending).toBe(0);
  });

  it('closes a sink that opens only after it was given up', async () => {
    const { clock, sink, drain } = create({ steps: [{ kind: 'hang' }] });
    drain.start();
    const stopped = drain.stop(2000);
    await clock.advanceAsync(2000);
    await stopped;
    expect(sink.calls.map(({ operation }) => operation)).toEqual(['start']);
    sink.release();
    await clock.advanceAsync(0);
    expect(sink.calls.map(({ operation }) => operation)).toEqual(['start', 'stop']);
  });

  it('does not wait for ever for a sink to close', async () => {
    const accept: Step = { kind: 'accept' };
    const { clock, drain, record, events } = create({
      steps: [accept, accept, accept, { kind: 'hang' }],
      timeout: 3000,
    });
    drain.start();
    record('a');
    const stopped = drain.stop();
    await clock.advanceAsync(3000);
    await stopped;
    expect(events).toMatchObject([{ type: 'sink_failed', operation: 'stop' }]);
  });

  it('writes at once what a dying process has left, what is with the sink among it, and nothing twice', async () => {
    const { clock, sink, drain, record } = create({ steps: [{ kind: 'accept' }, { kind: 'hang' }] });
    const calls: string[][] = [];
    const writeSync = (records: readonly LogRecord[]) => {
      calls.push(records.map((each) => (each.kind === 'event' ? each.type : each.kind)));
    };
    drain.flushSync();
    drain.start();
    await clock.advanceAsync(0);
    drain.flushSync();
    Object.assign(sink, { writeSync });
    record('a', 'b');
    await clock.advanceAsync(1000);
    expect(sink.active).toBe(1);
    record(...numbered(0, 12));
    drain.flushSync();
    expect(calls).toEqual([['a', 'b'], numbered(0, 10), ['10', '11']]);
    expect(drain.statistics()).toMatchObject({ written: 14, waiting: 0, lost: 0 });
    // The application has survived it, and so has the write.
    sink.release();
    record('later');
    await clock.advanceAsync(1000);
    expect(sink.calls.filter(({ operation }) => operation === 'write')).toHaveLength(2);
    expect(sink.texts.at(-1)).toBe('later');
    expect(drain.statistics()).toMatchObject({ written: 15, waiting: 0, lost: 0 });
  });

  it('keeps what it cannot write at once, but for what can never be written', async () => {
    const { clock, sink, drain, record } = create();
    drain.on('error', () => {});
    drain.start();
    await clock.advanceAsync(0);
    const synchronous: string[] = [];
    let isBroken = false;
    Object.assign(sink, {
      writeSync(records: readonly LogRecord[]) {
        const types = records.map((each) => (each.kind === 'event' ? each.type : each.kind));
        if (types.includes('3')) throw new UnwritableError('never');
        if (isBroken) throw new Error('no disk');
        synchronous.push(...types);
      },
    });
    record(...numbered(0, 9));
    drain.flushSync();
    expect(synchronous).toEqual(numbered(0, 9).filter((each) => each !== '3'));
    isBroken = true;
    record('kept');
    drain.flushSync();
    expect(drain.statistics()).toMatchObject({ state: 'failing', written: 8, unwritable: 1, waiting: 1 });
    await clock.advanceAsync(1000);
    expect(sink.texts).toEqual(['kept']);
  });

  it('leaves the event loop to others between slices', async () => {
    const { clock, sink, drain, record } = create();
    let between = 0;
    sink.write = async (records) => {
      // Each batch takes the sink three milliseconds of work.
      clock.advance(3);
      sink.written.push(...records);
    };
    drain.start();
    record(...numbered(0, 100));
    const timer = clock.setInterval(() => between++, 1);
    await clock.advanceAsync(100);
    timer();
    expect(sink.written).toHaveLength(100);
    expect(between).toBeGreaterThan(4);
  });

  it.each([
    [undefined, /recorder/],
    [{ sink: new ScriptedSink() }, /recorder/],
    [{ recorder: new FlightRecorder() }, /sink/],
    [{ recorder: new FlightRecorder(), sink: { name: '', write: async () => {} } }, /sink\.name/],
    [{ recorder: new FlightRecorder(), sink: new ScriptedSink(), batchSize: 0 }, /batchSize .*0/],
    [{ recorder: new FlightRecorder(), sink: new ScriptedSink(), maxDelay: 'soon' }, /maxDelay .*soon/],
    [{ recorder: new FlightRecorder(), sink: new ScriptedSink(), timeout: 0 }, /timeout .*0/],
  ])('says what is wrong with its options', (options, message) => {
    expect(() => new Drain(options as never)).toThrow(ConfigurationError);
    expect(() => new Drain(options as never)).toThrow(message);
  });

  it('has written, lost or holds each record exactly once, in order, whatever the sink does', async () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 4, arbitrary: fc.constant<Step>({ kind: 'accept' }) },
      fc.constant<Step>({ kind: 'reject' }),
      fc.constant<Step>({ kind: 'throw' }),
      fc.constant<Step>({ kind: 'hang' }),
    );
    const action = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('record' as const), count: fc.nat({ max: 400 }) }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 5000 }) }) },
      fc.record({ kind: fc.constant('release' as const), fails: fc.boolean() }),
      fc.constant({ kind: 'flush' as const }),
      fc.constant({ kind: 'stop' as const }),
      fc.constant({ kind: 'start' as const }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.array(action, { maxLength: 25 }),
        async (steps, actions) => {
          const { clock, recorder, sink, drain } = create({ steps, batchSize: 50, timeout: 1000 });
          drain.on('error', () => {});
          sink.isUnwritable = (one) => one.kind === 'metric' && one.value % 97 === 96;
          const metric = recorder.defineMetric({ name: 'index' });
          let recorded = 0;
          drain.start();
          for (const each of actions) {
            if (each.kind === 'record')
              for (let index = 0; index < each.count; index++) metric.record(recorded++);
            else if (each.kind === 'wait') await clock.advanceAsync(each.ms);
            else if (each.kind === 'release') sink.release(each.fails ? new Error('late') : undefined);
            else if (each.kind === 'flush') void drain.flush(500);
            else if (each.kind === 'stop') void drain.stop(500);
            else drain.start();
            const { written, lost, waiting } = drain.statistics();
            expect(written + lost + waiting).toBe(recorded);
          }
          const stopped = drain.stop(500);
          await clock.advanceAsync(60_000);
          sink.release();
          await clock.advanceAsync(60_000);
          await stopped;
          const { written, lost, waiting, overwritten, unwritable } = drain.statistics();
          expect(written + lost + waiting).toBe(recorded);
          expect(overwritten + unwritable).toBeLessThanOrEqual(lost);
          const values = sink.texts.map(Number);
          // A write that was given up on when the drain was stopped may have gone through: it counts as lost.
          expect(values.length).toBeGreaterThanOrEqual(written);
          expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});
