import type { MetricSnapshot } from '../collectors/collector.ts';

/** Of the readings of the `cpu` collector within the window; `null` where it has given none. */
export interface CpuSummary {
  /** The latest. */
  readonly ratio: number;
  readonly meanRatio: number;
  readonly maxRatio: number;
  readonly availableCpus: number | null;
  readonly systemRatio: number | null;
  /** Mean over the window; `null` outside of containers with a quota. */
  readonly throttledRatio: number | null;
}

/** The latest reading of the `memory` collector. */
export interface MemorySummary {
  readonly rssBytes: number | null;
  readonly heapUsedBytes: number | null;
  readonly heapLimitBytes: number | null;
  readonly heapUsedRatio: number | null;
  readonly limitBytes: number | null;
  readonly usedRatio: number | null;
}

export interface EventLoopSummary {
  /** The latest. */
  readonly meanDelayMs: number | null;
  /** The latest. */
  readonly p99DelayMs: number | null;
  /** The longest within the window. */
  readonly maxDelayMs: number | null;
  /** The latest. */
  readonly utilization: number | null;
  readonly meanUtilization: number | null;
}

/** Sums over the window. */
export interface GcSummary {
  readonly count: number;
  readonly timeMs: number;
  readonly longestMs: number;
  /** Part of the time spent collecting garbage, the mean of the readings. */
  readonly ratio: number;
}

export interface ResourceSummary {
  readonly cpu: CpuSummary | null;
  readonly memory: MemorySummary | null;
  readonly eventLoop: EventLoopSummary | null;
  readonly gc: GcSummary | null;
}

/** @param snapshots those of the window, oldest first */
export function resourceSummary(snapshots: readonly MetricSnapshot[]): ResourceSummary {
  return {
    cpu: cpu(snapshots),
    memory: memory(snapshots),
    eventLoop: eventLoop(snapshots),
    gc: gc(snapshots),
  };
}

/** Numbers that a collector's readings have in a field, oldest first. */
export function series(snapshots: readonly MetricSnapshot[], collector: string, field: string): number[] {
  const values: number[] = [];
  for (const snapshot of snapshots) {
    const reading = snapshot[collector];
    if (typeof reading !== 'object' || reading === null) continue;
    const value = (reading as Record<string, unknown>)[field];
    if (typeof value === 'number' && Number.isFinite(value)) values.push(value);
  }
  return values;
}

function cpu(snapshots: readonly MetricSnapshot[]): CpuSummary | null {
  const ratios = series(snapshots, 'cpu', 'ratio');
  const ratio = last(ratios);
  if (ratio === null) return null;
  return {
    ratio,
    meanRatio: mean(ratios) ?? ratio,
    maxRatio: greatest(ratios) ?? ratio,
    availableCpus: last(series(snapshots, 'cpu', 'availableCpus')),
    systemRatio: last(series(snapshots, 'cpu', 'systemRatio')),
    throttledRatio: mean(series(snapshots, 'cpu', 'throttledRatio')),
  };
}

function memory(snapshots: readonly MetricSnapshot[]): MemorySummary | null {
  const latest = (field: string): number | null => last(series(snapshots, 'memory', field));
  const summary: MemorySummary = {
    rssBytes: latest('rssBytes'),
    heapUsedBytes: latest('heapUsedBytes'),
    heapLimitBytes: latest('heapLimitBytes'),
    heapUsedRatio: latest('heapUsedRatio'),
    limitBytes: latest('limitBytes'),
    usedRatio: latest('usedRatio'),
  };
  return Object.values(summary).some((value) => value !== null) ? summary : null;
}

function eventLoop(snapshots: readonly MetricSnapshot[]): EventLoopSummary | null {
  const of = (field: string): number[] => series(snapshots, 'eventLoop', field);
  const utilization = of('utilization');
  const summary: EventLoopSummary = {
    meanDelayMs: last(of('meanDelayMs')),
    p99DelayMs: last(of('p99DelayMs')),
    maxDelayMs: greatest(of('maxDelayMs')),
    utilization: last(utilization),
    meanUtilization: mean(utilization),
  };
  return Object.values(summary).some((value) => value !== null) ? summary : null;
}

function gc(snapshots: readonly MetricSnapshot[]): GcSummary | null {
  const ratio = mean(series(snapshots, 'gc', 'ratio'));
  if (ratio === null) return null;
  return {
    count: total(series(snapshots, 'gc', 'count')),
    timeMs: total(series(snapshots, 'gc', 'timeMs')),
    longestMs: greatest(series(snapshots, 'gc', 'longestMs')) ?? 0,
    ratio,
  };
}

function last(values: readonly number[]): number | null {
  return values.at(-1) ?? null;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : total(values) / values.length;
}

function greatest(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b));
}
