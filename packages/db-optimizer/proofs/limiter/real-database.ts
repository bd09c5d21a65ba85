import pg from 'pg';
import { AdaptivePool, type PooledConnection } from '../../src/pool/adaptive-pool.ts';
import { p99 } from './simulation.ts';

/** Work on a real server. */
export interface RealMix {
  readonly name: string;
  work(client: PooledConnection, random: () => number): Promise<unknown>;
}

export const REAL_MIXES: readonly RealMix[] = [
  {
    name: 'short transactions: update, select, 2 ms of sleep',
    async work(client, random) {
      const id = Math.ceil(random() * 100_000);
      await client.query('begin');
      await client.query('update accounts set balance = balance + 1 where id = $1', [id]);
      await client.query('select balance, pg_sleep(0.002) from accounts where id = $1', [id]);
      await client.query('commit');
    },
  },
  {
    name: 'point reads, one in ten a report over 4,000 rows',
    work(client, random) {
      const id = Math.ceil(random() * 96_000);
      return random() < 0.1
        ? client.query('select sum(balance), stddev(id) from accounts where id between $1 and $1 + 4000', [
            id,
          ])
        : client.query('select balance from accounts where id = $1', [id]);
    },
  },
  {
    name: 'hot rows: one of eight is updated and held for 1 ms',
    async work(client, random) {
      const id = Math.ceil(random() * 8);
      await client.query('begin');
      await client.query('update accounts set balance = balance + 1 where id = $1', [id]);
      await client.query('select pg_sleep(0.001)');
      await client.query('commit');
    },
  },
];

export interface RealResult {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly best: number;
}

export async function prepare(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(
    `create table accounts (id int primary key, balance bigint not null) with (fillfactor = 50)`,
  );
  await client.query('insert into accounts select id, 0 from generate_series(1, 100000) id');
  await client.query('vacuum analyze accounts');
  await client.end();
}

/**
 * Lets callers work for some time, each going on as soon as it may.
 *
 * @param size connections of a fixed pool, all of them open before; undefined: the adaptive one, from a cold start
 */
export async function runReal(
  url: string,
  mix: RealMix,
  size: number | undefined,
  {
    max,
    callers,
    durationMs,
    random,
  }: { max: number; callers: number; durationMs: number; random: () => number },
): Promise<RealResult> {
  const pool = new pg.Pool({ connectionString: url, max: size ?? max });
  // Connections that the server closes when it is stopped.
  pool.on('error', () => {});
  const adaptive = size === undefined ? new AdaptivePool(pool) : undefined;
  if (size !== undefined) {
    const clients = await Promise.all(Array.from({ length: size }, () => pool.connect()));
    for (const client of clients) client.release();
  }
  const latencies: number[] = [];
  const endMs = performance.now() + durationMs;
  const once = async (): Promise<void> => {
    if (adaptive) await adaptive.run((client) => mix.work(client, random));
    else {
      const client = await pool.connect();
      await mix.work(client, random).finally(() => client.release());
    }
  };
  const callsOf = async (): Promise<void> => {
    for (let fromMs = performance.now(); fromMs < endMs; ) {
      await once();
      const nowMs = performance.now();
      latencies.push(nowMs - fromMs);
      fromMs = nowMs;
    }
  };
  await Promise.all(Array.from({ length: callers }, callsOf));
  const best = adaptive?.getStats().best ?? size ?? max;
  await adaptive?.stop();
  await pool.end();
  return { perSecond: (1000 * latencies.length) / durationMs, p99Ms: p99(latencies), best };
}
