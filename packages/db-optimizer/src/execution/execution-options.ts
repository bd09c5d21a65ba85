import { type Duration, option, readOptions } from '@evenkeel/core';

export type IsolationLevel = 'read committed' | 'repeatable read' | 'serializable';

/** About one query or transaction; what is absent is the executor's. */
interface CommonOptions {
  /**
   * Time for each try of a query, waiting for a connection included; within a transaction, for each statement. The
   * server is asked to stop what takes longer. @defaultValue '30s'
   */
  readonly timeout?: Duration | undefined;
  /** Time for all of it, retries included. @defaultValue '1m' */
  readonly deadline?: Duration | undefined;
  /** Most tries beyond the first, from 0 to 20. @defaultValue 5 */
  readonly retries?: number | undefined;
  /**
   * SQLSTATEs that are worth another try beside those that are in any case, such as `55P03` (a lock was not to be had)
   * or `23505` (somebody else was first). @defaultValue none
   */
  readonly retryOn?: readonly string[] | undefined;
  /** Ends it, with its reason. What runs on the server is cancelled; a COMMIT that was sent is seen through. */
  readonly signal?: AbortSignal | undefined;
}

export interface ExecuteOptions extends CommonOptions {
  /**
   * Whether running it twice is as good as running it once. Then it is repeated although the answer to the first try
   * was lost. What is proven to change nothing needs no such word. @defaultValue false
   */
  readonly idempotent?: boolean | undefined;
  /** Keeps it prepared on each connection under this name; `pg` only. @defaultValue not kept */
  readonly name?: string | undefined;
}

export interface TransactionOptions extends CommonOptions {
  /** @defaultValue the database's */
  readonly isolation?: IsolationLevel | undefined;
  /** Lets the server refuse what changes data. @defaultValue false */
  readonly readOnly?: boolean | undefined;
}

interface CommonPlan {
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly retries: number;
  readonly retryOn: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** {@link ExecuteOptions}, read. */
export interface ExecutePlan extends CommonPlan {
  readonly idempotent: boolean;
  readonly name: string | undefined;
}

/** {@link TransactionOptions}, read. */
export interface TransactionPlan extends CommonPlan {
  readonly isolation: IsolationLevel | undefined;
  readonly readOnly: boolean;
}

/* Beyond this a retry is hope, not a plan. */
export const MAX_RETRIES = 20;

const COMMON = {
  timeout: option.duration({ min: 1 }).optional(),
  deadline: option.duration({ min: 1 }).optional(),
  retries: option.integer({ min: 0, max: MAX_RETRIES }).optional(),
  retryOn: option.listOf(option.string()).optional(),
  signal: option.withMethods<AbortSignal>('addEventListener', 'removeEventListener').optional(),
};

const EXECUTE = {
  ...COMMON,
  idempotent: option.boolean().default(false),
  name: option.string().optional(),
};

const TRANSACTION = {
  ...COMMON,
  isolation: option.oneOf<IsolationLevel>(['read committed', 'repeatable read', 'serializable']).optional(),
  readOnly: option.boolean().default(false),
};

/** @throws ConfigurationError */
export function readExecuteOptions(options: ExecuteOptions | undefined, defaults: ExecutePlan): ExecutePlan {
  if (options === undefined) return defaults;
  const read = readOptions('optimizeQuery', options, EXECUTE);
  return { ...commonPlan(read, defaults), idempotent: read.idempotent, name: read.name };
}

/** @throws ConfigurationError */
export function readTransactionOptions(
  options: TransactionOptions | undefined,
  defaults: CommonPlan,
): TransactionPlan {
  const read = readOptions('transaction', options, TRANSACTION);
  return { ...commonPlan(read, defaults), isolation: read.isolation, readOnly: read.readOnly };
}

function commonPlan(
  { timeout, deadline, retries, retryOn, signal }: CommonOptions,
  defaults: CommonPlan,
): CommonPlan {
  return {
    timeoutMs: (timeout as number | undefined) ?? defaults.timeoutMs,
    deadlineMs: (deadline as number | undefined) ?? defaults.deadlineMs,
    retries: retries ?? defaults.retries,
    retryOn: retryOn ?? defaults.retryOn,
    signal,
  };
}
