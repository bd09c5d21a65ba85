import type { StatementKind } from '../sql/statement.ts';
import { QueryStatistics } from './query-statistics.ts';
import { RunSamples, type RunSamplesOptions } from './run-samples.ts';

/* After an hour a query that ran no more counts half. */
const HALF_LIFE_MS = 3_600_000;

/* What a run counts besides its time, so that fast ones count too. */
const RUN_MS = 0.1;

/* The median moves slowly; looking it up takes longer than all the rest of a run's record. */
const RUNS_PER_MEDIAN = 50;

/** What the statements of a group have in common. */
export interface GroupIdentity {
  readonly id: string;
  readonly normalized: string;
  readonly kind: StatementKind;
  /** Whether the text was read; what could not be read is in one group for each reason. */
  readonly isRead: boolean;
}

/** Like statements, and how their runs went. */
export class StatementGroup {
  readonly identity: GroupIdentity;
  readonly statistics = new QueryStatistics();
  readonly samples: RunSamples;
  slowRuns = 0;
  #worth = 0;
  #worthAt = 0;
  #medianMs = 0;
  #medianOf = 0;

  constructor(identity: GroupIdentity, samples: RunSamplesOptions) {
    this.identity = identity;
    this.samples = new RunSamples(samples);
  }

  /** Makes it worth more by a run that ended now, in monotonic ms. */
  used(durationMs: number, nowMs: number): void {
    this.#worth = this.worth(nowMs) + durationMs + RUN_MS;
    this.#worthAt = nowMs;
  }

  /** Its time of late: what it is worth to keep it. */
  worth(nowMs: number): number {
    return this.#worth * 2 ** ((this.#worthAt - nowMs) / HALF_LIFE_MS);
  }

  /** The median of its runs as it was not long ago, in ms. */
  get medianMs(): number {
    const { calls } = this.statistics;
    if (calls >= this.#medianOf + Math.min(RUNS_PER_MEDIAN, Math.max(1, this.#medianOf))) {
      this.#medianMs = this.statistics.quantile(0.5);
      this.#medianOf = calls;
    }
    return this.#medianMs;
  }
}
