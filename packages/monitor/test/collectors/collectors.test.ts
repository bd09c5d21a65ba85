import { ConfigurationError, StateError, TimeoutError } from '@evenkeel/core';
import type { Collector, MetricSnapshot } from '@evenkeel/monitor';
import { describe, expect, it } from 'vitest';
import { monitored, recordingMeter } from '../fixtures.ts';

const fine: Collector = { collect: () => ({ value: 1 }) };

describe('collectMetrics', () => {
  it('reads all collectors into one snapshot', async () => {
    const { clock, monitor, of } = monitored({ collectors: { now: fine } });
    monitor.addCollector('later', { collect: async () => [1, 'two', null, true, { three: 3 }] });
    monitor.addCollector('absent', { collect: () => undefined });
    const snapshot = await monitor.collectMetrics();
    expect(snapshot).toEqual({
      timestamp: clock.now(),
      now: { value: 1 },
      later: [1, 'two', null, true, { three: 3 }],
    });
    expect(monitor.getSnapshots()).toEqual([snapshot]);
    expect(of('metrics_collected')).toEqual([snapshot]);
  });

  it('isolates collectors that throw, reject, hang or return junk, reports and counts them', async () => {
    const { values, meter } = recordingMeter();
    const { clock, monitor, of } = monitored({ meter, collectorTimeout: 100 });
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const bad: Record<string, Collector> = {
      throws: {
        collect() {
          throw new Error('broken');
        },
      },
      throwsText: {
        collect() {
          throw 'text';
        },
      },
      rejects: { collect: () => Promise.reject(new Error('refused')) },
      hangs: { collect: () => new Promise(() => {}) },
      code: { collect: () => () => 1 },
      symbol: { collect: () => ({ deep: Symbol('s') }) },
      big: { collect: () => 1n },
      cyclic: { collect: () => cyclic },
      huge: { collect: () => Array.from({ length: 5000 }, () => 0) },
      getter: {
        collect: () => ({
          get value(): number {
            throw new Error('not now');
          },
        }),
      },
    };
    monitor.addCollector('before', fine);
    for (const [name, collector] of Object.entries(bad)) monitor.addCollector(name, collector);
    monitor.addCollector('after', fine);
    const gathering = monitor.collectMetrics();
    await clock.advanceAsync(100);
    expect(await gathering).toEqual({
      timestamp: clock.now(),
      before: { value: 1 },
      throws: { error: 'broken' },
      throwsText: { error: 'a value that is no error was thrown: "text"' },
      rejects: { error: 'refused' },
      hangs: { error: 'collector "hangs" did not finish within 100 ms' },
      code: { error: 'a reading must be plain data, got a function' },
      symbol: { error: 'a reading must be plain data, got a symbol' },
      big: { error: 'a reading must be plain data, got a bigint' },
      cyclic: { error: 'a reading must be plain data, got more than 8 levels' },
      huge: { error: 'a reading must be plain data, got more than 2000 values' },
      getter: { error: 'not now' },
      after: { value: 1 },
    });
    const sources = of('error').map((event) => (event as { source: string }).source);
    expect(sources.sort()).toEqual(
      Object.keys(bad)
        .map((name) => `collector "${name}"`)
        .sort(),
    );
    for (const name of Object.keys(bad)) {
      expect(values[`evenkeel_monitor_collector_errors_total{collector="${name}"}`]).toBe(1);
    }
  });

  it('does not call a collector that hangs before its call has ended', async () => {
    const { clock, monitor, of } = monitored({ collectorTimeout: 100, reportingInterval: 1000 });
    let calls = 0;
    let release: (value: number) => void = () => {};
    const signals: AbortSignal[] = [];
    monitor.addCollector('slow', {
      collect(signal) {
        calls += 1;
        signals.push(signal);
        return new Promise((resolve) => {
          release = resolve;
        });
      },
    });
    const started = monitor.start();
    await clock.advanceAsync(100);
    await started;
    await clock.advanceAsync(3000);
    expect(calls).toBe(1);
    expect(signals[0]?.aborted).toBe(true);
    expect(signals[0]?.reason).toBeInstanceOf(TimeoutError);
    expect(of('error')).toHaveLength(1);
    expect(monitor.getSnapshots().at(-1)).toMatchObject({
      slow: { error: 'has been hanging for 3 s and is not called meanwhile' },
    });
    expect(monitor.getPerformanceSummary().collectors).toEqual([
      {
        name: 'slow',
        readings: 0,
        failures: 4,
        consecutiveFailures: 4,
        lastError: 'has been hanging for 3 s and is not called meanwhile',
        hanging: true,
      },
    ]);

    release(1);
    await clock.advanceAsync(900);
    expect(calls).toBe(2);
    release(2);
    await clock.advanceAsync(0);
    expect(monitor.getSnapshots().at(-1)).toMatchObject({ slow: 2 });
    await monitor.stop();
  });

  it('calls again a collector that rejects with a time-out of its own', async () => {
    const { monitor } = monitored();
    let calls = 0;
    monitor.addCollector('query', {
      async collect() {
        calls += 1;
        throw new TimeoutError('query', 5);
      },
    });
    await monitor.collectMetrics();
    await monitor.collectMetrics();
    expect(calls).toBe(2);
  });

  it('shares one flight among concurrent callers', async () => {
    const { monitor } = monitored();
    let calls = 0;
    monitor.addCollector('count', { collect: async () => ++calls });
    const [a, b] = await Promise.all([monitor.collectMetrics(), monitor.collectMetrics()]);
    expect([a === b, a.count, calls]).toEqual([true, 1, 1]);
    expect(await monitor.collectMetrics()).toMatchObject({ count: 2 });
  });

  it('reads collectors at the same time', async () => {
    const { clock, monitor } = monitored();
    const slow: Collector = {
      collect: () => new Promise((resolve) => clock.setTimeout(() => resolve('done'), 1000)),
    };
    for (const name of ['a', 'b', 'c']) monitor.addCollector(name, slow);
    const gathering = monitor.collectMetrics();
    await clock.advanceAsync(1000);
    expect(await gathering).toEqual({ timestamp: clock.now(), a: 'done', b: 'done', c: 'done' });
  });

  it('keeps copies, so that a collector with one object for all readings does not rewrite history', async () => {
    const { monitor } = monitored({ snapshotLimit: 3 });
    const reading = { count: 0 };
    monitor.addCollector('same', {
      collect: () => {
        reading.count += 1;
        return reading;
      },
    });
    for (let round = 0; round < 5; round++) await monitor.collectMetrics();
    expect(monitor.getSnapshots().map((snapshot) => snapshot.same)).toEqual([
      { count: 3 },
      { count: 4 },
      { count: 5 },
    ]);
  });

  it('keeps the last 1000 snapshots by default', async () => {
    const { monitor } = monitored();
    for (let round = 0; round < 1002; round++) await monitor.collectMetrics();
    expect(monitor.getSnapshots()).toHaveLength(1000);
  });
});

describe('addCollector', () => {
  it('refuses names and collectors that cannot be used, naming all that is wrong', () => {
    const { monitor } = monitored({ collectors: { cpu: fine } });
    for (const name of ['', 'timestamp', 'a.b', '__proto__', 'responseTime', 'score', 7]) {
      expect(() => monitor.addCollector(name as string, fine)).toThrow(ConfigurationError);
    }
    expect(() => monitor.addCollector('', {} as Collector)).toThrow(
      /name must be a letter[\s\S]*collector must be an object with collect\(\), got {}/,
    );
    expect(() => monitor.addCollector('cpu', fine)).toThrow(StateError);
  });

  it('gives back what removes it, and only it', async () => {
    const { monitor } = monitored();
    const remove = monitor.addCollector('a', fine);
    remove();
    monitor.addCollector('a', { collect: () => 'second' });
    remove();
    expect(await monitor.collectMetrics()).toMatchObject({ a: 'second' });
    expect([monitor.removeCollector('a'), monitor.removeCollector('a')]).toEqual([true, false]);
    expect(Object.keys(await monitor.collectMetrics())).toEqual(['timestamp']);
  });

  it('starts and stops collectors with the monitor, and those that come and go meanwhile', async () => {
    const { monitor } = monitored();
    const calls: string[] = [];
    const logging = (name: string): Collector => ({
      start: () => {
        calls.push(`start ${name}`);
      },
      stop: async () => {
        calls.push(`stop ${name}`);
      },
      collect: () => 1,
    });
    monitor.addCollector('a', logging('a'));
    await monitor.start();
    await monitor.start();
    monitor.addCollector('b', logging('b'));
    monitor.removeCollector('a');
    await monitor.stop();
    await monitor.stop();
    expect(calls).toEqual(['start a', 'start b', 'stop a', 'stop b']);
  });

  it('goes on when the start or stop of a collector fails or hangs', async () => {
    const { clock, monitor, of } = monitored({ collectorTimeout: 100 });
    monitor.addCollector('throws', {
      start() {
        throw new Error('no device');
      },
      collect: () => 'still read',
    });
    monitor.addCollector('hangs', {
      start: () => new Promise(() => {}),
      stop: () => new Promise(() => {}),
      collect: () => 'read too',
    });
    const started = monitor.start();
    await clock.advanceAsync(100);
    await started;
    expect(monitor.getSnapshots()).toEqual([
      { timestamp: clock.now(), throws: 'still read', hangs: 'read too' } satisfies MetricSnapshot,
    ]);
    const stopped = monitor.stop();
    await clock.advanceAsync(100);
    await stopped;
    expect(of('error').map((event) => (event as { error: Error }).error.message)).toEqual([
      'no device',
      'start of collector "hangs" did not finish within 100 ms',
      'stop of collector "hangs" did not finish within 100 ms',
    ]);
  });
});
