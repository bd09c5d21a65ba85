import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { QueryExecutorOptions } from '../../src/execution/executor-options.ts';
import { QueryExecutor } from '../../src/execution/query-executor.ts';
import type { QueryObservation } from '../../src/queries/observation.ts';

const byPrefix: QueryExecutorOptions['describe'] = (text) =>
  text.startsWith('select') ? { kind: 'select', isReadOnly: true } : { kind: 'insert', isReadOnly: false };

let database: PGlite;
let pool: Pool;

beforeAll(async () => {
  database = await PGlite.create();
  pool = new Pool({ ...createPgConfig(database), max: 1 });
}, 60_000);

afterAll(async () => {
  await pool?.end();
  await database?.close();
});

describe.each([
  ['PGlite', () => database],
  ["PGlite behind pg's Pool", () => pool],
])('%s', (_, given) => {
  let executor: QueryExecutor;
  let observed: QueryObservation[];

  beforeEach(async () => {
    await database.exec('drop table if exists item; create table item (id int primary key, n int not null)');
    await database.exec('insert into item values (1, 0)');
    observed = [];
    executor = new QueryExecutor({
      database: given() as QueryExecutorOptions['database'],
      describe: byPrefix,
      observe: (observation) => observed.push(observation),
    });
  });

  const n = async (): Promise<unknown> =>
    (await executor.query('select n from item where id = $1', [1])).rows[0]?.n;

  it('runs queries, and says how many rows they gave or changed', async () => {
    expect((await executor.query('select $1::int as one', [1])).rows).toEqual([{ one: 1 }]);
    await executor.query('insert into item values ($1, $2)', [2, 0]);
    await expect(executor.query('insert into item values (1, 1)')).rejects.toMatchObject({ code: '23505' });
    expect(observed.map(({ rows, error }) => [rows, error === undefined])).toEqual([
      [1, true],
      [1, true],
      [undefined, false],
    ]);
  });

  it('commits, rolls back, and takes transactions one by one', async () => {
    const add = () =>
      executor.transaction(async (transaction) => {
        const { rows } = await transaction.query<{ n: number }>('select n from item where id = 1');
        await transaction.query('update item set n = $1 where id = 1', [(rows[0]?.n ?? 0) + 1]);
      });
    const mine = new Error('changed my mind');
    const gives_up = executor.transaction(async (transaction) => {
      await transaction.query('update item set n = 1000');
      throw mine;
    });
    await Promise.all([add(), expect(gives_up).rejects.toBe(mine), add(), executor.query('select 1'), add()]);
    expect(await n()).toBe(3);
  });

  it('keeps its promises after a failure in a transaction', async () => {
    const ignored = executor.transaction(async (transaction) => {
      await transaction.query('update item set n = 1000');
      await transaction.query('select 1 / 0').catch(() => {});
    });
    await expect(ignored).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED', cause: { code: '22012' } });
    const got_over = executor.transaction(
      async (transaction) => {
        await transaction.query('update item set n = 5');
        await transaction.query('savepoint a');
        await transaction.query('select 1 / 0').catch(() => transaction.query('rollback to a'));
        return transaction.attempt;
      },
      { isolation: 'serializable' },
    );
    expect(await got_over).toBe(1);
    expect(await n()).toBe(5);
  });

  it('lets a read-only transaction change nothing', async () => {
    const writes = executor.transaction((transaction) => transaction.query('update item set n = 1000'), {
      readOnly: true,
    });
    await expect(writes).rejects.toMatchObject({ code: '25006' });
    expect(await n()).toBe(0);
  });

  it('refuses what would wait for itself', async () => {
    const nested = executor.transaction(() => executor.query('select 1'));
    await expect(nested).rejects.toThrow(/only connection/);
    expect(await n()).toBe(0);
  });

  it('gives up a callback that hangs, and goes on', async () => {
    const hangs = executor.transaction(
      async (transaction) => {
        await transaction.query('update item set n = 1000');
        return await new Promise(() => {});
      },
      { deadline: 200 },
    );
    await expect(hangs).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await n()).toBe(0);
  });
});
