import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { STABLE_FUNCTIONS, VARYING_FUNCTIONS } from '../../src/sql/harmless-functions.ts';
import { SqlParser } from '../../src/sql/sql-parser.ts';

const parser = new SqlParser();
let database: PGlite;

beforeAll(async () => {
  database = await PGlite.create();
  await database.exec(`
    create table sale (id int primary key, at timestamp not null, day date, price numeric, name text, tags text[], more jsonb);
    insert into sale select i, timestamp '2024-01-01' + i * interval '1 hour', date '2024-01-01' + i, i / 7.0,
      'name ' || i, array['a', i::text], jsonb_build_object('k', i) from generate_series(1, 100) i;
  `);
}, 60_000);

afterAll(async () => {
  await parser.stop();
  await database.close();
});

test('the functions that are taken for harmless are so in the catalogue', async () => {
  const { rows } = await database.query<{ name: string; volatile: boolean }>(`
    select proname as name, bool_or(provolatile = 'v') as volatile from pg_proc
    where pronamespace = 'pg_catalog'::regnamespace group by 1`);
  const isVolatile = new Map(rows.map(({ name, volatile }) => [name, volatile]));
  const wrong = [...STABLE_FUNCTIONS].filter((name) => isVolatile.get(name) !== false);
  expect(wrong).toEqual([]);
  expect([...VARYING_FUNCTIONS].filter((name) => isVolatile.get(name) !== true)).toEqual([]);
});

const SEEN_BY_THE_APPLICATION: readonly [text: string, values: readonly unknown[]][] = [
  ['select name from sale group by name, $1 order by $2, avg(price) desc', ['x', 'y']],
  ['update sale set price = $1, name = $2 where id in ($3, $4)', [null, "o'\\x", 1, 2]],
  [
    'select extract($1 from at), date_trunc($2, at) from sale where at >= date $3 - interval $4 day',
    ['year', 'day', '2024-02-01', 3],
  ],
  [
    'select * from sale where at = $1 and day = $2 limit $3 offset $4',
    [new Date(2024, 0, 1, 5), new Date(2024, 0, 2), 5, 0],
  ],
  ['select * from sale where tags @> $1 and id = any($2) and more @> $3', [['a'], [1, 2, 3], { k: 1 }]],
];

test.each(SEEN_BY_THE_APPLICATION)('PostgreSQL explains %s with its values', async (text, values) => {
  await expect(database.query(`explain ${await parser.bind(text, values)}`)).resolves.toBeDefined();
});

test.each([
  ...SEEN_BY_THE_APPLICATION.map(([text]) => text),
  // No driver can send these: they had constants.
  'select count(*) from sale where price between $1 - $2 and $1 + $2',
  'select sum(case when name like $1 then $2 else $3 end) from sale',
  'select generate_series($1, $2), round($3, $4), - $5',
])('PostgreSQL explains %s without values', async (text) => {
  const { text: generic } = await parser.explainable(text);
  // By the simple protocol: the extended one asks for values.
  await expect(database.exec(`explain (generic_plan) ${generic}`)).resolves.toBeDefined();
});

test('a bound statement gives what the driver gets for its parameters', async () => {
  const at = new Date(2024, 0, 2, 3);
  const text =
    'select id, tags from sale where at >= $1 and price < $2 and tags && $3 and more @> $4 order by id limit $5';
  const values = [at, 12.5, ['a', 'x"y\\'], { k: 40 }, 3];
  // PGlite serialises by type, as the driver does by value.
  const { rows } = await database.query(text, [at, 12.5, ['a', 'x"y\\'], { k: 40 }, 3]);
  expect((await database.query(await parser.bind(text, values))).rows).toEqual(rows);
  expect(rows).toHaveLength(1);
});
