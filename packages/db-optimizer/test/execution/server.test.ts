import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Client, Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type PostgresServer,
  postgresIsInstalled,
  startPostgres,
} from '../../../../tools/postgres-server.ts';
import { play } from '../../proofs/commits/play.ts';
import { evenkeel, plainLoop } from '../../proofs/commits/runners.ts';
import { Trouble } from '../../proofs/commits/trouble.ts';
import type { QueryExecutorOptions } from '../../src/execution/executor-options.ts';
import { QueryExecutor } from '../../src/execution/query-executor.ts';
import { SqlParser } from '../../src/sql/sql-parser.ts';

/* What is waited for comes at once where nothing else is going on. */
const PATIENCE = { timeout: 15_000, interval: 10 };

/** Lets the first two who come wait for each other, and whoever comes later pass. */
function meeting(): () => Promise<void> {
  let came = 0;
  let meet = (): void => {};
  const met = new Promise<void>((resolve) => {
    meet = resolve;
  });
  return () => {
    came += 1;
    if (came === 2) meet();
    return met;
  };
}

describe.skipIf(!postgresIsInstalled() && !process.env.CI)('on PostgreSQL', { timeout: 60_000 }, () => {
  let server: PostgresServer;
  const parser = new SqlParser();
  const describe_: QueryExecutorOptions['describe'] = (text) => parser.describe(text);
  let pool: Pool;
  let executor: QueryExecutor;

  beforeAll(async () => {
    server = await startPostgres({ max_connections: '60', deadlock_timeout: '100ms' });
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await parser.stop();
  });

  const makePool = (options: object = {}): Pool => {
    const made = new Pool({ connectionString: server.url, max: 4, ...options });
    made.on('error', () => {});
    return made;
  };

  beforeEach(async () => {
    pool = makePool();
    executor = new QueryExecutor({ database: pool, describe: describe_ });
    await pool.query('drop table if exists item; create table item (id int, n int not null)');
    await pool.query('insert into item values (1, 0), (2, 0)');
  });
  afterEach(async () => {
    expect(pool.idleCount).toBe(pool.totalCount);
    await pool.end();
  });

  const count = async (): Promise<number> =>
    (await pool.query('select count(*)::int as count from item')).rows[0].count;

  it('a transaction that writes takes no round trip more than it has statements', async () => {
    const text = 'insert into item values ($1, $2)';
    const small = makePool({ max: 1 });
    const own = new QueryExecutor({ database: small, describe: describe_ });
    const insert = (): Promise<unknown> =>
      own.transaction(async (transaction) => {
        await transaction.query(text, [3, 0]);
        await transaction.query(text, [4, 0]);
      });
    // The parser takes its time when it is asked first.
    await parser.describe(text);
    await insert();
    const turns: string[] = [];
    const client = await small.connect();
    const { stream } = (client as unknown as { connection: { stream: NodeJS.ReadWriteStream } }).connection;
    client.release();
    const write = stream.write.bind(stream);
    stream.write = ((...given: Parameters<typeof write>) => {
      if (turns.at(-1) !== 'sent') turns.push('sent');
      return write(...given);
    }) as typeof stream.write;
    stream.prependListener('data', () => {
      if (turns.at(-1) !== 'received') turns.push('received');
    });
    await insert();
    // BEGIN, two statements, COMMIT.
    expect(turns.filter((turn) => turn === 'sent')).toHaveLength(4);
    expect(await count()).toBe(6);
    await small.end();
  });

  it('a statement that takes too long is stopped on the server, and its connection goes on', async () => {
    const { rows } = await executor.query<{ pid: number }>('select pg_backend_pid() as pid');
    await expect(executor.query('select pg_sleep(10)', [], { timeout: 100 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    await expect(
      executor.query('insert into item select 9, 9 from pg_sleep(10)', [], { timeout: 100 }),
    ).rejects.toMatchObject({ code: 'TIMEOUT' });
    const controller = new AbortController();
    const reason = new Error('the visitor has left');
    setTimeout(() => controller.abort(reason), 50);
    await expect(executor.query('select pg_sleep(10)', [], { signal: controller.signal })).rejects.toBe(
      reason,
    );
    await expect(
      executor.transaction((transaction) => transaction.query('select pg_sleep(10)'), { timeout: 100 }),
    ).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect((await executor.query<{ pid: number }>('select pg_backend_pid() as pid')).rows).toEqual(rows);
    const busy =
      "select 1 from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and backend_type = 'client backend'";
    expect((await executor.query(busy)).rows).toEqual([]);
    expect(await count()).toBe(2);
  });

  it('a request to stop that has its effect late does not hit the next statement', async () => {
    // As when the server is held up between the two signals that it sends for each request.
    const proxy = createServer({ allowHalfOpen: true }, (socket) => {
      socket.once('data', (first) => {
        const target = (): Socket => connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
        const upstream = target().on('error', () => socket.destroy());
        upstream.write(first);
        if (first.length !== 16) {
          socket.on('error', () => upstream.destroy()).pipe(upstream);
          upstream.pipe(socket);
          return;
        }
        upstream.on('close', () => {
          setTimeout(() => {
            const again = target().on('close', () => socket.end());
            again.end(first);
          }, 200);
        });
        upstream.end();
        upstream.resume();
      });
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const url = new URL(server.url);
    url.port = String((proxy.address() as AddressInfo).port);
    const behind = makePool({ connectionString: url.href, max: 1 });
    const own = new QueryExecutor({ database: behind, describe: describe_ });
    await expect(own.query('select pg_sleep(10)', [], { timeout: 50 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    await own.query('insert into item select 3, 3 from pg_sleep(0.4)');
    expect(await count()).toBe(3);
    await behind.end();
    proxy.close();
  });

  it('connections that died while idle are replaced, for what writes too', async () => {
    await Promise.all(Array.from({ length: 4 }, () => executor.query('select pg_sleep(0.05)')));
    expect(pool.totalCount).toBe(4);
    const other = new Client({ connectionString: server.url });
    await other.connect();
    await other.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'",
    );
    await other.end();
    // A pool that has not heard of it yet gives them out, and what is sent on one then may or may not have been run.
    await vi.waitFor(() => expect(pool.totalCount).toBe(0), PATIENCE);
    await Promise.all(
      Array.from({ length: 8 }, (_, id) => executor.query('insert into item values ($1, 0)', [id])),
    );
    expect(await count()).toBe(10);
  });

  it('a statement whose backend is terminated is run again when it only reads', async () => {
    const other = new Client({ connectionString: server.url });
    await other.connect();
    await other.query('select pg_advisory_lock(1)');
    const kill = (): Promise<void> =>
      vi.waitFor(async () => {
        const { rows } = await other.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'advisory'",
        );
        expect(rows).toHaveLength(1);
      }, PATIENCE);
    const insert = executor.query('insert into item select 9, 9 from pg_advisory_xact_lock(1)');
    await Promise.all([
      expect(insert).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', cause: { code: '57P01' } }),
      kill(),
    ]);
    // Nothing is proven of the function by itself: the caller vouches for it.
    const reading = executor.query('select 1 as one from pg_advisory_xact_lock(1)', [], { idempotent: true });
    await kill();
    await other.query('select pg_advisory_unlock(1)');
    expect((await reading).rows).toEqual([{ one: 1 }]);
    expect(executor.counts.retries).toEqual({ lost: 1 });
    await other.end();
  });

  it('deadlocks and serialization failures are got over', async () => {
    const untilBoth = meeting();
    const both = (first: number, second: number) =>
      executor.transaction(async (transaction) => {
        await transaction.query('update item set n = n + 1 where id = $1', [first]);
        await untilBoth();
        await transaction.query('update item set n = n + 1 where id = $1', [second]);
      });
    await Promise.all([both(1, 2), both(2, 1)]);
    expect(executor.counts.retries).toEqual({ conflict: 1 });
    const untilBothHaveRead = meeting();
    const skew = () =>
      executor.transaction(
        async (transaction) => {
          const { rows } = await transaction.query<{ sum: number }>('select sum(n)::int as sum from item');
          await untilBothHaveRead();
          await transaction.query('insert into item values (3, $1)', [rows[0]?.sum]);
        },
        { isolation: 'serializable' },
      );
    await Promise.all([skew(), skew()]);
    const { rows } = await pool.query('select n from item where id = 3 order by n');
    // One after the other: the second has seen what the first wrote.
    expect(rows).toEqual([{ n: 4 }, { n: 8 }]);
  });

  it('a prepared statement whose table has changed is prepared anew', async () => {
    const read = () => executor.query('select * from item where id = $1', [1], { name: 'by-id' });
    expect((await read()).rows).toEqual([{ id: 1, n: 0 }]);
    await pool.query('alter table item add column name text');
    expect((await read()).rows).toEqual([{ id: 1, n: 0, name: null }]);
    expect(executor.counts.retries).toEqual({ 'stale-plan': 1 });
  });

  it('a constraint that is checked at COMMIT fails, and is not unknown', async () => {
    await pool.query('alter table item add constraint once unique (id) deferrable initially deferred');
    const twice = executor.transaction((transaction) => transaction.query('insert into item values (1, 1)'));
    await expect(twice).rejects.toMatchObject({ code: '23505' });
    expect(await count()).toBe(2);
  });

  it('a transaction that idles longer than the server allows says so', async () => {
    const impatient = makePool({ idle_in_transaction_session_timeout: 100 });
    const own = new QueryExecutor({ database: impatient, describe: describe_ });
    const idle = own.transaction(async (transaction) => {
      const { rows } = await transaction.query<{ pid: number }>('select pg_backend_pid() as pid');
      const isThere = 'select 1 from pg_stat_activity where pid = $1';
      await vi.waitFor(
        async () => expect((await pool.query(isThere, [rows[0]?.pid])).rows).toEqual([]),
        PATIENCE,
      );
      await transaction.query('select 2');
    });
    await expect(idle).rejects.toMatchObject({ code: '25P03' });
    expect(own.counts.retries).toEqual({});
    await impatient.end();
  });

  it('a callback that ends its transaction by itself is found out', async () => {
    const hidden = executor.transaction((transaction) => transaction.query('do $$ begin commit; end $$'));
    await expect(hidden).rejects.toMatchObject({ code: '2D000' });
    const two = executor.transaction((transaction) => transaction.query('select 1; commit'));
    await expect(two).rejects.toMatchObject({ code: 'STATE' });
    expect((await executor.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('a pool of one refuses what would wait for itself', async () => {
    const small = makePool({ max: 1 });
    const own = new QueryExecutor({ database: small, describe: describe_ });
    const nested = own.transaction(() => own.query('select 1'));
    await expect(nested).rejects.toThrow(/only connection/);
    expect((await own.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await small.end();
  });

  it('a single client takes its turns', async () => {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    const own = new QueryExecutor({ database: client, describe: describe_ });
    const add = () =>
      own.transaction(async (transaction) => {
        const { rows } = await transaction.query<{ n: number }>('select n from item where id = 1');
        await transaction.query('update item set n = $1 where id = 1', [(rows[0]?.n ?? 0) + 1]);
      });
    const failing = own.transaction(async (transaction) => {
      await transaction.query('update item set n = 1000');
      await transaction.query('select 1 / 0');
    });
    await Promise.all([
      add(),
      expect(failing).rejects.toMatchObject({ code: '22012' }),
      add(),
      own.query('select 1'),
    ]);
    expect((await own.query('select n from item where id = 1')).rows).toEqual([{ n: 2 }]);
    expect(client.listenerCount('error')).toBe(0);
    await client.end();
    await expect(own.query('select 1')).rejects.toThrow(/not queryable/);
  });

  it('nothing is done twice or lost when COMMITs are cut and backends terminated; a plain loop does', async () => {
    const settings = {
      url: server.url,
      cuts: 0.3,
      seed: 7,
      terminateEveryMs: 50,
      // Where jobs take long, more would hit each of them than the budget allows for.
      terminations: 40,
      crashes: 0,
      restarts: 0,
      again: 0,
    };
    const trouble = new Trouble(server.url);
    const ours = await play({ ...settings, trouble, create: evenkeel(0.8), jobs: 300 });
    expect(ours).toMatchObject({
      duplicates: 0,
      lost: 0,
      deniedButDone: 0,
      failed: 0,
      unknown: 0,
      isTorn: false,
      unhandled: 0,
    });
    expect(ours.cut).toBeGreaterThan(60);
    expect(ours.retries).toBeGreaterThan(20);
    expect(ours.retries).toBeLessThanOrEqual(0.8 * 300 + 12);
    const plain = await play({ ...settings, trouble, create: plainLoop, jobs: 100 });
    expect(plain.duplicates).toBeGreaterThan(5);
  });

  it('nothing is done twice or lost when the server crashes', async () => {
    const settings = {
      url: server.url,
      cuts: 0.1,
      seed: 8,
      terminateEveryMs: 0,
      crashes: 1,
      restarts: 0,
      again: 30,
    };
    const trouble = new Trouble(server.url);
    const ours = await play({ ...settings, trouble, create: evenkeel(1), jobs: 200 });
    expect(ours).toMatchObject({
      duplicates: 0,
      lost: 0,
      deniedButDone: 0,
      failed: 0,
      isTorn: false,
      crashes: 1,
      unhandled: 0,
    });
  });
});
