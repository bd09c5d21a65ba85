import { normalQuantile, QuantileSketch, seededRandom } from '@evenkeel/core/statistics';
import type { BenchmarkHistory, Bucket, EventHistory, HistorySlice } from '../../src/history/history.ts';
import type { MetricDefinition } from '../../src/log-record.ts';

export const HOUR = 3_600_000;
export const STEP = 30_000;
export const STEPS = 120;
/** 2026-11-21 10:00 UTC. */
export const START = Date.UTC(2026, 10, 21, 10);

export function metric(name: string, rest: Partial<MetricDefinition> = {}): MetricDefinition {
  return { name, unit: 'ms', description: '', area: 'application', ...rest };
}

/** A series whose steps hold the given values each; a step without any is a gap. */
export function series(
  definition: MetricDefinition,
  steps: readonly (readonly number[])[],
  from = START,
  stepMs = STEP,
) {
  const sketch = new QuantileSketch();
  const buckets: Bucket[] = [];
  for (const [index, values] of steps.entries()) {
    for (const value of values) sketch.add(value);
    if (values.length === 0) continue;
    buckets.push({
      time: from + index * stepMs,
      count: values.length,
      sum: values.reduce((sum, value) => sum + value, 0),
      min: Math.min(...values),
      max: Math.max(...values),
    });
  }
  return { definition, buckets, sketch, instances: ['a'] };
}

export function slice(parts: Partial<HistorySlice> = {}, from = START, steps = STEPS): HistorySlice {
  const range = { from, to: from + steps * STEP };
  return { range, stepMs: STEP, series: [], events: [], benchmarks: [], instances: ['a'], lost: 0, ...parts };
}

/** The same from one step on after another, five values each. */
export function steady(value: (step: number) => number, steps = STEPS): number[][] {
  return Array.from({ length: steps }, (_, step) => Array.from({ length: 5 }, () => value(step)));
}

/** Normally distributed values, the same for the same seed. */
export function noise(seed: number): () => number {
  const random = seededRandom(seed);
  return () => normalQuantile(Math.max(1e-9, random()));
}

export function benchmark(id: string, durations: readonly number[]): BenchmarkHistory {
  const runs = durations.map((durationMs, index) => ({
    kind: 'benchmark' as const,
    time: START + index * 1000,
    id,
    durationMs,
    measurements: [{ label: 'half', elapsedMs: durationMs / 2, deltaMs: durationMs / 2 }],
  }));
  return { id, runs, count: runs.length };
}

export function events(type: string, counts: readonly number[], from = START): EventHistory {
  const buckets = counts.flatMap((count, index) => (count > 0 ? [{ time: from + index * STEP, count }] : []));
  const count = counts.reduce((sum, each) => sum + each, 0);
  const samples = [{ kind: 'event' as const, time: from, type, data: { route: '/a' } }];
  return { type, count, buckets, samples };
}
