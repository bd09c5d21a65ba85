import { EventEmitter } from 'node:events';
import pg from 'pg';
import { instrumentPool } from '../../src/instrument/instrument-pool.ts';
import { PoolMonitor } from '../../src/pool/pool-monitor.ts';

type Callback = (error: unknown, result?: unknown) => void;

const RESULT = { rows: [{ n: 1 }], rowCount: 1 };

/** Answers in the next turn of the event loop, without a server. */
class PromptClient extends EventEmitter {
  readonly _queryable = true;

  connect(callback: (error?: Error) => void): void {
    setImmediate(callback);
  }

  query(_text: string, values?: unknown, callback?: Callback): Promise<unknown> | undefined {
    const given = typeof values === 'function' ? (values as Callback) : callback;
    if (!given) return new Promise((resolve) => setImmediate(resolve, RESULT));
    setImmediate(given, null, RESULT);
    return undefined;
  }

  end(callback?: () => void): void {
    callback?.();
  }

  ref(): void {}
  unref(): void {}
}

/**
 * What it costs to watch a query of a pool, in µs of CPU, without a server, which would cost so much more that the
 * difference is hard to see: the least of several rounds, with and without.
 */
export async function bareCost(
  way: (pool: pg.Pool) => Promise<unknown>,
  rounds: number,
  queries: number,
): Promise<number> {
  // The pool calls no other method of a client.
  const make = () => new pg.Pool({ Client: PromptClient as never, max: 1, idleTimeoutMillis: 0 });
  const plain = make();
  const watched = make();
  const stop = instrumentPool(watched, { observe: () => {}, measurements: new PoolMonitor(watched) });
  const least = { plain: Number.POSITIVE_INFINITY, watched: Number.POSITIVE_INFINITY };
  for (let round = 0; round < rounds; round++) {
    for (const [name, pool] of [['plain', plain] as const, ['watched', watched] as const]) {
      const from = process.cpuUsage();
      for (let query = 0; query < queries; query++) await way(pool);
      const { user, system } = process.cpuUsage(from);
      least[name] = Math.min(least[name], (user + system) / queries);
    }
  }
  stop();
  await plain.end();
  await watched.end();
  return least.watched - least.plain;
}
