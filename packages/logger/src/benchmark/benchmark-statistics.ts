import { QuantileSketch, RunningStatistics } from '@evenkeel/core/statistics';

/** How the runs of one benchmark went that have ended in this process. */
export interface BenchmarkStatistics {
  readonly runs: number;
  readonly meanMs: number;
  /** Within 1 %, as is `p95Ms`. */
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Of the runs; 0 for one. */
  readonly standardDeviationMs: number;
}

export class BenchmarkDurations {
  readonly #statistics = new RunningStatistics();
  readonly #sketch = new QuantileSketch();

  add(durationMs: number): void {
    this.#statistics.add(durationMs);
    this.#sketch.add(durationMs);
  }

  summary(): BenchmarkStatistics {
    const { count, mean, min, max, standardDeviation } = this.#statistics;
    return {
      runs: count,
      meanMs: mean,
      medianMs: this.#sketch.quantile(0.5),
      p95Ms: this.#sketch.quantile(0.95),
      minMs: min,
      maxMs: max,
      standardDeviationMs: count > 1 ? standardDeviation : 0,
    };
  }
}
