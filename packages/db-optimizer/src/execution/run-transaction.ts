import { StateError } from '@evenkeel/core';
import { type CommitToken, historyOf } from './commit-token.ts';
import { answerTo, type Connection, plain } from './connections/connection.ts';
import type { Descriptions } from './descriptions.ts';
import { TransactionAbortedError } from './errors.ts';
import type { TransactionPlan } from './execution-options.ts';
import { codeOf, failureKind } from './failure.ts';
import { Limit } from './limit.ts';
import type { Observer } from './observer.ts';
import { mustClose, type Outcome, runStatement } from './run-statement.ts';
import type { Timeouts } from './timeouts.ts';
import { RunningTransaction, type Transaction, type TransactionFailure } from './transaction.ts';

/** How one try of a transaction ended. `failed`: it is rolled back for certain. */
export type TransactionOutcome<T> =
  | Outcome<T>
  /** COMMIT was sent, and its answer did not come. */
  | {
      readonly kind: 'uncertain';
      readonly value: T;
      readonly error: unknown;
      /** By what it can be found out. */
      readonly token: CommitToken | undefined;
      /** Whether there is nothing to find out: it can have changed nothing. */
      readonly isHarmless: boolean;
    };

export type TransactionCallback<T> = (transaction: Transaction) => T | PromiseLike<T>;

export interface TransactionTry<T> {
  readonly callback: TransactionCallback<T>;
  readonly connection: Connection;
  readonly plan: TransactionPlan;
  /** For all of the try up to COMMIT. */
  readonly limit: Limit;
  readonly attempt: number;
  readonly timeouts: Timeouts;
  readonly descriptions: Descriptions;
  readonly observer: Observer | undefined;
}

/*
 * A COMMIT that was sent is seen through, whatever the deadline says: not knowing what came of it is worse than
 * waiting. Shorter than a fail-over, longer than anything a healthy server needs.
 */
export const SEE_THROUGH_MS = 10_000;

/** Runs a transaction once on a connection, which it releases. Never rejects. */
export async function runTransaction<T>(each: TransactionTry<T>): Promise<TransactionOutcome<T>> {
  const { connection, plan, limit } = each;
  const history = plan.readOnly || !connection.isRemote ? undefined : await historyWithin(limit, connection);
  const begun = await runStatement(connection, plain(beginText(plan)), limit);
  if (begun.kind === 'failed') {
    connection.release(mustClose(begun));
    // Nothing was changed by it, whatever became of it.
    return begun.failure === 'lost' ? { ...begun, failure: 'not-sent' } : begun;
  }
  const transaction = new RunningTransaction({ ...each, history });
  let value: T;
  try {
    value = await limit.waitFor(call(each.callback, transaction));
  } catch (error) {
    return await rollBack(each, transaction, error);
  }
  return await commit(each, transaction, value, begun.value.command !== undefined);
}

async function historyWithin(limit: Limit, connection: Connection): Promise<string | undefined> {
  try {
    return await limit.waitFor(historyOf(connection));
  } catch {
    // BEGIN finds the limit passed as well.
    return undefined;
  }
}

/** Turns a synchronous throw into a rejection. */
async function call<T>(callback: TransactionCallback<T>, transaction: Transaction): Promise<T> {
  return await callback(transaction);
}

async function rollBack<T>(
  { connection, limit, timeouts }: TransactionTry<T>,
  transaction: RunningTransaction,
  thrown: unknown,
): Promise<Outcome<never>> {
  const isOver = limit.reason !== undefined && limit.reason.error === thrown;
  if (isOver) transaction.abandon(thrown);
  await transaction.close(new StateError('the transaction was rolled back'));
  const { failure } = transaction;
  const isBroken = failure !== undefined && isConsequence(thrown, failure, connection);
  const kind = isOver ? 'timed-out' : isBroken ? failure.kind : 'other';
  await endWithRollback(connection, failure, timeouts);
  return { kind: 'failed', failure: kind, error: thrown };
}

/** Whether what the callback threw comes of a statement's failure, rather than of the callback's own judgement. */
function isConsequence(
  thrown: unknown,
  { error, kind }: TransactionFailure,
  connection: Connection,
): boolean {
  if (connection.fault || connection.status === 'E' || kind === 'lost' || kind === 'unanswered') return true;
  return causesOf(thrown).includes(error);
}

/* Errors are wrapped a few times; a chain that leads into itself ends here. */
const MAX_CAUSES = 10;

function causesOf(thrown: unknown): unknown[] {
  const causes = [thrown];
  for (let cause = thrown; causes.length < MAX_CAUSES; ) {
    if (typeof cause !== 'object' || cause === null || !('cause' in cause)) break;
    cause = cause.cause;
    causes.push(cause);
  }
  return causes;
}

async function endWithRollback(
  connection: Connection,
  failure: TransactionFailure | undefined,
  timeouts: Timeouts,
): Promise<void> {
  const broken =
    connection.fault ??
    (failure && mustClose({ kind: 'failed', failure: failure.kind, error: failure.error }));
  // A server rolls back by itself what a closed connection leaves behind.
  if (broken) connection.release(broken);
  else connection.release(mustClose(await runPlain(connection, 'ROLLBACK', timeouts)));
}

async function runPlain(
  connection: Connection,
  text: string,
  timeouts: Timeouts,
): Promise<Outcome<{ command?: string }>> {
  const limit = new Limit(timeouts, { what: text, timeoutMs: SEE_THROUGH_MS });
  try {
    return await runStatement(connection, plain(text), limit);
  } finally {
    limit.dispose();
  }
}

async function commit<T>(
  each: TransactionTry<T>,
  transaction: RunningTransaction,
  value: T,
  tellsTags: boolean,
): Promise<TransactionOutcome<T>> {
  const { connection, plan, timeouts } = each;
  await transaction.close(
    new StateError('the transaction has ended: await each of its queries in the callback'),
  );
  const early = await beforeCommit(each, transaction, tellsTags);
  if (early.kind === 'failed') {
    await endWithRollback(connection, { kind: early.failure, error: early.error }, timeouts);
    return early;
  }
  const outcome = await runPlain(connection, 'COMMIT', timeouts);
  connection.release(mustClose(outcome));
  if (outcome.kind === 'done') {
    return outcome.value.command === 'ROLLBACK' ? aborted(transaction.failure) : { kind: 'done', value };
  }
  const { failure, error } = outcome;
  const isAnswered =
    failure === 'not-sent' || (failure !== 'lost' && failure !== 'unanswered' && codeOf(error));
  if (isAnswered) return outcome;
  const token = early.value;
  // A server that was asked for an id and gave none is a standby.
  const isHarmless = plan.readOnly || transaction.isProven || (token === undefined && connection.isRemote);
  return { kind: 'uncertain', value, error, token, isHarmless };
}

/** What is to be known before COMMIT is sent, and whether it should be. */
async function beforeCommit<T>(
  { connection, limit }: TransactionTry<T>,
  transaction: RunningTransaction,
  tellsTags: boolean,
): Promise<Outcome<CommitToken | undefined>> {
  if (transaction.hasEndedItself) {
    const error = new StateError('the callback has ended the transaction itself: what it did before stands');
    return { kind: 'failed', failure: 'other', error };
  }
  const { fault } = connection;
  if (fault) return { kind: 'failed', failure: failureKind(fault, 'statement'), error: fault };
  const { failure } = transaction;
  if (failure?.kind === 'unanswered') return { kind: 'failed', failure: failure.kind, error: failure.error };
  if (connection.status === 'E') return aborted(failure);
  try {
    const token = await transaction.token();
    // Where COMMIT does not tell that it was a ROLLBACK, any statement does.
    if (!tellsTags && failure) await answerTo(connection, plain('select 1'));
    return { kind: 'done', value: token };
  } catch (error) {
    if (codeOf(error) === IN_FAILED_TRANSACTION) return aborted(failure);
    const outcome = limit.reason ? 'unanswered' : failureKind(error, 'statement');
    return { kind: 'failed', failure: outcome, error };
  }
}

const IN_FAILED_TRANSACTION = '25P02';

/** A callback that goes on after a failure has its COMMIT answered with ROLLBACK. */
function aborted(failure: TransactionFailure | undefined): Outcome<never> {
  const error = new TransactionAbortedError(failure?.error);
  return { kind: 'failed', failure: failure?.kind ?? 'other', error };
}

function beginText({ isolation, readOnly }: TransactionPlan): string {
  const level = isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`;
  return `BEGIN${level}${readOnly ? ' READ ONLY' : ''}`;
}
