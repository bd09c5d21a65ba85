import { QuantileSketch } from '@evenkeel/core';
import { SlicedWindow } from './sliced-window.ts';

/**
 * How long things took, in ms; all 0 where `count` is 0. Quantiles are within 1 % of the true value overall, and
 * within 2 % by endpoint and by operation.
 */
export interface DurationStatistics {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** What a window holds. */
export interface WindowFigures {
  readonly count: number;
  readonly failed: number;
  /** Successes within the target, and within four times the target: what Apdex counts. */
  readonly satisfied: number;
  readonly tolerating: number;
  readonly durations: DurationStatistics;
}

/** A slice's figures, for trends. The mean is 0 without recordings. */
export interface SlicePoint {
  readonly startMs: number;
  readonly count: number;
  readonly failed: number;
  readonly meanMs: number;
}

interface DurationSlice {
  count: number;
  failed: number;
  satisfied: number;
  tolerating: number;
  sumMs: number;
  maxMs: number;
  readonly sketch: QuantileSketch;
}

export interface DurationWindowOptions {
  readonly windowMs: number;
  /** What Apdex calls T. */
  readonly targetMs: number;
  /** Room to merge slices in, which windows share; its relative error is theirs. */
  readonly scratch: QuantileSketch;
}

/** Outcomes and durations: those within a sliding window, and totals since the start. */
export class DurationWindow {
  readonly #window: SlicedWindow<DurationSlice>;
  readonly #targetMs: number;
  readonly #scratch: QuantileSketch;
  readonly #total = { count: 0, failed: 0, sumMs: 0, maxMs: 0 };
  #lastMs = -Infinity;

  constructor({ windowMs, targetMs, scratch }: DurationWindowOptions) {
    this.#targetMs = targetMs;
    this.#scratch = scratch;
    const create = (): DurationSlice =>
      emptySlice(new QuantileSketch({ relativeError: scratch.relativeError }));
    this.#window = new SlicedWindow<DurationSlice>({ windowMs, create, clear });
  }

  /** Recordings since the start. */
  get count(): number {
    return this.#total.count;
  }

  get failed(): number {
    return this.#total.failed;
  }

  get meanMs(): number {
    return this.#total.count === 0 ? 0 : this.#total.sumMs / this.#total.count;
  }

  get maxMs(): number {
    return this.#total.maxMs;
  }

  /** Time of the last recording. */
  get lastMs(): number {
    return this.#lastMs;
  }

  record(nowMs: number, durationMs: number, success: boolean): void {
    const slice = this.#window.at(nowMs);
    const total = this.#total;
    slice.sketch.add(durationMs);
    slice.count += 1;
    slice.sumMs += durationMs;
    if (durationMs > slice.maxMs) slice.maxMs = durationMs;
    if (!success) {
      slice.failed += 1;
      total.failed += 1;
    } else if (durationMs <= this.#targetMs) slice.satisfied += 1;
    else if (durationMs <= 4 * this.#targetMs) slice.tolerating += 1;
    total.count += 1;
    total.sumMs += durationMs;
    if (durationMs > total.maxMs) total.maxMs = durationMs;
    this.#lastMs = nowMs;
  }

  windowStartMs(nowMs: number): number {
    return this.#window.startMs(nowMs);
  }

  /** Recordings within the window. */
  countWithin(nowMs: number): number {
    return this.#window.read(nowMs).reduce((sum, { count }) => sum + count, 0);
  }

  figures(nowMs: number): WindowFigures {
    const slices = this.#window.read(nowMs);
    const [only] = slices;
    return figuresOf(only && slices.length === 1 ? only : merged(slices, this.#scratch));
  }

  /** Slices of the window whose time is over and had not begun before `sinceMs`, oldest first. */
  points(nowMs: number, sinceMs: number): SlicePoint[] {
    return this.#window.complete(nowMs, sinceMs).map(({ startMs, slice }) => ({
      startMs,
      count: slice?.count ?? 0,
      failed: slice?.failed ?? 0,
      meanMs: slice && slice.count > 0 ? slice.sumMs / slice.count : 0,
    }));
  }
}

function emptySlice(sketch: QuantileSketch): DurationSlice {
  return { count: 0, failed: 0, satisfied: 0, tolerating: 0, sumMs: 0, maxMs: 0, sketch };
}

function clear(slice: DurationSlice): void {
  slice.count = 0;
  slice.failed = 0;
  slice.satisfied = 0;
  slice.tolerating = 0;
  slice.sumMs = 0;
  slice.maxMs = 0;
  slice.sketch.reset();
}

function merged(slices: readonly DurationSlice[], scratch: QuantileSketch): DurationSlice {
  scratch.reset();
  const all = emptySlice(scratch);
  for (const slice of slices) {
    all.count += slice.count;
    all.failed += slice.failed;
    all.satisfied += slice.satisfied;
    all.tolerating += slice.tolerating;
    all.sumMs += slice.sumMs;
    all.maxMs = Math.max(all.maxMs, slice.maxMs);
    all.sketch.merge(slice.sketch);
  }
  return all;
}

function figuresOf({
  count,
  failed,
  satisfied,
  tolerating,
  sumMs,
  maxMs,
  sketch,
}: DurationSlice): WindowFigures {
  const durations: DurationStatistics =
    count === 0
      ? { count: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 }
      : {
          count,
          mean: sumMs / count,
          p50: sketch.quantile(0.5),
          p95: sketch.quantile(0.95),
          p99: sketch.quantile(0.99),
          max: maxMs,
        };
  return { count, failed, satisfied, tolerating, durations };
}
