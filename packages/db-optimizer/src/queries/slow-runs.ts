import type { StatementGroup } from './statement-group.ts';

export interface SlowRunRules {
  /** Slow by itself, in ms. */
  readonly thresholdMs: number;
  /** Slow beside the group's own median: so many times as long. */
  readonly factor: number;
}

/** Why a run is slow. */
export type SlowReason = 'threshold' | 'history';

/* Before that a median says little. */
const MIN_HISTORY = 30;

/* A query of 0.1 ms that takes 1 ms once is noise. */
const MIN_RELATIVE_MS = 20;

/** Whether a run, which the group's statistics need not have yet, is slow, and why. */
export function slowReason(
  durationMs: number,
  group: StatementGroup,
  { thresholdMs, factor }: SlowRunRules,
): SlowReason | undefined {
  if (durationMs >= thresholdMs) return 'threshold';
  if (durationMs < MIN_RELATIVE_MS || group.statistics.calls < MIN_HISTORY) return undefined;
  return durationMs >= factor * group.medianMs ? 'history' : undefined;
}

/* As many records at once, and as many each minute: a database that is down makes every query slow. */
const RECORDS = 60;
const PER_MS = RECORDS / 60_000;

/** A bucket of tokens: lets through so many of what comes, and counts the others. */
export class RecordLimit {
  #tokens = RECORDS;
  #lastMs: number;
  #left = 0;

  /** @param nowMs monotonic */
  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  /** How many were left out before this one, if it may pass. */
  take(nowMs: number): number | undefined {
    this.#tokens = Math.min(RECORDS, this.#tokens + (nowMs - this.#lastMs) * PER_MS);
    this.#lastMs = nowMs;
    if (this.#tokens < 1) {
      this.#left++;
      return undefined;
    }
    this.#tokens--;
    const left = this.#left;
    this.#left = 0;
    return left;
  }
}
