import type { ComponentHealth } from '@evenkeel/core';

/** What has been counted since the beginning. */
export interface RunCounts {
  readonly runs: number;
  readonly slow: number;
  readonly errors: number;
}

/* What is longer ago says nothing of how the database does. */
const WINDOW_MS = 60_000;
/* Where so many runs are slow, or fail, half of the score is gone. */
const BAD_SHARE = 0.05;
const WARNING_BELOW = 80;
const CRITICAL_BELOW = 50;

/** Judges how the database does by the runs of about the last minute. */
export class DatabaseHealth {
  #before: { readonly counts: RunCounts; readonly atMs: number };
  #latest: { readonly counts: RunCounts; readonly atMs: number };

  constructor(nowMs: number) {
    this.#before = { counts: { runs: 0, slow: 0, errors: 0 }, atMs: nowMs };
    this.#latest = this.#before;
  }

  judge(counts: RunCounts, nowMs: number): ComponentHealth {
    if (nowMs - this.#latest.atMs >= WINDOW_MS) {
      this.#before = this.#latest;
      this.#latest = { counts, atMs: nowMs };
    }
    // The log may have been reset.
    const isReset = counts.runs < this.#before.counts.runs;
    const { counts: before } = isReset ? { counts: { runs: 0, slow: 0, errors: 0 } } : this.#before;
    const runs = counts.runs - before.runs;
    const share = (count: number): number => (runs > 0 ? count / runs : 0);
    const slowShare = share(counts.slow - before.slow);
    const errorShare = share(counts.errors - before.errors);
    const loss = 50 * Math.min(1, slowShare / BAD_SHARE) + 50 * Math.min(1, errorShare / BAD_SHARE);
    const score = 100 - loss;
    return {
      score,
      status: score < CRITICAL_BELOW ? 'critical' : score < WARNING_BELOW ? 'warning' : 'healthy',
      metrics: { runs, slowShare, errorShare },
    };
  }
}
