import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { VirtualClock } from '@evenkeel/core';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type PostgresServer,
  postgresIsInstalled,
  startPostgres,
} from '../../../../tools/postgres-server.ts';
import { instrumentClient } from '../../src/instrument/instrument-client.ts';
import { instrumentPool } from '../../src/instrument/instrument-pool.ts';
import { PoolMonitor } from '../../src/pool/pool-monitor.ts';
import { readServerConnections, roomFor } from '../../src/pool/server-connections.ts';
import type { QueryObservation } from '../../src/queries/observation.ts';

/** As pg-cursor does it, in short: reads row by row, and closes the portal at the end. */
class RowByRow extends EventEmitter {
  readonly text: string;
  readonly values: unknown[];
  readonly rows: unknown[] = [];
  #connection: { [method: string]: (argument?: object) => void } = {};

  constructor(text: string, values: unknown[]) {
    super();
    this.text = text;
    this.values = values;
  }

  submit(connection: never): void {
    this.#connection = connection;
    this.#connection.parse?.({ text: this.text });
    this.#connection.bind?.({ values: this.values.map(String) });
    this.#connection.describe?.({ type: 'P', name: '' });
    this.#next();
  }

  #next(): void {
    this.#connection.execute?.({ portal: '', rows: 1 });
    this.#connection.flush?.();
  }

  handleRowDescription(): void {}
  handleDataRow(message: { fields: unknown[] }): void {
    this.rows.push(message.fields[0]);
  }
  handlePortalSuspended(): void {
    this.#next();
  }
  handleCommandComplete(): void {
    this.#connection.sync?.();
  }
  handleReadyForQuery(): void {
    this.emit('end');
  }
  handleError(error: Error): void {
    this.emit('error', error);
    this.#connection.sync?.();
  }
}

/* What is waited for comes at once where nothing else is going on. */
const PATIENCE = { timeout: 15_000, interval: 20 };

const ended = (query: EventEmitter): Promise<unknown> =>
  new Promise((resolve) => {
    query.once('end', resolve);
    query.once('error', resolve);
  });

describe.skipIf(!postgresIsInstalled() && !process.env.CI)('a watched pool', () => {
  let server: PostgresServer;
  let pool: pg.Pool;
  let seen: QueryObservation[];
  let stop: () => void;

  beforeAll(async () => {
    server = await startPostgres();
  }, 30_000);
  afterAll(() => server.stop());

  beforeEach(() => {
    pool = new pg.Pool({ connectionString: server.url, max: 2 });
    pool.on('error', () => {});
    seen = [];
    stop = instrumentPool(pool, { observe: (observation) => void seen.push(observation) });
  });
  afterEach(async () => {
    stop();
    await pool.end();
  });

  const texts = (): (readonly [string, readonly unknown[] | undefined, number | undefined])[] =>
    seen.map(({ text, params, rows }) => [text, params, rows] as const);

  it('tells of promises, callbacks and config objects, with rows and times', async () => {
    const { rows } = await pool.query('select $1::int as n, pg_sleep(0.02)', [5]);
    expect(rows[0]).toMatchObject({ n: 5 });
    await pool.query({ text: 'select 2', name: 'two', rowMode: 'array' });
    await new Promise<void>((resolve, reject) => {
      pool.query('select $1::int', [3], (error, result) => (error ? reject(error) : resolve(void result)));
    });
    await new Promise<void>((resolve) => pool.query('select 4', () => resolve()));
    const client = await pool.connect();
    await client.query('create temp table t as select generate_series(1, 7) as n');
    await new Promise<void>((resolve) => client.query('update t set n = n', () => resolve()));
    const config = { text: 'select n from t where n < $1', values: [4], callback: () => {} };
    await new Promise<void>((resolve) => client.query({ ...config, callback: () => resolve() } as never));
    await client.query('select 1; select 2 union select 3');
    client.release();
    expect(texts()).toEqual([
      ['select $1::int as n, pg_sleep(0.02)', [5], 1],
      ['select 2', undefined, 1],
      ['select $1::int', [3], 1],
      ['select 4', undefined, 1],
      ['create temp table t as select generate_series(1, 7) as n', undefined, 7],
      ['update t set n = n', undefined, 7],
      ['select n from t where n < $1', [4], 3],
      ['select 1; select 2 union select 3', undefined, 3],
    ]);
    const [first] = seen;
    expect(first?.durationMs).toBeGreaterThan(18);
    expect(Math.abs((first?.startedAt ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('leaves the wait for a connection and for other queries of the connection out of the time', async () => {
    stop();
    const clock = new VirtualClock();
    stop = instrumentPool(pool, { observe: (observation) => void seen.push(observation), clock });
    const clients = [await pool.connect(), await pool.connect()];
    const waiting = pool.query('select 1');
    clock.advance(60);
    for (const client of clients) client.release();
    await waiting;
    expect(seen[0]?.durationMs).toBe(0);

    const client = await pool.connect();
    const both = Promise.all([client.query('select 1'), client.query('select 2')]);
    // The first is under way, and the second is sent when that is answered.
    clock.advance(100);
    await both;
    client.release();
    expect(seen.map(({ durationMs }) => durationMs)).toEqual([0, 100, 0]);
  });

  it('tells of errors, which reach the caller as they are', async () => {
    await expect(pool.query('select 1/0')).rejects.toMatchObject({ code: '22012' });
    const client = await pool.connect();
    const error = await new Promise((resolve) => client.query('selec', (reason: unknown) => resolve(reason)));
    expect(error).toMatchObject({ code: '42601' });
    // What the driver refuses by itself is refused as before.
    expect(() => client.query(null as never)).toThrow(TypeError);
    client.release();
    expect(seen.map(({ error }) => (error as { code?: string }).code)).toEqual(['22012', '42601']);
    expect(seen.map(({ rows }) => rows)).toEqual([undefined, undefined]);
  });

  it('does not hide a rejection that nobody handles', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    const before = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', listener);
    try {
      void pool.query('select nothing');
      await vi.waitFor(() => expect(unhandled).toMatchObject([{ code: '42703' }]), PATIENCE);
    } finally {
      process.off('unhandledRejection', listener);
      for (const each of before) process.on('unhandledRejection', each);
    }
  });

  it('tells of a query that a broken connection ends', async () => {
    const victim = pool.query('select pg_backend_pid(), pg_sleep(60)').catch((error: unknown) => error);
    await vi.waitFor(async () => {
      const { rows } = await pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(60)' and pid <> pg_backend_pid()",
      );
      expect(rows).toHaveLength(1);
    }, PATIENCE);
    expect(await victim).toMatchObject({ code: '57P01' });
    const [terminated] = seen.filter(({ text }) => text.startsWith('select pg_backend_pid'));
    expect(terminated).toMatchObject({ error: { code: '57P01' } });
  });

  it('tells of queries that know the protocol, and puts back what it changed in them', async () => {
    const client = await pool.connect();
    const rows = new RowByRow('select generate_series(1, $1::int)', [3]);
    expect(client.query(rows as never)).toBe(rows);
    await ended(rows);
    expect(rows.rows.map(String)).toEqual(['1', '2', '3']);
    expect(Object.keys(rows)).not.toContain('handleReadyForQuery');
    expect(Object.hasOwn(rows, 'handleReadyForQuery')).toBe(false);

    const failing = new RowByRow('select 1 / $1::int', [0]);
    client.query(failing as never);
    await ended(failing);

    const query = new pg.Query('select 1 union select 2');
    const received: unknown[] = [];
    query.on('row', (row) => received.push(row));
    client.query(query);
    await ended(query as never as EventEmitter);
    expect(received).toHaveLength(2);
    client.release();
    expect(texts()).toEqual([
      ['select generate_series(1, $1::int)', [3], 3],
      ['select 1 / $1::int', [0], undefined],
      ['select 1 union select 2', undefined, 2],
    ]);
    expect(seen[1]?.error).toMatchObject({ code: '22012' });
  });

  it('observes in the async context of the caller', async () => {
    stop();
    const storage = new AsyncLocalStorage<string>();
    const contexts: (string | undefined)[] = [];
    stop = instrumentPool(pool, { observe: () => void contexts.push(storage.getStore()) });
    const one = new pg.Pool({ connectionString: server.url, max: 1 });
    const stopOne = instrumentPool(one, { observe: () => void contexts.push(storage.getStore()) });
    // With one connection the second of them is sent when the first is answered, in its context.
    const calls = ['a', 'b', 'c'].map((name) => storage.run(name, () => one.query('select 1')));
    const called = storage.run(
      'callback',
      () => new Promise<void>((resolve) => one.query('select 1', () => resolve())),
    );
    await Promise.all([...calls, called]);
    const client = await one.connect();
    await storage.run(
      'client',
      () => new Promise<void>((resolve) => client.query('select 1', () => resolve())),
    );
    const rows = new RowByRow('select 1', []);
    storage.run('rows', () => client.query(rows as never));
    await ended(rows);
    client.release();
    stopOne();
    await one.end();
    expect(contexts).toEqual(['a', 'b', 'c', 'callback', 'client', 'rows']);
  });

  it('goes on when the observer throws', async () => {
    stop();
    stop = instrumentPool(pool, {
      observe: () => {
        throw new Error('broken');
      },
    });
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  it('is gone without a trace when it ends, whatever the order', async () => {
    const client = await pool.connect();
    const stopSecond = instrumentPool(pool, { observe: () => {} });
    stop();
    await client.query('select 1');
    client.release();
    await pool.query('select 2');
    expect(seen).toEqual([]);
    stopSecond();
    stopSecond();
    expect(pool.listenerCount('release')).toBe(0);
    // The first could not take back what lay under the second; it only passes calls on.
    expect((await pool.query('select 3 as n')).rows).toEqual([{ n: 3 }]);
    expect(seen).toEqual([]);

    const fresh = new pg.Pool({ connectionString: server.url, max: 1 });
    const end = instrumentPool(fresh, { observe: () => {} });
    const held = await fresh.connect();
    expect(Object.hasOwn(held, 'query')).toBe(true);
    end();
    expect(Object.hasOwn(fresh, 'query') || Object.hasOwn(fresh, 'connect')).toBe(false);
    expect(Object.hasOwn(held, 'query')).toBe(false);
    held.release();
    await fresh.end();
  });

  it('measures waits, holds and leaks', async () => {
    stop();
    const monitor = new PoolMonitor(pool, { leakAfter: 50 });
    stop = instrumentPool(pool, { observe: () => {}, measurements: monitor });
    await Promise.all(Array.from({ length: 12 }, () => pool.query('select pg_sleep(0.01)')));
    const clients: pg.PoolClient[] = [];
    // Each eighth is traced, so these are, by two.
    for (let taken = 0; taken < 8; taken++) {
      const client = await takeAConnection(pool);
      if (taken < 7) client.release();
      else clients.push(client);
    }
    await new Promise((resolve) => setTimeout(resolve, 80));
    const snapshot = monitor.snapshot();
    expect(snapshot).toMatchObject({ max: 2, total: 2, idle: 1, peakInUse: 2 });
    expect(snapshot.holdMs.count).toBe(19);
    expect(snapshot.waitMs.count).toBe(20);
    expect(snapshot.queryMs.count).toBe(12);
    expect(snapshot.queryMs.p50).toBeGreaterThan(9);
    expect(snapshot.waitMs.max).toBeGreaterThan(40);
    expect(snapshot.leaks).toHaveLength(1);
    expect(snapshot.leaks[0]?.site?.[0]).toContain('takeAConnection');
    expect(monitor.advice().diagnoses[0]).toMatchObject({ problem: 'leak' });
    for (const client of clients) client.release();
    expect(monitor.snapshot().leaks).toEqual([]);
  });

  it('counts connections that were not to be had', async () => {
    const one = new pg.Pool({ connectionString: server.url, max: 1 });
    const monitor = new PoolMonitor(one);
    const end = instrumentPool(one, {
      observe: (observation) => void seen.push(observation),
      measurements: monitor,
    });
    const client = await one.connect();
    // The first connection may take longer to make.
    one.options.connectionTimeoutMillis = 50;
    await expect(one.query('select 1')).rejects.toThrow('timeout exceeded');
    expect(monitor.snapshot()).toMatchObject({ timeouts: 1, failures: 0 });
    expect(seen).toEqual([]);
    client.release();
    end();
    await one.end();
  });

  it('watches a client alone', async () => {
    const client = new pg.Client(server.url);
    await client.connect();
    const end = instrumentClient(client, { observe: (observation) => void seen.push(observation) });
    await client.query('select 1');
    end();
    await client.query('select 2');
    await client.end();
    expect(texts()).toEqual([['select 1', undefined, 1]]);
  });

  it('reads what room the server has', async () => {
    const connections = await readServerConnections(pool);
    expect(connections).toMatchObject({ maxConnections: 100, reserved: 3, roleLimit: undefined });
    expect(connections.used).toBeGreaterThanOrEqual(1);
    expect(roomFor({ ...connections, databaseLimit: 20 })).toBe(20);
    expect(roomFor(connections)).toBe(97);
  });
});

async function takeAConnection(pool: pg.Pool): Promise<pg.PoolClient> {
  return await pool.connect();
}

it('refuses what is no pool', () => {
  expect(() => instrumentPool({} as never, { observe: () => {} })).toThrow(/pool/);
  expect(() => instrumentPool(new pg.Pool(), {} as never)).toThrow(/observe/);
  expect(() => instrumentClient({} as never, { observe: () => {} })).toThrow(/client/);
});
