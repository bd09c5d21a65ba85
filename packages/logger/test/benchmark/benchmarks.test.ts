import { VirtualClock } from '@evenkeel/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { type BenchmarkResult, Benchmarks } from '../../src/benchmark/benchmarks.ts';

describe('benchmarks in code', () => {
  let clock: VirtualClock;
  let ended: BenchmarkResult[];
  let benchmarks: Benchmarks;
  beforeEach(() => {
    clock = new VirtualClock();
    ended = [];
    benchmarks = new Benchmarks(clock, (result) => ended.push(result));
  });

  it('gives the duration, the points between, and the context', () => {
    benchmarks.start('import', { rows: 10 });
    clock.advance(5);
    expect(benchmarks.measure('import', 'parsed')).toBe(5);
    clock.advance(20);
    expect(benchmarks.measure('import', 'stored')).toBe(20);
    clock.advance(1);
    const result = benchmarks.end('import');
    expect(result).toMatchObject({
      id: 'import',
      durationMs: 26,
      measurements: [
        { label: 'parsed', elapsedMs: 5, deltaMs: 5 },
        { label: 'stored', elapsedMs: 25, deltaMs: 20 },
      ],
      context: { rows: 10 },
    });
    expect(ended).toEqual([result]);
    expect(benchmarks.openCount).toBe(0);
  });

  it('keeps runs apart that overlap', () => {
    const first = benchmarks.start('checkout', { cart: 1 });
    clock.advance(10);
    const second = benchmarks.start('checkout', { cart: 2 });
    clock.advance(5);
    first.measure('paid');
    expect(second.end()).toMatchObject({
      id: 'checkout',
      durationMs: 5,
      measurements: [],
      context: { cart: 2 },
    });
    clock.advance(1);
    expect(benchmarks.end(first.id)).toMatchObject({
      durationMs: 16,
      measurements: [{ label: 'paid', elapsedMs: 15 }],
      context: { cart: 1 },
    });
  });

  it('asks which run is meant where several are open', () => {
    benchmarks.start('checkout');
    benchmarks.start('checkout');
    expect(() => benchmarks.end('checkout')).toThrow('endBenchmark: 2 runs of "checkout" are open');
    expect(() => benchmarks.measure('checkout', 'x')).toThrow('recordBenchmarkMeasurement: 2 runs');
  });

  it('knows how the runs before went', () => {
    for (const ms of [10, 20, 30, 40]) {
      const run = benchmarks.start('render');
      clock.advance(ms);
      run.end();
    }
    const { statistics } = ended.at(-1) ?? {};
    expect(statistics).toMatchObject({ runs: 4, meanMs: 25, minMs: 10, maxMs: 40 });
    expect(statistics?.medianMs).toBeCloseTo(20, 0);
    expect(statistics?.standardDeviationMs).toBeCloseTo(12.91, 2);
  });

  it('says clearly what is not there', () => {
    benchmarks.start('import');
    expect(() => benchmarks.end('export')).toThrow(
      'no open benchmark run is called "export" (known: import #1)',
    );
    const run = benchmarks.start('render');
    run.end();
    expect(() => run.end()).toThrow('no open benchmark run is called "render #2"');
    expect(() => run.measure('late')).toThrow('render #2');
    // Given as JavaScript does.
    expect(() => benchmarks.start(undefined as never)).toThrow(/id.*undefined/);
    expect(() => benchmarks.end(null as never)).toThrow(/id.*null/);
    expect(() => benchmarks.measure('import', 3 as never)).toThrow(/label.*3/);
    expect(() => benchmarks.start('x', 'y' as never)).toThrow(/context.*"y"/);
  });

  it('gives up what nobody ends', () => {
    const first = benchmarks.start('leak');
    for (let n = 0; n < 10_000; n++) benchmarks.start('leak');
    expect(benchmarks.openCount).toBe(10_000);
    expect(benchmarks.abandoned).toBe(1);
    expect(() => first.end()).toThrow('"leak #1"');
  });
});
