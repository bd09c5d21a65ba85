import { QuantileSketch } from '@evenkeel/core/statistics';

/* Two per cent tell a query of 100 ms from one of 102: a group takes some 3 KB. */
const RELATIVE_ERROR = 0.02;

/** Times and counts of the runs of one group of statements. */
export class QueryStatistics {
  calls = 0;
  errors = 0;
  totalMs = 0;
  maxMs = 0;
  rows = 0;
  /** Runs whose number of rows is known. */
  rowsKnown = 0;
  /** Epoch ms, of their beginning. */
  firstSeen = Number.POSITIVE_INFINITY;
  lastSeen = Number.NEGATIVE_INFINITY;
  readonly #durations = new QuantileSketch({ relativeError: RELATIVE_ERROR });

  add(durationMs: number, rows: number | undefined, failed: boolean, startedAt: number): void {
    this.calls++;
    if (failed) this.errors++;
    this.totalMs += durationMs;
    if (durationMs > this.maxMs) this.maxMs = durationMs;
    if (rows !== undefined) {
      this.rows += rows;
      this.rowsKnown++;
    }
    if (startedAt < this.firstSeen) this.firstSeen = startedAt;
    if (startedAt > this.lastSeen) this.lastSeen = startedAt;
    this.#durations.add(durationMs);
  }

  /** Of the durations, in ms; 0 before the first. */
  quantile(q: number): number {
    return this.calls === 0 ? 0 : this.#durations.quantile(q);
  }

  get meanMs(): number {
    return this.calls === 0 ? 0 : this.totalMs / this.calls;
  }

  /** Rows of a run in the mean, where they are known. */
  get meanRows(): number | undefined {
    return this.rowsKnown === 0 ? undefined : this.rows / this.rowsKnown;
  }
}
