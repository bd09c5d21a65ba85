import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PostgresServer,
  postgresIsInstalled,
  startPostgres,
} from '../../../../../tools/postgres-server.ts';
import { candidatesOf } from '../../../src/advice/candidates/candidates-of.ts';
import { ginIndexesOf } from '../../../src/advice/candidates/gin-indexes.ts';
import { usageOf } from '../../../src/advice/usage/usage-of.ts';
import type { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { readCatalogue } from '../../../src/catalogue/read-catalogue.ts';
import { createIndexSql } from '../../../src/indexes/index-definition.ts';
import { openSession } from '../../../src/session/open-session.ts';
import { treeOf } from '../described-catalogue.ts';

const SCHEMA = `
  create table buyers (id int primary key, email varchar(60), "Joined At" timestamptz, country char(2), gone timestamp);
  create table sales (
    id int primary key, buyer_id int not null, state text not null, placed date not null, shipped date,
    amount numeric(10, 2) not null, note text, tags text[], details jsonb
  );
  insert into buyers
    select i, 'Buyer' || i || '@example.org', now() - i * interval '1 hour', chr(97 + i % 26) || 'x',
      case when i % 50 = 0 then timestamp '2024-01-01' end
    from generate_series(1, 5000) i;
  insert into sales
    select i, 1 + (i * 7919) % 5000, case when i % 20 = 0 then 'open' else 'done' end, date '2020-01-01' + (i * 31) % 1500,
      date '2020-01-01' + (i * 37) % 1520, (i * 13) % 10000 / 10.0, md5(i::text), array['t' || i % 900], jsonb_build_object('k', i % 1000)
    from generate_series(1, 60000) i;
  vacuum analyze`;

/* Each with the index that the planner is to choose among all its candidates, by how it begins. */
const QUERIES: readonly (readonly [string, string])[] = [
  [
    "select amount from sales where buyer_id = 7 and placed > '2022-01-01'",
    'sales using btree (buyer_id, placed)',
  ],
  [
    'select * from sales where buyer_id = 7 order by placed desc limit 5',
    'sales using btree (buyer_id, placed)',
  ],
  ['select * from sales order by amount desc, placed limit 5', 'sales using btree (amount desc, placed)'],
  ["select id from buyers where lower(email) = 'buyer7@example.org'", 'buyers using btree ((lower(email)))'],
  ["select id from buyers where email like 'Buyer77%'", 'buyers using btree (email text_pattern_ops'],
  [
    "select count(*) from sales where state = 'open' and placed < shipped and amount = 3",
    'sales using btree (amount',
  ],
  ['select max(shipped) from sales where buyer_id = 12', 'sales using btree (buyer_id, shipped)'],
  [
    `select sum(s.amount) from buyers b join sales s on s.buyer_id = b.id where b."Joined At" > now() - interval '5 hours'`,
    'sales using btree (buyer_id',
  ],
  [
    'select id from buyers b where not exists (select 1 from sales s where s.buyer_id = b.id and s.amount = 4)',
    'sales using btree (amount',
  ],
  ['select * from sales where buyer_id = 3 or amount = 17', 'sales using btree (buyer_id)'],
  [
    "delete from sales where buyer_id in (select id from buyers where gone is not null and country = 'ax')",
    'sales using btree (buyer_id)',
  ],
  ["select id from sales where tags @> array['t7']", 'sales using gin (tags)'],
  [`select id from sales where details @> '{"k": 7}'`, 'sales using gin (details jsonb_path_ops)'],
  ["select id from sales where details ->> 'k' = '7'", "sales using btree ((details ->> 'k'))"],
  ["select id from sales where note ilike '%abcde%'", 'sales using gin (note gin_trgm_ops)'],
  [
    "select id from sales where to_tsvector('simple', note) @@ to_tsquery('simple', 'abc')",
    "sales using gin ((to_tsvector('simple', note)))",
  ],
  [
    'select extract(month from gone), count(*) from buyers where extract(month from gone) = 1 group by 1',
    'buyers using btree ((EXTRACT(MONTH FROM gone)))',
  ],
];

describe.skipIf(!postgresIsInstalled() && !process.env.CI)('candidates on a real server', () => {
  let server: PostgresServer;
  let client: pg.Client;
  let catalogue: Catalogue;

  beforeAll(async () => {
    server = await startPostgres();
    client = new pg.Client(server.url);
    await client.connect();
    for (const statement of SCHEMA.split(';')) await client.query(statement);
    await client.query('create extension pg_trgm');
    const session = await openSession(client);
    const read = await readCatalogue(session);
    catalogue = { ...read, find: (name, schema) => read.find(name, schema), extensions: ['pg_trgm'] };
    session.release();
  }, 60_000);

  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  it.each(QUERIES)('%s', async (text, chosen) => {
    const usage = usageOf(await treeOf(text), catalogue);
    const statements = [{ id: 'q', usage, weight: 1 }];
    const found = [candidatesOf(statements), ginIndexesOf(statements, catalogue)].flatMap(
      (each) => each.get('q') ?? [],
    );
    const names = new Map<string, string>();
    await client.query('begin');
    try {
      for (const [at, { index }] of found.entries()) {
        const sql = createIndexSql(index, { name: `candidate_${at}` });
        await client.query(sql);
        names.set(`candidate_${at}`, sql.replace(/^.* on "public"\./, '').replaceAll('"', ''));
      }
      const { rows } = await client.query(`explain (format json) ${text}`);
      const used = [...JSON.stringify(rows).matchAll(/"Index Name":"(\w+)"/g)].map(
        ([, name = '']) => names.get(name) ?? name,
      );
      expect(
        used.some((each) => each.startsWith(chosen.replace(/\)$/, ''))),
        `${used.join('\n')}\nof\n${[...names.values()].join('\n')}`,
      ).toBe(true);
    } finally {
      await client.query('rollback');
    }
  });
});
