import { describe, expect, it } from 'vitest';
import type { Condition, TableUsage } from '../../../src/advice/usage/statement-usage.ts';
import { usageOf } from '../../../src/advice/usage/usage-of.ts';
import { describedCatalogue, treeOf } from '../described-catalogue.ts';

const catalogue = describedCatalogue({
  users: {
    columns: {
      id: 'integer',
      email: 'character varying(80)',
      active: 'boolean',
      created: 'timestamp with time zone',
      born: 'date',
      profile: 'jsonb',
    },
  },
  orders: {
    columns: {
      id: 'integer',
      user_id: 'integer',
      status: 'text',
      placed: 'timestamp without time zone',
      total: 'numeric(10,2)',
      note: 'text',
    },
  },
  items: { columns: { order_id: 'integer', product_id: 'integer', quantity: 'integer', price: 'numeric' } },
  products: {
    columns: { id: 'integer', name: 'text', tags: 'text[]', words: 'tsvector', 'Odd Name': 'text' },
  },
});

async function usage(text: string): Promise<TableUsage[]> {
  return [...usageOf(await treeOf(text), catalogue).tables];
}

/** The only table's usage. */
async function only(text: string): Promise<TableUsage> {
  const [first, ...more] = await usage(text);
  if (!first || more.length > 0) throw new Error('not one table');
  return first;
}

function words(conditions: readonly Condition[]): string[] {
  return conditions.map(({ kind, term, values }) =>
    [kind, term?.sql, ...values].filter((word) => word !== undefined).join(' '),
  );
}

async function conditions(where: string, table = 'orders'): Promise<string[]> {
  return words((await only(`select 1 from ${table} where ${where}`)).conditions);
}

function joins({ joins: all }: TableUsage): string[] {
  return all.map(({ kind, term, with: others }) => `${kind} ${term.sql} ${[...others].sort()}`).sort();
}

function orderings({ orderings: all }: TableUsage): string[] {
  return all.map(({ purpose, keys, isWhole, isLimited }) => {
    const list = keys.map(({ term, descending }) => term.sql + (descending ? ' desc' : '')).join(', ');
    return [purpose, list, ...(isWhole ? [] : ['in part']), ...(isLimited ? ['limited'] : [])].join(' ');
  });
}

describe('conditions of a table', () => {
  it.each([
    ['status = $1', ['equality status']],
    ["'open' = status", ['equality status open']],
    ["status in ('open', 'paid')", ['list status open paid']],
    ["status in ('open')", ['equality status open']],
    ['status = any($1)', ['list status']],
    ["status = any(array['open', 'paid'])", ['list status open paid']],
    ['total > 5 and total <= 7.5', ['range total 5', 'range total 7.5']],
    ['5 < total', ['range total 5']],
    ['total between 1 and 2', ['range total 1', 'range total 2']],
    ['total = 0', ['equality total 0']],
    ["note like 'ab%'", ['prefix note ab%']],
    ["note like 'ab'", ['equality note ab']],
    ["note like '%ab'", ['pattern note %ab']],
    ["note ilike 'ab%'", ['pattern note ab%']],
    ["note ~ '^ab'", ['prefix note ^ab']],
    ["note ~* 'ab'", ['pattern note ab']],
    ['note is null and status is not null', ['null note', 'not null status']],
    ["status <> 'open'", ['filter status']],
    ['user_id = id', ['filter']],
    ['(user_id, status) = (1, $1)', ['equality user_id 1', 'equality status']],
    ['(placed, id) < ($1, $2)', ['range placed']],
    ['user_id = (select 5)', ['equality user_id']],
    ["lower(status) = 'open'", ['equality lower(status) open']],
    ['placed::date = $1', ['equality placed::date']],
    ['extract(year from placed) = 2024', ['equality EXTRACT(YEAR FROM placed) 2024']],
    ["status::text = 'open'", ['equality status open']],
  ])('%s', async (where, expected) => {
    expect(await conditions(where)).toEqual(expected);
  });

  it('takes an expression that depends on the settings of the session for a filter', async () => {
    expect(await conditions('created::date = $1', 'users')).toEqual(['filter created']);
    expect(await conditions("to_char(created, 'YYYY') = $1", 'users')).toEqual(['filter created']);
    expect(await conditions("concat(email, 'x') = $1", 'users')).toEqual(['filter email']);
    expect(await conditions('my_function(email) = $1', 'users')).toEqual(['filter email']);
  });

  it('reads booleans, casts that change nothing, and values inside JSON', async () => {
    expect(await conditions('active', 'users')).toEqual(['equality active t']);
    expect(await conditions('not active', 'users')).toEqual(['equality active f']);
    expect(await conditions('active is true', 'users')).toEqual(['equality active t']);
    expect(await conditions("email::text = 'a'", 'users')).toEqual(['equality email a']);
    expect(await conditions("profile ->> 'city' = $1", 'users')).toEqual(["equality profile ->> 'city'"]);
    expect(await conditions('profile @> $1', 'users')).toEqual(['containment profile']);
    expect(await conditions('$1 <@ tags', 'products')).toEqual(['containment tags']);
    expect(await conditions("words @@ to_tsquery('a')", 'products')).toEqual(['text search words']);
    expect(await conditions("to_tsvector('english', name) @@ to_tsquery($1)", 'products')).toEqual([
      "text search to_tsvector('english', name)",
    ]);
  });

  it('writes the predicate of a partial index with bare names', async () => {
    const { conditions: all } = await only(
      `select 1 from products p where p."Odd Name" is null and p.name <> 'x' and p.id = $1`,
    );
    expect(all.map(({ predicate }) => predicate)).toEqual(['"Odd Name" IS NULL', "name <> 'x'", undefined]);
  });

  it('takes one column of an OR for a list, and keeps the branches', async () => {
    const { conditions: all, alternatives } = await only(
      "select 1 from orders where status = 'a' or (status = 'b' and total > 3)",
    );
    expect(words(all.filter(({ isAlternative }) => isAlternative))).toEqual(['list status a b']);
    expect(alternatives[0]?.map(words)).toEqual([
      ['equality status a'],
      ['equality status b', 'range total 3'],
    ]);
  });

  it('lets an OR over two tables restrict each where each branch does', async () => {
    const [orders, users] = await usage(
      'select 1 from orders o join users u on u.id = o.user_id where (o.total = 1 and u.id = 2) or (o.total = 3 and u.id = 4)',
    );
    expect(words(orders?.conditions ?? [])).toEqual(['list total 1 3']);
    expect(words(users?.conditions ?? [])).toEqual(['list id 2 4']);
  });
});

describe('joins', () => {
  it.each([
    'select 1 from orders o, users u where o.user_id = u.id',
    'select 1 from orders o join users u on u.id = o.user_id',
    'select 1 from orders o left join users u on u.id = o.user_id',
    'select 1 from orders o where user_id in (select id from users)',
    'select 1 from orders o where exists (select 1 from users where id = o.user_id)',
    'select 1 from orders o where not exists (select 1 from users u where u.id = user_id)',
    'select 1 from orders o join lateral (select id from users) u on u.id = o.user_id',
    'with u as (select * from users) select 1 from orders o join u on u.id = o.user_id',
    'update orders o set note = null from users u where u.id = o.user_id',
    'delete from orders o using users u where u.id = o.user_id',
    'merge into orders o using users u on u.id = o.user_id when matched then delete',
  ])('are looked up from both sides: %s', async (text) => {
    const tables = await usage(text);
    expect(tables.find(({ table }) => table.name === 'orders')?.joins.map(({ term }) => term.sql)).toEqual([
      'user_id',
    ]);
    expect(tables.find(({ table }) => table.name === 'users')?.joins.map(({ term }) => term.sql)).toEqual([
      'id',
    ]);
  });

  it('are spread over what is equal, constants too', async () => {
    const [orders, users, items] = await usage(
      'select 1 from orders o, users u, items i where o.user_id = u.id and u.id = i.product_id and i.product_id = 7',
    );
    expect([orders, users, items].map((each) => each && joins(each))).toEqual([
      ['equality user_id 1,2'],
      ['equality id 0,2'],
      ['equality product_id 0,1'],
    ]);
    for (const each of [orders, users, items]) expect(each && words(each.conditions)).toHaveLength(1);
    expect(orders && words(orders.conditions)).toEqual(['equality user_id 7']);
  });

  it('take names from USING and NATURAL', async () => {
    const [orders, other] = await usage('select 1 from orders join orders o2 using (id, status)');
    expect(orders && joins(orders)).toEqual(['equality id 1', 'equality status 1']);
    expect(other && joins(other)).toEqual(['equality id 0', 'equality status 0']);
    const [items, products] = await usage(
      'select 1 from products natural join (select order_id as id from items) x',
    );
    expect([items, products].map((each) => each && joins(each))).toEqual([
      ['equality id 1'],
      ['equality order_id 0'],
    ]);
  });

  it('of a correlated subquery that gives a value are looked up inside alone', async () => {
    const [orders, inner] = await usage(
      'select (select max(total) from orders i where i.user_id = o.user_id) from orders o',
    );
    expect(orders && joins(orders)).toEqual([]);
    expect(inner && joins(inner)).toEqual(['equality user_id 0']);
    expect(inner && orderings(inner)).toEqual(['maximum total desc limited']);
  });

  it('do not reach behind a GROUP BY, but what is selected there does', async () => {
    const [inner, users] = await usage(
      'select 1 from (select user_id, sum(total) from orders group by user_id) s join users u on u.id = s.user_id where s.user_id = 3',
    );
    expect(inner && joins(inner)).toEqual([]);
    expect(inner && words(inner.conditions)).toEqual(['equality user_id 3']);
    expect(users && words(users.conditions)).toEqual(['equality id 3']);
  });

  it('by range', async () => {
    const [orders] = await usage('select 1 from orders o join users u on o.placed > u.born');
    expect(orders && joins(orders)).toEqual(['range placed 1']);
  });
});

describe('orders', () => {
  it.each([
    ['select id from orders order by placed desc, id limit 10', ['order by placed desc, id limited']],
    ['select placed as p from orders order by p', ['order by placed']],
    ['select placed from orders order by 1', ['order by placed']],
    ['select status, count(*) from orders group by status order by count(*) limit 1', ['group by status']],
    ['select distinct status from orders', ['distinct status']],
    [
      'select distinct on (user_id) * from orders order by user_id, placed desc',
      ['distinct user_id', 'order by user_id, placed desc'],
    ],
    [
      'select rank() over (partition by user_id order by total desc) from orders',
      ['window user_id, total desc'],
    ],
    ['select rank() over w from orders window w as (order by total)', ['window total']],
    ['select min(placed) from orders', ['minimum placed limited']],
    ['select coalesce(max(placed), now()) from orders', ['maximum placed desc limited']],
    ['select id from orders order by random(), id', []],
    ['select id from orders order by lower(note) limit 1', ['order by lower(note) limited']],
  ])('%s', async (text, expected) => {
    expect(orderings(await only(text))).toEqual(expected);
  });

  it('belong to each table that has the leading terms, equal ones of another table too', async () => {
    const [orders, users] = await usage(
      'select 1 from orders o join users u on u.id = o.user_id order by u.id, o.placed limit 3',
    );
    expect(orders && orderings(orders)).toEqual(['order by user_id, placed limited']);
    expect(users && orderings(users)).toEqual(['order by id in part limited']);
  });

  it('go through UNION ALL', async () => {
    const all = await usage(
      '(select placed as p from orders) union all select created from users order by p limit 5',
    );
    expect(all.map(orderings)).toEqual([['order by placed limited'], ['order by created limited']]);
  });
});

describe('columns', () => {
  const columns = async (text: string) => (await usage(text)).map((each) => [...each.columns].sort());

  it('are those that are read anywhere', async () => {
    expect(
      await columns(
        'select o.id, sum(total) from orders o where status = $1 group by o.id order by max(placed)',
      ),
    ).toEqual([['id', 'placed', 'status', 'total']]);
    expect(await columns('select count(*) from orders')).toEqual([[]]);
    expect(await columns('select * from items')).toEqual([['order_id', 'price', 'product_id', 'quantity']]);
    expect(await columns('select to_json(items) from items')).toEqual([
      ['order_id', 'price', 'product_id', 'quantity'],
    ]);
  });

  it('of a subquery are those that the outer query reads', async () => {
    expect(await columns('select s.total from (select * from orders) s')).toEqual([['total']]);
    expect(
      await columns('select 1 from users where exists (select * from orders where user_id = users.id)'),
    ).toEqual([['id'], ['user_id']]);
    expect(await columns('with o as (select * from orders) select o.id from o')).toEqual([['id']]);
    expect(
      (await columns('with o as (select * from orders) select a.id from o a join o b using (id)'))[0],
    ).toHaveLength(6);
  });

  it('are no use to a statement that needs the row', async () => {
    for (const text of [
      'update orders set note = $1 where id = $2',
      'delete from orders where id = 1',
      'select id from orders where id = 1 for update',
    ])
      expect((await only(text)).needsRow, text).toBe(true);
    expect((await only('select id from orders')).needsRow).toBe(false);
  });
});

describe('statements of all kinds', () => {
  it('tells what is written', async () => {
    const of = async (text: string) =>
      usageOf(await treeOf(text), catalogue).writes.map(({ table, kind, columns: set }) =>
        [table.name, kind, ...set].join(' '),
      );
    expect(await of('update orders set note = $1, status = $2')).toEqual(['orders update note status']);
    expect(await of('insert into orders (id) select id from users')).toEqual(['orders insert']);
    expect(await of('with gone as (delete from items returning *) select count(*) from gone')).toEqual([
      'items delete',
    ]);
    expect(
      await of(
        'merge into orders o using users u on o.user_id = u.id when matched then update set note = null when not matched then insert values (1)',
      ),
    ).toEqual(['orders update note', 'orders insert']);
  });

  it('reads recursive queries, and names what it does not know', async () => {
    const read = usageOf(
      await treeOf(
        'with recursive t(id) as (select id from users where id = $1 union all select o.id from orders o join t on o.user_id = t.id) select t.id from t join missing.thing on true',
      ),
      catalogue,
    );
    expect(read.unknown).toEqual(['missing.thing']);
    expect(read.tables.map(({ alias }) => alias)).toEqual(['users', 'o']);
    expect([...(read.tables[1]?.columns ?? [])].sort()).toEqual(['id', 'user_id']);
  });

  it.each([
    ['select 1', []],
    ['values (1, 2)', []],
    ['select x.* from generate_series(1, 3) x(y) where x.y = 1', []],
    ['select * from json_to_recordset($1) as t(a int) where a = 1', []],
    ['select nothing.here from orders where gone = 3', ['orders']],
    ['select array(select id from orders), (select id from users limit 1)', ['orders', 'users']],
    ['explain select 1 from orders where id = 1', ['orders']],
    ['vacuum orders', []],
    [
      'select case when exists (select 1 from orders where id = u.id) then 1 end from users u',
      ['users', 'orders'],
    ],
    ["select * from orders tablesample system (1) where status = 'a'", ['orders']],
    ['select grouping(status) from orders group by rollup (status, user_id)', ['orders']],
    ['select (select 1 where false) = any (select id from orders)', ['orders']],
  ])('reads no more into it than there is: %s', async (text, tables) => {
    expect((await usage(text)).map(({ table }) => table.name)).toEqual(tables);
  });

  it('survives chains as long as the parser lets through', async () => {
    const sum = Array.from({ length: 3000 }, (_, index) => `total + ${index}`).join(' + ');
    expect(await conditions(`${sum} > 5`)).toHaveLength(1);
    const or = Array.from({ length: 3000 }, (_, index) => `total = ${index}`).join(' or ');
    expect(await conditions(or)).toEqual(['filter total']);
  });
});
