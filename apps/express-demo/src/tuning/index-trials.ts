import {
  type Clock,
  errorMessage,
  type Queryable,
  StateError,
  systemClock,
  UnknownNameError,
} from '@evenkeel/core';
import type { DatabaseOptimizer, PlanChange, QueryReport } from '@evenkeel/db-optimizer';
import { type AdvisedIndex, findAdvised } from './advised-index.ts';

/** How the runs of a statement went: their number, and times in ms. */
type StatementTimes = Pick<QueryReport, 'calls' | 'meanMs' | 'medianMs' | 'p95Ms'>;

export type TrialState =
  | { readonly kind: 'making' | 'made' | 'dropping' | 'dropped' }
  | { readonly kind: 'failed'; readonly reason: string };

/** What came of making an index. */
export interface IndexTrial {
  readonly id: string;
  readonly name: string;
  readonly sql: string;
  readonly state: TrialState;
  /** Since when it is in this state, in ms since 1970. */
  readonly since: number;
  readonly statements: readonly {
    readonly text: string;
    /** From the start, or the change before, until it was made. */
    readonly before: StatementTimes;
    /** Since then, until it was dropped; undefined while the statement has not run. */
    readonly after: StatementTimes | undefined;
    /** Undefined until a survey has seen it. */
    readonly plan: Pick<PlanChange, 'before' | 'after'> | undefined;
  }[];
}

interface Measured {
  readonly before: QueryReport;
  after: QueryReport | undefined;
  plan: PlanChange | undefined;
}

interface Trial {
  readonly index: AdvisedIndex;
  state: TrialState;
  since: number;
  statements: readonly Measured[];
}

/* As many as one would look at. */
const MAX_TRIALS = 20;

export interface IndexTrialsParts {
  readonly database: Queryable;
  readonly optimizer: DatabaseOptimizer;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
}

/**
 * Makes indexes that the optimizer advises, drops them again, and measures what each changed: the optimizer's
 * statistics begin anew with every change. The optimizer itself never changes a database.
 */
export class IndexTrials {
  readonly #database: Queryable;
  readonly #optimizer: DatabaseOptimizer;
  readonly #clock: Clock;
  readonly #trials = new Map<string, Trial>();
  #change: Promise<void> | undefined;
  #isLooking = false;
  #lookFailure: string | undefined;

  constructor({ database, optimizer, clock = systemClock }: IndexTrialsParts) {
    this.#database = database;
    this.#optimizer = optimizer;
    this.#clock = clock;
  }

  /** Begins a survey, where none is under way. What it finds is in the optimizer's snapshot. */
  look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#lookFailure = undefined;
    this.#optimizer
      .getOptimizationSuggestions()
      .catch((error: unknown) => {
        this.#lookFailure = errorMessage(error);
      })
      .finally(() => {
        this.#isLooking = false;
      });
  }

  /**
   * Begins to make an index.
   *
   * @throws UnknownNameError where it is not advised at present; StateError while another change is under way
   */
  make(id: string): void {
    const index = findAdvised(this.#optimizer.snapshot(), id);
    if (!index || this.#trials.get(id)?.state.kind === 'made') {
      const advised = this.#optimizer.snapshot().advisedIndexes.map((each) => each.id);
      throw new UnknownNameError('advised index', id, advised);
    }
    this.#refuseWhileBusy();
    const before = this.#reports(index.statementIds);
    const statements = before.map((report) => ({ before: report, after: undefined, plan: undefined }));
    const trial: Trial = { index, state: { kind: 'making' }, since: this.#clock.now(), statements };
    this.#trials.delete(id);
    this.#trials.set(id, trial);
    const [oldest] = this.#trials.keys();
    if (this.#trials.size > MAX_TRIALS && oldest !== undefined) this.#trials.delete(oldest);
    this.#begin(trial, 'made', async () => {
      try {
        await this.#database.query(index.sql);
      } catch (error) {
        // An attempt that fails leaves an index behind that is of no use.
        await this.#drop(index).catch(() => {});
        throw error;
      }
    });
  }

  /**
   * Begins to drop an index that was made here.
   *
   * @throws UnknownNameError where it was not; StateError while another change is under way
   */
  drop(id: string): void {
    const trial = this.#trials.get(id);
    if (trial?.state.kind !== 'made') {
      const made = [...this.#trials.values()].filter(({ state }) => state.kind === 'made');
      throw new UnknownNameError(
        'index that was made here',
        id,
        made.map(({ index }) => index.id),
      );
    }
    this.#refuseWhileBusy();
    this.#measure(trial);
    this.#enter(trial, { kind: 'dropping' });
    this.#begin(trial, 'dropped', () => this.#drop(trial.index));
  }

  /** Plain data for the page; the trials newest first. */
  snapshot(): { isLooking: boolean; lookFailure: string | undefined; trials: IndexTrial[] } {
    const trials = [...this.#trials.values()].reverse().map((trial): IndexTrial => {
      if (trial.state.kind === 'made') this.#measure(trial);
      const { index, state, since, statements } = trial;
      return {
        id: index.id,
        name: index.name,
        sql: index.sql,
        state,
        since,
        statements: statements.map(({ before, after, plan }) => ({
          text: before.normalized,
          before: timesOf(before),
          after: after && timesOf(after),
          plan: plan && { before: plan.before, after: plan.after },
        })),
      };
    });
    return { isLooking: this.#isLooking, lookFailure: this.#lookFailure, trials };
  }

  /** Waits for the change that is under way. */
  async stop(): Promise<void> {
    await this.#change;
  }

  #refuseWhileBusy(): void {
    if (this.#change) throw new StateError('another index is being made or dropped');
  }

  #begin(trial: Trial, after: 'made' | 'dropped', change: () => Promise<unknown>): void {
    this.#change = change()
      .then(
        () => this.#enter(trial, { kind: after }),
        (error: unknown) => this.#enter(trial, { kind: 'failed', reason: errorMessage(error) }),
      )
      .finally(() => {
        // What ran while it was under way tells of neither.
        this.#optimizer.reset();
        this.#change = undefined;
      });
  }

  #drop({ name }: AdvisedIndex) {
    return this.#database.query(`drop index concurrently if exists ${name}`);
  }

  #enter(trial: Trial, state: TrialState): void {
    trial.state = state;
    trial.since = this.#clock.now();
  }

  #measure({ index, statements, since }: Trial): void {
    const reports = this.#reports(index.statementIds);
    const changes = this.#optimizer.snapshot().planChanges.filter(({ at }) => at >= since);
    for (const statement of statements) {
      const { id } = statement.before;
      statement.after = reports.find((report) => report.id === id) ?? statement.after;
      statement.plan = changes.findLast(({ query }) => query === id) ?? statement.plan;
    }
  }

  #reports(ids: readonly string[]): QueryReport[] {
    return this.#optimizer.getStatements().filter(({ id }) => ids.includes(id));
  }
}

function timesOf({ calls, meanMs, medianMs, p95Ms }: QueryReport): StatementTimes {
  return { calls, meanMs, medianMs, p95Ms };
}
