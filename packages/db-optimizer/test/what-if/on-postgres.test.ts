import { Client, Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PostgresServer,
  postgresIsInstalled,
  startPostgres,
} from '../../../../tools/postgres-server.ts';
import type { ExplainableQuery } from '../../src/advice/workload.ts';
import type { Catalogue, ExistingIndex, IndexDefinition } from '../../src/catalogue/catalogue.ts';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';
import { createIndexSql, indexId, quote } from '../../src/indexes/index-definition.ts';
import { IndexSizes } from '../../src/indexes/index-size.ts';
import { readCapabilities } from '../../src/session/capabilities.ts';
import { inspect } from '../../src/session/inspect.ts';
import { openSession } from '../../src/session/open-session.ts';
import { chooseWhatIf } from '../../src/what-if/choose-what-if.ts';
import { HypoPg } from '../../src/what-if/hypopg.ts';
import { RolledBackIndexes } from '../../src/what-if/rolled-back-index.ts';

const SCHEMA = [
  'create extension hypopg',
  'create table customer (id int primary key, name text not null, city text)',
  `create table orders (id int primary key, customer int references customer on delete cascade, status text,
     placed timestamptz, price numeric(10, 2), note text)`,
  `insert into customer select i, md5(i::text), case when i % 4 > 0 then 'city ' || i % 50 end
     from generate_series(1, 5000) i`,
  `insert into orders select i, 1 + i * 7919 % 5000, case when i % 100 = 0 then 'open' else 'done' end,
     timestamptz '2024-01-01' + make_interval(mins => i), (i % 1000) / 7.0, repeat('x', i % 60)
     from generate_series(1, 60000) i`,
  'create index by_note on orders (lower(note) text_pattern_ops desc nulls last) include (id) where note is not null',
  'create schema "od""d"',
  `create table "od""d"."Ta ble" ("Co""l" int, "select" text collate "C")`,
  `insert into "od""d"."Ta ble" select i, i from generate_series(1, 9000) i`,
  'create statistics together (ndistinct) on customer, status from orders',
  'create table events (at date, kind int) partition by range (at)',
  `create table events_2024 partition of events for values from ('2024-01-01') to ('2025-01-01')`,
  'vacuum analyze',
  'create role reader login',
  'grant select on customer to reader',
];

const orders = (columns: readonly string[], changes: Partial<IndexDefinition> = {}): IndexDefinition => ({
  schema: 'public',
  table: 'orders',
  method: 'btree',
  keys: columns.map((sql) => ({ kind: 'column', sql })),
  include: [],
  where: undefined,
  ...changes,
});

const query = (text: string, parameters = 0): ExplainableQuery => ({
  id: text,
  text,
  weight: 1,
  variants: [{ text, share: 1, parameters }],
});

describe.skipIf(!postgresIsInstalled() && !process.env.CI)('on PostgreSQL with HypoPG', () => {
  let server: PostgresServer;
  let pool: Pool;
  let catalogue: Catalogue;

  beforeAll(async () => {
    server = await startPostgres({ autovacuum: 'off', jit: 'off' });
    pool = new Pool({ connectionString: server.url, max: 3 });
    pool.on('error', () => {});
    for (const statement of SCHEMA) await pool.query(statement);
    catalogue = await inspect(pool, (session) => readCatalogue(session));
  }, 30_000);

  afterAll(async () => {
    await pool?.end();
    await server?.stop();
  });

  /** A cost, and what it is once the indexes are there. */
  async function costed(asked: ExplainableQuery, indexes: readonly IndexDefinition[]) {
    const hypopg = await HypoPg.open(pool, catalogue);
    const rolledBack = new RolledBackIndexes(pool, catalogue);
    try {
      return { said: await hypopg.cost(asked, indexes), true: await rolledBack.cost(asked, indexes) };
    } finally {
      await hypopg.close();
    }
  }

  it('reads the catalogue: tables, statistics, keys, indexes, partitions, names of any kind', () => {
    const table = catalogue.find('orders');
    expect(catalogue.version).toBeGreaterThanOrEqual(150_000);
    expect(catalogue.missing).toEqual([]);
    expect(table).toMatchObject({ schema: 'public', kind: 'table', rows: 60_000, visibleShare: 1 });
    expect(table?.columns.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'integer'],
      ['customer', 'integer'],
      ['status', 'text'],
      ['placed', 'timestamp with time zone'],
      ['price', 'numeric(10,2)'],
      ['note', 'text'],
    ]);
    const [first] = table?.columns[2]?.statistics?.common ?? [];
    expect(first?.value).toBe('done');
    expect(first?.frequency).toBeCloseTo(0.99, 2);
    expect(table?.foreignKeys).toEqual([
      {
        name: 'orders_customer_fkey',
        columns: ['customer'],
        references: { schema: 'public', table: 'customer', columns: ['id'] },
        onDelete: 'cascade',
      },
    ]);
    expect(table?.distinctTogether?.[0]?.columns).toEqual(['customer', 'status']);
    expect(table?.indexes).toMatchObject([
      { name: 'orders_pkey', isPrimary: true, isUnique: true, constraint: 'primary key', isValid: true },
      {
        name: 'by_note',
        keys: [
          {
            kind: 'expression',
            sql: 'lower(note)',
            descending: true,
            nulls: 'last',
            operatorClass: 'text_pattern_ops',
          },
        ],
        include: ['id'],
        where: 'note IS NOT NULL',
      },
    ]);
    expect(catalogue.find('events')).toMatchObject({ kind: 'partitioned', parent: undefined });
    expect(catalogue.find('events_2024')?.parent).toEqual({ schema: 'public', name: 'events' });
    expect(catalogue.find('Ta ble')).toBeUndefined();
    expect(catalogue.find('Ta ble', 'od"d')?.columns.map(({ name }) => name)).toEqual(['Co"l', 'select']);
  });

  it('reads of existing indexes what makes them anew', async () => {
    const anew = async (index: ExistingIndex): Promise<string | undefined> => {
      await pool.query(createIndexSql(index, { name: 'made_anew' }));
      const made = `${quote(index.schema)}.made_anew`;
      const { rows } = await pool.query<{ sql: string }>('select pg_get_indexdef($1::regclass) as sql', [
        made,
      ]);
      await pool.query(`drop index ${made}`);
      return rows[0]?.sql;
    };
    for (const { indexes } of catalogue.tables) {
      for (const index of indexes) {
        const plain = index.sql.replace('UNIQUE ', '').replace(/INDEX \S+ /, 'INDEX made_anew ');
        expect(await anew(index)).toBe(plain);
      }
    }
  });

  it('reads with rights to little, and says what is missing with the grants', async () => {
    const reader = new Pool({ connectionString: server.url.replace('demo@', 'reader@'), max: 1 });
    const seen = await inspect(reader, (session) => readCatalogue(session));
    expect(seen.find('orders')?.columns[0]?.statistics).toBeUndefined();
    expect(seen.find('customer')?.columns[0]?.statistics).toBeDefined();
    expect(seen.missing).toContain(
      'public.orders may not be read: grant select on "public"."orders" to "reader"',
    );
    const capabilities = await inspect(reader, readCapabilities);
    expect(capabilities).toMatchObject({ role: 'reader', isSuperuser: false, isEmbedded: false });
    expect(capabilities.canUseHypoPg).toBe(true);
    expect(capabilities.missing.join()).toContain('pg_stat_statements is not there');
    const whatIf = await HypoPg.open(reader, seen);
    await expect(whatIf.cost(query('select * from orders'), [])).rejects.toMatchObject({
      code: 'PLAN',
      sqlState: '42501',
    });
    await expect(whatIf.cost(query('select * from customer'), [])).resolves.toMatchObject({
      used: new Set(),
    });
    await whatIf.close();
    await reader.end();
  });

  it('leaves a table out that somebody keeps locked', async () => {
    const client = await pool.connect();
    await client.query('begin; lock table orders in access exclusive mode');
    const seen = await inspect(pool, (session) => readCatalogue(session), { lockTimeout: 50 }).finally(() =>
      client.release(true),
    );
    expect(seen.find('orders')).toBeUndefined();
    // Without its counts, of which the server learns late.
    const { columns, bytes } = catalogue.find('customer') ?? {};
    expect(seen.find('customer')).toMatchObject({ columns, bytes });
    expect(seen.missing).toEqual([expect.stringContaining('somebody else had locked')]);
  });

  it('leaves views out where somebody keeps a table of one locked', async () => {
    await pool.query('create view dear as select * from orders where price > 5');
    const read = () =>
      inspect(pool, (session) => readCatalogue(session, { withViews: true }), { lockTimeout: 50 });
    expect((await read()).views).toContainEqual({
      schema: 'public',
      name: 'dear',
      sql: expect.stringContaining('price > '),
    });
    const client = await pool.connect();
    await client.query('begin; lock table orders in access exclusive mode');
    const seen = await read().finally(() => client.release(true));
    expect(seen.views).toEqual([]);
    expect(seen.missing.join()).toContain('views were left out');
    await pool.query('drop view dear');
  });

  it('reads only the largest tables of many', async () => {
    const seen = await inspect(pool, (session) => readCatalogue(session, { maxTables: 1 }));
    expect(seen.tables.map(({ name }) => name)).toEqual(['orders']);
    expect(seen.missing[0]).toContain('only the 1 largest tables');
  });

  it('lets nothing be written, nor anything follow a semicolon', async () => {
    const smuggled = [
      'insert into customer values (0, 0)',
      'select 1; drop table customer',
      'commit; select 1',
    ];
    for (const text of smuggled)
      await expect(inspect(pool, (session) => session.query(text))).rejects.toMatchObject({
        code: expect.stringMatching(/25006|42601/),
      });
  });

  it('refuses a client in the middle of the application’s transaction', async () => {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    const session = await openSession(client);
    session.release();
    await client.query('begin');
    await client.query('create table mine (id int)');
    await expect(openSession(client)).rejects.toThrow('inside a transaction');
    await client.query('commit');
    await client.query('drop table mine');
    await client.end();
  });

  it.each([
    ['an equality', query('select * from orders where customer = 7'), [orders(['customer'])]],
    ['a range', query("select * from orders where placed < '2024-01-02'"), [orders(['placed'])]],
    [
      'an index-only scan with a filter',
      query('select sum(price) from orders where customer between 10 and 900 and price > 100'),
      [orders(['customer'], { include: ['price'] })],
    ],
    [
      'a nested loop',
      query(`select * from customer c join orders o on o.customer = c.id where c.name < '01'`),
      [orders(['customer'])],
    ],
    [
      'a semi-join',
      query(`select * from customer c where city = 'city 9' and exists
        (select from orders o where o.customer = c.id and o.status = 'open')`),
      [orders(['customer', 'status'])],
    ],
    ['an order with a limit', query('select * from orders order by price limit 10'), [orders(['price'])]],
    [
      'a partial index',
      query(`select * from orders where status = 'open'`),
      [orders(['placed'], { where: `status = 'open'` })],
    ],
    [
      'a plan for any value',
      query('select * from orders where customer = $1 and placed > $2', 2),
      [orders(['customer', 'placed'])],
    ],
  ] as const)('costs %s as if the index were there', async (_, asked, indexes) => {
    const { said, true: built } = await costed(asked, indexes);
    expect(said.used).toEqual(new Set(indexes.map(indexId)));
    expect(built.used).toEqual(said.used);
    expect(Math.abs(said.cost / built.cost - 1)).toBeLessThan(0.05);
  });

  it('sizes indexes as they are once they are built', async () => {
    const sizes = new IndexSizes(catalogue);
    const off: number[] = [];
    for (const index of [
      orders(['customer']),
      orders(['status']),
      orders(['price']),
      orders(['placed', 'customer']),
      orders(['customer', 'status']),
      orders(['customer'], { include: ['price'] }),
      orders(['placed'], { where: `status = 'open'` }),
    ]) {
      await pool.query(createIndexSql(index, { name: 'sized' }));
      const { rows } = await pool.query<{ bytes: string }>(`select pg_relation_size('sized') as bytes`);
      await pool.query('drop index sized');
      off.push(Math.abs(sizes.of(index).bytes / Number(rows[0]?.bytes) - 1));
    }
    expect(Math.max(...off)).toBeLessThan(0.15);
  });

  it('takes the set of each question alone, for literal and generic texts in turn', async () => {
    const whatIf = await HypoPg.open(pool, catalogue);
    const generic = query('select * from orders where customer = $1', 1);
    const literal = query('select * from orders where customer = 5');
    const bare = await whatIf.cost(generic, []);
    const helped = await whatIf.cost(generic, [orders(['customer'])]);
    const also = await whatIf.cost(literal, [orders(['customer']), orders(['price'])]);
    expect(helped.cost).toBeLessThan(bare.cost / 5);
    expect(also.used).toEqual(new Set([indexId(orders(['customer']))]));
    expect(await whatIf.cost(generic, [])).toEqual(bare);
    expect(whatIf.calls).toBe(4);
    await whatIf.close();
  });

  it('outlives queries and indexes that are refused, and leaves nothing behind', async () => {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query(`select hypopg_create_index('create index on customer (name)')`);
    await client.query('prepare theirs as select 1');
    const whatIf = await HypoPg.open(client, catalogue);
    const good = query('select * from orders where customer = 5');
    const generic = query('select * from orders where customer = $1', 1);
    const cost = await whatIf.cost(good, [orders(['customer'])]);
    await whatIf.cost(generic, [orders(['customer'])]);
    for (const text of ['select * from nowhere', 'select 1; drop table orders', 'analyze orders', 'no sql'])
      await expect(whatIf.cost(query(text), [orders(['customer'])])).rejects.toMatchObject({ code: 'PLAN' });
    await expect(whatIf.cost(good, [orders(['customer']), orders(['nothing'])])).rejects.toMatchObject({
      code: 'PLAN',
    });
    expect(await whatIf.cost(good, [orders(['customer'])])).toEqual(cost);
    await whatIf.close();
    await whatIf.close();
    await expect(whatIf.cost(good, [])).rejects.toMatchObject({ code: 'STATE' });
    // The client is the application's: what it had made there is there still, and nothing else.
    const left = await client.query('select indexname from hypopg()');
    expect(left.rows).toHaveLength(1);
    const prepared = await client.query('select name from pg_prepared_statements');
    expect(prepared.rows).toEqual([{ name: 'theirs' }]);
    expect((await client.query(`select pg_current_xact_id_if_assigned() as id`)).rows).toEqual([
      { id: null },
    ]);
    await client.end();
  });

  it('never runs out of identifiers for hypothetical indexes', async () => {
    const whatIf = await HypoPg.open(pool, catalogue);
    const asked = query('select 1');
    const columns = ['customer', 'price', 'placed', 'status'];
    // HypoPG has under 3,000 of them for a session.
    for (let i = 0; i < 3000; i++) await whatIf.cost(asked, [orders([columns[i % 4] ?? ''])]);
    expect(whatIf.calls).toBe(3000);
    await whatIf.close();
  });

  it('chooses HypoPG where it is, and says what is missing where there is nothing', async () => {
    const { whatIf, missing } = await chooseWhatIf(pool, catalogue);
    expect(whatIf.method).toBe('hypopg');
    expect(missing).toEqual([expect.stringContaining('HypoPG')]);
    await whatIf.close();
    await pool.query('create database bare');
    const bare = new Pool({ connectionString: server.url.replace(/\w+$/, 'bare'), max: 1 });
    await expect(chooseWhatIf(bare, catalogue)).rejects.toThrow('create extension hypopg');
    const twin = { ...whatIf, method: 'twin' as const, missing: ['a word'] };
    expect((await chooseWhatIf(bare, catalogue, { twin: async () => as(twin) })).missing).toContain('a word');
    await bare.end();
  });
});

/* Stands in for a twin: it is handed on, never asked. */
const as = (fake: unknown): HypoPg => fake as HypoPg;
