import { AsyncLocalStorage } from 'node:async_hooks';
import { type Clock, option, readValue, StateError } from '@evenkeel/core';
import { checkStatement } from '../sql/statement-arguments.ts';
import type { CommitToken } from './commit-token.ts';
import { chooseConnections } from './connections/choose-connections.ts';
import type { Connections, ExecutedResult, SentStatement } from './connections/connection.ts';
import { Descriptions } from './descriptions.ts';
import { OutcomeUnknownError } from './errors.ts';
import { ExecutionCounter, type ExecutionCounts } from './execution-counts.ts';
import {
  type ExecuteOptions,
  type ExecutePlan,
  readExecuteOptions,
  readTransactionOptions,
  type TransactionOptions,
  type TransactionPlan,
} from './execution-options.ts';
import { type QueryExecutorOptions, readExecutorOptions } from './executor-options.ts';
import { codeOf, TREATMENTS } from './failure.ts';
import { Limit } from './limit.ts';
import { LoneStatement } from './lone-statement.ts';
import { Observer } from './observer.ts';
import { resolveCommit } from './resolve-commit.ts';
import { Retries, type RetryPlan, type RetrySettings } from './retries.ts';
import { RetryBudget } from './retry-budget.ts';
import type { Outcome } from './run-statement.ts';
import {
  runTransaction,
  SEE_THROUGH_MS,
  type TransactionCallback,
  type TransactionOutcome,
} from './run-transaction.ts';
import { takeConnection } from './take-connection.ts';
import { Timeouts } from './timeouts.ts';

/** What a callback runs in, where there is but one connection. */
interface Inside {
  isOpen: boolean;
}

/**
 * Runs queries and transactions, repeats them where that is safe, and finds out what came of a COMMIT whose answer was
 * lost. A promise that rejects means that nothing was changed, unless it is with an `OutcomeUnknownError`, or the driver
 * could not read what a lone statement returned.
 */
export class QueryExecutor {
  readonly #connections: Connections;
  readonly #descriptions: Descriptions;
  readonly #defaults: ExecutePlan;
  readonly #budget: RetryBudget;
  readonly #counter = new ExecutionCounter();
  readonly #observer: Observer | undefined;
  readonly #clock: Clock;
  readonly #timeouts: Timeouts;
  readonly #random: () => number;
  readonly #retrySettings: RetrySettings;
  readonly #inside: AsyncLocalStorage<Inside> | undefined;

  /** @throws ConfigurationError */
  constructor(options: QueryExecutorOptions) {
    const { database, describe, retryBudget, clock, random, observe, onRetry, plan } =
      readExecutorOptions(options);
    this.#connections = chooseConnections(database);
    if (this.#connections.isSingle) this.#inside = new AsyncLocalStorage();
    this.#descriptions = new Descriptions(describe);
    this.#budget = new RetryBudget(retryBudget);
    this.#clock = clock;
    this.#random = random;
    this.#timeouts = new Timeouts(clock);
    if (observe) this.#observer = new Observer(observe, clock);
    this.#defaults = plan;
    this.#retrySettings = {
      timeouts: this.#timeouts,
      random,
      budget: this.#budget,
      counter: this.#counter,
      canReconnect: this.#connections.canReconnect,
      retried: (event) => {
        try {
          onRetry?.(event);
        } catch {
          // Watching must not break what is watched.
        }
      },
    };
  }

  get counts(): ExecutionCounts {
    return this.#counter.read();
  }

  /**
   * Runs one statement. It is repeated when it did not run, or was undone for the sake of others; and when its answer
   * was lost, if it is proven to change nothing or said to be idempotent.
   *
   * @throws what the server or driver says; `TimeoutError`; `OutcomeUnknownError`; `ConfigurationError` for bad arguments;
   * `StateError` within a transaction that holds the only connection
   */
  async query<Row = Record<string, unknown>>(
    text: string,
    params?: readonly unknown[],
    options?: ExecuteOptions,
  ): Promise<ExecutedResult<Row>> {
    checkStatement('optimizeQuery', text, params);
    const plan = readExecuteOptions(options, this.#defaults);
    this.#refuseInside();
    this.#counter.queries += 1;
    this.#budget.deposit();
    const startedMs = this.#clock.monotonic();
    const statement = { text, params, name: plan.name };
    const run = this.#begin(statement, plan, startedMs, plan.deadlineMs);
    const outcome = await run.outcome;
    this.#tell(run, outcome);
    const result =
      outcome.kind === 'done' ? outcome.value : await this.#repeat(statement, plan, startedMs, outcome);
    // What the rows hold is the caller's knowledge.
    return result as ExecutedResult<Row>;
  }

  /**
   * Runs the callback in a transaction: commits when it returns, rolls back when it throws. All of it is run again when
   * the server undid it for the sake of others or the connection was lost before it was committed: what the callback
   * does beside the database, it may do more than once. When the answer to COMMIT is lost, the server is asked what came
   * of it.
   *
   * @throws what the callback or the driver throws; `TimeoutError`; `TransactionAbortedError`; `OutcomeUnknownError`;
   * `ConfigurationError` for bad arguments; `StateError` where the database has no transactions
   */
  async transaction<T>(callback: TransactionCallback<T>, options?: TransactionOptions): Promise<T> {
    readValue('transaction', 'callback', callback, option.callback<TransactionCallback<T>>());
    const plan = readTransactionOptions(options, this.#defaults);
    const { refusal } = this.#connections;
    if (refusal !== undefined) throw new StateError(`the database has no transactions: ${refusal}`);
    this.#refuseInside();
    this.#counter.transactions += 1;
    this.#budget.deposit();
    const endsMs = this.#clock.monotonic() + plan.deadlineMs;
    const retries = new Retries(this.#retrySettings, retryPlan('transaction', plan, endsMs));
    let current = plan;
    let lost: unknown;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#tryTransaction(callback, current, attempt, endsMs);
      if (outcome.kind === 'done') return outcome.value;
      const { error } = outcome;
      if (lost !== undefined && codeOf(error) === READ_ONLY) throw this.#unknown('the transaction', lost);
      if (outcome.kind === 'failed') {
        // It was asked to be so: no other server would take it.
        const isOwnDoing = plan.readOnly && outcome.failure === 'read-only-server';
        const reason = isOwnDoing ? 'other' : outcome.failure;
        if (!(await retries.next(reason, error, true))) throw finalError(plan, error);
        continue;
      }
      if (!outcome.token && !outcome.isHarmless) throw this.#unknown('the transaction', error);
      const isCommitted =
        outcome.token !== undefined && (await this.#isCommitted(outcome.token, error, endsMs));
      if (isCommitted) return outcome.value;
      if (outcome.token === undefined) {
        // Proven to change nothing; and should the proof be wrong, the server will not let it happen twice.
        current = { ...plan, readOnly: true };
        lost ??= plan.readOnly ? undefined : error;
      }
      if (!(await retries.next('lost', error, true))) throw finalError(plan, error);
    }
  }

  async #repeat(
    statement: SentStatement,
    plan: ExecutePlan,
    startedMs: number,
    first: Outcome<ExecutedResult>,
  ): Promise<ExecutedResult> {
    const endsMs = startedMs + plan.deadlineMs;
    const retries = new Retries(this.#retrySettings, retryPlan('query', plan, endsMs));
    let lost: unknown;
    let mayHaveRun = false;
    for (let outcome = first, attempt = 2; ; attempt++) {
      if (outcome.kind === 'done') return outcome.value;
      const { failure, error } = outcome;
      if (lost !== undefined && codeOf(error) === READ_ONLY) throw this.#unknown('the statement', lost);
      const { isUndone } = TREATMENTS[failure];
      if (!isUndone) {
        if (await this.#isReadOnly(statement.text)) lost ??= error;
        else if (plan.idempotent) mayHaveRun = true;
        else throw this.#unknown('the statement', error);
      }
      if (!(await retries.next(failure, error, true))) {
        throw mayHaveRun ? this.#unknown('the statement', error) : finalError(plan, error);
      }
      if (lost !== undefined && this.#connections.refusal === undefined) {
        outcome = await this.#tryReadOnly(statement, plan, attempt, endsMs);
        continue;
      }
      const nowMs = this.#clock.monotonic();
      const run = this.#begin(statement, plan, nowMs, endsMs - nowMs);
      outcome = await run.outcome;
      this.#tell(run, outcome);
    }
  }

  #begin(
    statement: SentStatement,
    { timeoutMs, signal }: ExecutePlan,
    nowMs: number,
    remainingMs: number,
  ): LoneStatement {
    const settings = { what: 'the query', timeoutMs: Math.min(timeoutMs, remainingMs), signal };
    const limit = new Limit(this.#timeouts, settings, nowMs);
    return new LoneStatement(this.#connections, statement, limit, nowMs);
  }

  /** To be called in the caller's own asynchronous context, in which observers may look for the request it belongs to. */
  #tell({ statement, sentMs }: LoneStatement, outcome: Outcome<ExecutedResult>): void {
    if (sentMs !== undefined) this.#observer?.tell(statement, sentMs, outcome);
  }

  /** Should the proof that it changes nothing be wrong, the server will not let it happen twice. */
  async #tryReadOnly(
    { text, params, name }: SentStatement,
    plan: ExecutePlan,
    attempt: number,
    endsMs: number,
  ): Promise<Outcome<ExecutedResult>> {
    const outcome = await this.#tryTransaction(
      (transaction) => transaction.query(text, params, name === undefined ? {} : { name }),
      { ...plan, isolation: undefined, readOnly: true },
      attempt,
      endsMs,
    );
    return outcome.kind === 'uncertain' ? { kind: 'done', value: outcome.value } : outcome;
  }

  async #tryTransaction<T>(
    callback: TransactionCallback<T>,
    plan: TransactionPlan,
    attempt: number,
    endsMs: number,
  ): Promise<TransactionOutcome<T>> {
    const timeoutMs = Math.max(0, endsMs - this.#clock.monotonic());
    const limit = new Limit(this.#timeouts, { what: 'the transaction', timeoutMs, signal: plan.signal });
    const inside: Inside = { isOpen: true };
    try {
      if (limit.reason) return { kind: 'failed', failure: 'timed-out', error: limit.reason.error };
      const taken = await takeConnection(this.#connections.forTransaction(), limit);
      if (taken.kind === 'failed') return taken;
      return await runTransaction({
        callback: this.#inside
          ? (transaction) => this.#inside?.run(inside, callback, transaction) as PromiseLike<T>
          : callback,
        connection: taken.value,
        plan,
        limit,
        attempt,
        timeouts: this.#timeouts,
        descriptions: this.#descriptions,
        observer: this.#observer,
      });
    } finally {
      inside.isOpen = false;
      limit.dispose();
    }
  }

  /** After a COMMIT that was not answered. */
  async #isCommitted(token: CommitToken, error: unknown, endsMs: number): Promise<boolean> {
    const timeoutMs = Math.max(endsMs - this.#clock.monotonic(), SEE_THROUGH_MS);
    const limit = new Limit(this.#timeouts, { what: 'the search for a lost COMMIT', timeoutMs });
    try {
      const resolution = this.#connections.canReconnect
        ? await resolveCommit(token, { connections: this.#connections, limit, random: this.#random })
        : 'unknown';
      this.#counter.lostCommits[resolution] += 1;
      if (resolution === 'unknown') throw this.#unknown('the transaction', error, token.xid);
      return resolution === 'committed';
    } finally {
      limit.dispose();
    }
  }

  async #isReadOnly(text: string): Promise<boolean> {
    const limit = new Limit(this.#timeouts, { what: 'its description', timeoutMs: DESCRIBE_MS });
    try {
      const { isReadOnly } = await limit.waitFor(this.#descriptions.find(text));
      return isReadOnly;
    } catch {
      return false;
    } finally {
      limit.dispose();
    }
  }

  #refuseInside(): void {
    if (this.#inside?.getStore()?.isOpen !== true) return;
    throw new StateError(
      'the only connection is held by the transaction that this is asked for in: use its own query()',
    );
  }

  #unknown(what: string, cause: unknown, xid?: string): OutcomeUnknownError {
    this.#counter.unknownOutcomes += 1;
    return new OutcomeUnknownError(what, cause, xid);
  }
}

/* read_only_sql_transaction */
const READ_ONLY = '25006';

/* A parser that takes longer is not worth waiting for: without it, nothing is proven. */
const DESCRIBE_MS = 1000;

function retryPlan(
  what: RetryPlan['what'],
  { retries, retryOn, signal }: ExecutePlan | TransactionPlan,
  endsMs: number,
): RetryPlan {
  return { what, retries, retryOn, signal, endsMs };
}

/** Who aborts it while it waits for its next try is told so. */
function finalError({ signal }: ExecutePlan | TransactionPlan, error: unknown): unknown {
  return signal?.aborted ? (signal.reason ?? error) : error;
}
