import { PGlite } from '@electric-sql/pglite';
import { type Queryable, VirtualClock } from '@evenkeel/core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PostgresServer,
  postgresIsInstalled,
  startPostgres,
} from '../../../../tools/postgres-server.ts';
import { PostgresAlertStore } from '../../src/postgres/index.ts';
import { describeAlertStore, someAlert, someDelivery } from '../store/store-contract.ts';

let embedded: Promise<PGlite> | undefined;
let made = 0;

describeAlertStore(
  'PostgresAlertStore over PGlite',
  async () => {
    embedded ??= PGlite.create();
    const clock = new VirtualClock(1_000_000);
    return new PostgresAlertStore(await embedded, { prefix: `t${made++}_`, clock });
  },
  async () => (await embedded)?.close(),
);

describe.skipIf(!postgresIsInstalled() && !process.env.CI)('over a server', () => {
  let server: PostgresServer;
  let pool: pg.Pool;
  const clock = new VirtualClock(1_000_000);

  beforeAll(async () => {
    server = await startPostgres();
    pool = new pg.Pool({ connectionString: server.url, max: 8 });
  }, 60_000);

  afterAll(async () => {
    await pool?.end();
    await server?.stop();
  });

  describeAlertStore(
    'PostgresAlertStore over a pool',
    async () => new PostgresAlertStore(pool, { prefix: `t${made++}_`, clock }),
  );

  it('is created by several processes at once, and in a schema', async () => {
    await pool.query('create schema house');
    const stores = Array.from(
      { length: 8 },
      (_, index) => new PostgresAlertStore(pool, { prefix: 'house.a_', instance: `i${index}`, clock }),
    );
    await Promise.all(stores.map((store) => store.start()));
    await Promise.all(
      stores.map(async (store, index) => {
        await store.load();
        await store.save({ alerts: [someAlert('a', { count: index })], deliveries: [someDelivery('d')] });
      }),
    );
    for (const [index, store] of stores.entries()) {
      expect((await store.load()).alerts).toEqual([someAlert('a', { count: index })]);
      await store.stop();
    }
    const { rows } = await pool.query('select count(*)::int as applied from house.a_migrations');
    expect(rows).toEqual([{ applied: 1 }]);
    expect(await stores[0]?.history({ limit: 100 })).toHaveLength(8);
  });

  it('writes nothing for a process whose place another has taken', async () => {
    const first = new PostgresAlertStore(pool, { prefix: 'place_', clock });
    const second = new PostgresAlertStore(pool, { prefix: 'place_', clock });
    await first.start();
    await first.load();
    await first.save({ alerts: [someAlert('a')], deliveries: [someDelivery('d')] });
    expect((await second.load()).deliveries).toHaveLength(1);
    await second.save({ deliveries: [someDelivery('d', { state: 'sent', settledAt: 1 })] });
    await expect(first.save({ deliveries: [someDelivery('d')] })).rejects.toMatchObject({
      code: 'TAKEN_OVER',
    });
    expect((await second.load()).deliveries).toEqual([]);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('does not let an older save win that arrives late', async () => {
    const held: (() => void)[] = [];
    let isSlow = false;
    const slow: Queryable = {
      query: async (text, params) => {
        if (isSlow && text.includes('given_alerts')) {
          isSlow = false;
          await new Promise<void>((resolve) => held.push(resolve));
        }
        return await pool.query(text, params);
      },
    } as Queryable;
    const store = new PostgresAlertStore(slow, { prefix: 'late_', clock });
    await store.start();
    await store.load();
    isSlow = true;
    const late = store.save({ alerts: [someAlert('a')], deliveries: [someDelivery('d')] });
    await store.save({
      alerts: [someAlert('a', { state: 'resolved', resolvedAt: 2 })],
      deliveries: [someDelivery('d', { state: 'sent', settledAt: 2 })],
    });
    held[0]?.();
    await late;
    expect(await store.load()).toEqual({ alerts: [], deliveries: [], silences: [] });
    await store.stop();
  });

  it('forgets what is old, in slices', async () => {
    const clock = new VirtualClock(1_000_000);
    const store = new PostgresAlertStore(pool, {
      prefix: 'old_',
      clock,
      keepAlerts: '2h',
      keepSent: '2h',
    });
    await store.start();
    await store.load();
    const many = Array.from({ length: 2500 }, (_, index) =>
      someAlert(`a${index}`, { state: 'resolved', resolvedAt: 1_000_000 }),
    );
    await store.save({
      alerts: [...many, someAlert('active')],
      deliveries: [
        someDelivery('pending'),
        someDelivery('sent', { state: 'sent', settledAt: 1_000_000 }),
        someDelivery('dead', { state: 'dead', settledAt: 1_000_000 }),
      ],
    });
    const anHourLater = async (text: string): Promise<unknown> => {
      clock.advance(3_600_000);
      return (await pool.query(text)).rows;
    };
    await expect
      .poll(() => anHourLater('select count(*)::int as left from old_alerts'), { timeout: 15_000 })
      .toEqual([{ left: 1 }]);
    await expect
      .poll(() => anHourLater('select state from old_deliveries order by 1'), { timeout: 15_000 })
      .toEqual([{ state: 'dead' }, { state: 'pending' }]);
    await store.stop();
    expect(clock.pending).toBe(0);
  });

  it('names what is wrong with its options, and tables of a newer release', async () => {
    expect(() => new PostgresAlertStore(pool, { prefix: 'a"; drop table x' })).toThrow(
      /prefix must be .*, got/,
    );
    expect(() => new PostgresAlertStore(undefined as never)).toThrow(
      /database must be an object with query\(\)/,
    );
    const store = new PostgresAlertStore(pool, { prefix: 'new_', clock });
    await store.start();
    await pool.query('insert into new_migrations (version) values (99)');
    await expect(new PostgresAlertStore(pool, { prefix: 'new_', clock }).start()).rejects.toMatchObject({
      code: 'NEWER_TABLES',
    });
    await expect(store.save({})).rejects.toMatchObject({ code: 'STATE' });
    await store.stop();
  });
});
