import type { Pool, PoolClient } from 'pg';
import type { QueryExecutorOptions } from '../../src/execution/executor-options.ts';
import { QueryExecutor } from '../../src/execution/query-executor.ts';

/** What a job does within its transaction. */
export type Work = (query: (text: string, params: readonly unknown[]) => Promise<unknown>) => Promise<void>;

/** Carries jobs out, each in a transaction. */
interface Runner {
  /** Resolves when the job is done, as far as the runner knows. */
  run(work: Work): Promise<void>;
  /** Tries beyond the first so far. */
  retries(): number;
  /** What they were made for, where the runner tells. */
  reasons?(): string;
}

export type CreateRunner = (pool: Pool) => Runner;

/** Its own statements are all that it is asked about. */
const describe: QueryExecutorOptions['describe'] = (text) => {
  const kind = text.startsWith('select') ? 'select' : text.startsWith('insert') ? 'insert' : 'update';
  return { kind, isReadOnly: kind === 'select' };
};

export function evenkeel(retryBudget: number): CreateRunner {
  return (pool) => {
    const executor = new QueryExecutor({
      database: pool,
      describe,
      retryBudget,
      retries: 20,
      deadline: '2m',
    });
    return {
      run: (work) =>
        executor.transaction((transaction) => work((text, params) => transaction.query(text, params)), {
          isolation: 'serializable',
        }),
      retries: () => Object.values(executor.counts.retries).reduce((sum, count) => sum + count, 0),
      reasons: () => {
        const { retries, lostCommits } = executor.counts;
        return `retries ${JSON.stringify(retries)}, lost COMMITs ${JSON.stringify(lostCommits)}`;
      },
    };
  };
}

async function inTransaction(pool: Pool, work: Work): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // As `pg` wants it, or the process ends.
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
    await work((text, params) => client.query(text, [...params]));
    await client.query('COMMIT');
  } catch (error) {
    broken = error as Error;
    await rollBack(client);
    throw error;
  } finally {
    client.removeListener('error', onError);
    client.release(broken);
  }
}

async function rollBack(client: PoolClient): Promise<void> {
  try {
    await client.query('ROLLBACK');
  } catch {
    // The connection is gone.
  }
}

interface Policy {
  readonly retries: number;
  mayRetry(error: unknown): boolean;
  delayMs(attempt: number): number;
}

function withPolicy({ retries, mayRetry, delayMs }: Policy): CreateRunner {
  return (pool) => {
    let made = 0;
    // A connection that is lost as soon as it is made would end the process, before its taker can listen.
    pool.on('connect', (client) => client.on('error', () => {}));
    return {
      retries: () => made,
      async run(work) {
        for (let attempt = 1; ; attempt++) {
          try {
            return await inTransaction(pool, work);
          } catch (error) {
            if (attempt > retries || !mayRetry(error)) throw error;
            made += 1;
            await new Promise((resolve) => setTimeout(resolve, delayMs(attempt)));
          }
        }
      },
    };
  };
}

/** Tries again whatever went wrong. */
export const plainLoop = withPolicy({ retries: 100, mayRetry: () => true, delayMs: () => 50 });

/** As pg-boss does with a job that throws: again, twice as late each time, with jitter, up to `retryLimit`. In ms here. */
export const jobQueue = withPolicy({
  retries: 5,
  mayRetry: () => true,
  delayMs: (attempt) => 50 * 2 ** attempt * (0.5 + Math.random() / 2),
});

/** As slonik does with a transaction: what the server says it undid is run again at once, up to five times. */
export const undoneOnly = withPolicy({
  retries: 5,
  mayRetry: (error) => String((error as { code?: unknown }).code).startsWith('40'),
  delayMs: () => 0,
});
