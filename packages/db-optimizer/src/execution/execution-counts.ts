import type { FailureKind } from './failure.ts';

/** What the executor has done so far. */
export interface ExecutionCounts {
  readonly queries: number;
  readonly transactions: number;
  /** Tries beyond the first, by why they were made. */
  readonly retries: Readonly<Partial<Record<FailureKind, number>>>;
  /** Retries that the budget did not allow. */
  readonly retriesRefused: number;
  /** What became of COMMITs whose answer was lost, as far as it had to be asked for. */
  readonly lostCommits: { readonly committed: number; readonly aborted: number; readonly unknown: number };
  /** Queries and transactions that ended with an `OutcomeUnknownError`. */
  readonly unknownOutcomes: number;
}

/** {@link ExecutionCounts}, being counted. */
export class ExecutionCounter {
  queries = 0;
  transactions = 0;
  retriesRefused = 0;
  unknownOutcomes = 0;
  readonly retries: Partial<Record<FailureKind, number>> = {};
  readonly lostCommits = { committed: 0, aborted: 0, unknown: 0 };

  retried(reason: FailureKind): void {
    this.retries[reason] = (this.retries[reason] ?? 0) + 1;
  }

  read(): ExecutionCounts {
    const { queries, transactions, retriesRefused, unknownOutcomes } = this;
    const lostCommits = { ...this.lostCommits };
    return {
      queries,
      transactions,
      retries: { ...this.retries },
      retriesRefused,
      lostCommits,
      unknownOutcomes,
    };
  }
}
