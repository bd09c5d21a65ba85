import { option, readOptions, StateError } from '@evenkeel/core';
import { checkStatement } from '../sql/statement-arguments.ts';
import { type CommitToken, XID_QUERY } from './commit-token.ts';
import {
  answerTo,
  type Connection,
  type ExecutedResult,
  plain,
  type SentStatement,
} from './connections/connection.ts';
import type { Descriptions } from './descriptions.ts';
import { endsTransaction } from './ends-transaction.ts';
import type { TransactionPlan } from './execution-options.ts';
import { type FailureKind, failureKind } from './failure.ts';
import { Limit } from './limit.ts';
import type { Observer } from './observer.ts';
import { runStatement } from './run-statement.ts';
import type { Timeouts } from './timeouts.ts';

/** A transaction as its callback sees it. */
export interface Transaction {
  /**
   * Runs a statement within it, after those that were asked for before. Savepoints are allowed, ending it is not.
   *
   * @throws what the driver throws; `TimeoutError`; `ConfigurationError`; `StateError` once the transaction has ended
   */
  query<Row = Record<string, unknown>>(
    text: string,
    params?: readonly unknown[],
    options?: { readonly name?: string },
  ): Promise<ExecutedResult<Row>>;
  /** Which try it is, from 1: the callback is run again as a whole. */
  readonly attempt: number;
  /** Aborts when the transaction ends before the callback does. */
  readonly signal: AbortSignal;
}

/** A failure of a statement in it that the callback may or may not have told of. */
export interface TransactionFailure {
  readonly kind: FailureKind;
  readonly error: unknown;
}

export interface TransactionSettings {
  readonly connection: Connection;
  readonly plan: TransactionPlan;
  readonly limit: Limit;
  readonly attempt: number;
  readonly timeouts: Timeouts;
  readonly descriptions: Descriptions;
  readonly observer: Observer | undefined;
  readonly history: string | undefined;
}

const OWNER = 'Transaction.query';
const OPTIONS = { name: option.string().optional() };

/* After a statement of these kinds the server waits for the next one; after COPY it may wait for data. */
const ANSWERED_AT_ONCE: ReadonlySet<string> = new Set(['select', 'insert', 'update', 'delete', 'merge']);

/** One try of a transaction that has begun: runs its statements one by one, and knows what they mean for COMMIT. */
export class RunningTransaction implements Transaction {
  readonly #settings: TransactionSettings;
  readonly #controller = new AbortController();
  #last: Promise<unknown> = Promise.resolve();
  /* Takes no more. */
  #closed: { readonly error: unknown } | undefined;
  /* Runs no more of what it has taken. */
  #dead: { readonly error: unknown } | undefined;
  #isProven = true;
  #xid: Promise<string | undefined> | undefined;
  #failure: TransactionFailure | undefined;
  #hasEndedItself = false;

  constructor(settings: TransactionSettings) {
    this.#settings = settings;
  }

  get attempt(): number {
    return this.#settings.attempt;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The last failure of a statement. */
  get failure(): TransactionFailure | undefined {
    return this.#failure;
  }

  /** Whether every statement so far is proven to change nothing. */
  get isProven(): boolean {
    return this.#isProven;
  }

  /** Whether a statement has ended it, which only the callback can have asked for. */
  get hasEndedItself(): boolean {
    return this.#hasEndedItself;
  }

  async query<Row = Record<string, unknown>>(
    text: string,
    params?: readonly unknown[],
    options?: { readonly name?: string },
  ): Promise<ExecutedResult<Row>> {
    checkStatement(OWNER, text, params);
    const name = options === undefined ? undefined : readOptions(OWNER, options, OPTIONS).name;
    if (this.#closed) throw this.#closed.error;
    const run = this.#last.then(() => this.#run({ text, params, name }));
    this.#last = run.catch(() => {});
    // What the rows hold is the caller's knowledge.
    return run as unknown as Promise<ExecutedResult<Row>>;
  }

  /** Takes no more statements; resolves when the last has ended. */
  async close(error: unknown): Promise<void> {
    this.#closed ??= { error };
    await this.#last;
  }

  /** Tells a callback that is still under way that it works for nothing. */
  abandon(error: unknown): void {
    this.#closed ??= { error };
    this.#dead ??= { error };
    this.#controller.abort(error);
  }

  /**
   * By what COMMIT can be asked for later; `undefined` where there is nothing to lose. After `close`.
   *
   * @throws where it cannot be read, as in a transaction that has failed
   */
  async token(): Promise<CommitToken | undefined> {
    const { connection, plan, limit, history } = this.#settings;
    if (plan.readOnly || this.#isProven || !connection.isRemote) return undefined;
    let xid = this.#xid && (await limit.waitFor(this.#xid));
    if (xid === undefined) {
      const { rows } = await limit.waitFor(answerTo(connection, plain(XID_QUERY)));
      xid = asXid(rows[0]?.xid);
    }
    return xid === undefined ? undefined : { xid, history };
  }

  async #run(statement: SentStatement): Promise<ExecutedResult> {
    if (this.#dead) throw this.#dead.error;
    if (endsTransaction(statement.text)) {
      throw new StateError(
        'a transaction is ended by its callback: by returning, or by throwing to roll it back',
      );
    }
    const { connection, plan, limit, timeouts, descriptions, observer } = this.#settings;
    const description = plan.readOnly ? undefined : descriptions.peek(statement.text);
    const isHarmless = plan.readOnly || description?.isReadOnly === true;
    if (!isHarmless) this.#isProven = false;
    const own = new Limit(timeouts, { what: 'the statement', timeoutMs: plan.timeoutMs });
    const stop = (error: unknown): void => own.end(error);
    limit.onEnd(stop);
    try {
      const sentMs = timeouts.clock.monotonic();
      const running = runStatement(connection, statement, own);
      if (!isHarmless && description && ANSWERED_AT_ONCE.has(description.kind)) this.#readXid();
      const outcome = await running;
      observer?.tell(statement, sentMs, outcome);
      if (outcome.kind === 'failed') {
        const { error } = outcome;
        // What ended the connection decides whether it is worth another try; all of the transaction is undone by it.
        const kind = outcome.failure === 'not-sent' ? failureKind(error, 'statement') : outcome.failure;
        this.#failure = { kind, error };
        // A connection that may still be busy takes nothing more.
        if (outcome.failure === 'unanswered') this.#dead ??= { error: outcome.error };
        throw outcome.error;
      }
      if (connection.status === 'I') {
        this.#hasEndedItself = true;
        throw new StateError('the callback has ended the transaction itself: what it did before stands');
      }
      return outcome.value;
    } finally {
      limit.offEnd(stop);
      own.dispose();
    }
  }

  /** Directly behind a statement that may write: by then it costs no round trip. */
  #readXid(): void {
    const { connection } = this.#settings;
    if (!connection.isRemote || this.#xid) return;
    const read = connection.sendBehind(XID_QUERY).then(asXid, () => undefined);
    this.#xid = read;
    void read.then((xid) => {
      // The statement before it failed, or the server has none to give; the next one asks again.
      if (xid === undefined) this.#xid = undefined;
    });
  }
}

function asXid(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
