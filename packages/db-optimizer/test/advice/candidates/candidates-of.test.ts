import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CandidateLimits, candidatesOf } from '../../../src/advice/candidates/candidates-of.ts';
import { ginIndexesOf } from '../../../src/advice/candidates/gin-indexes.ts';
import { usageOf } from '../../../src/advice/usage/usage-of.ts';
import type { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { createIndexSql, indexId } from '../../../src/indexes/index-definition.ts';
import { describedCatalogue, treeOf } from '../described-catalogue.ts';

const key = (sql: string) => ({ kind: 'column' as const, sql });

const catalogue = describedCatalogue(
  {
    customers: {
      rows: 20_000,
      columns: {
        id: { notNull: true },
        country: { type: 'text', distinct: 100 },
        email: { type: 'text', width: 30 },
        deleted: { type: 'timestamp with time zone', nullFraction: 0.97 },
      },
      indexes: [{ keys: [key('id')], isUnique: true, isPrimary: true }],
    },
    orders: {
      rows: 500_000,
      columns: {
        id: { notNull: true },
        customer_id: { notNull: true, distinct: 20_000 },
        status: { type: 'text', distinct: 4, common: { done: 0.9, open: 0.05, paid: 0.04, void: 0.01 } },
        placed: { type: 'date', distinct: 2000, correlation: 0.99 },
        shipped: { type: 'date', distinct: 2000 },
        total: { type: 'numeric', width: 6 },
        note: { type: 'text', width: 400 },
        tags: { type: 'text[]', width: 40 },
        details: { type: 'jsonb', width: 100 },
      },
      indexes: [{ keys: [key('id')], isUnique: true, isPrimary: true }],
      references: ['customer_id'],
    },
    countries: { rows: 200, pages: 2, columns: { code: 'text', region: 'text' } },
  },
  ['pg_trgm'],
);

/** The candidates of one query, as PostgreSQL would write them, without `public`. */
async function candidates(
  text: string,
  limits?: CandidateLimits,
  from: Catalogue = catalogue,
): Promise<string[]> {
  const usage = usageOf(await treeOf(text), from);
  const found = candidatesOf([{ id: 'q', usage, weight: 1 }], limits).get('q') ?? [];
  return found.map(({ index }) =>
    createIndexSql(index)
      .replace('create index on "public".', '')
      .replaceAll('"', '')
      .replace(' using btree', ''),
  );
}

describe('candidates of a query', () => {
  it('put equality before range and what is read behind', async () => {
    const found = await candidates('select total from orders where customer_id = $1 and shipped > $2');
    expect(found[0]).toBe('orders (customer_id, shipped) include (total)');
    expect(found).toContain('orders (customer_id, shipped)');
    expect(found).toContain('orders (customer_id)');
    expect(found).toContain('orders (shipped)');
  });

  it('keep the order of the first rows, and what is looked up before it', async () => {
    const found = await candidates(
      'select * from orders where customer_id = $1 order by placed desc, total limit 10',
    );
    expect(found[0]).toBe('orders (customer_id, placed desc, total)');
    expect(found).toContain('orders (placed desc, total)');
    expect(await candidates('select id from orders order by shipped desc, total desc limit 3')).toContain(
      'orders (shipped, total)',
    );
    expect(await candidates('select id from orders order by shipped nulls first limit 3')).toContain(
      'orders (shipped nulls first)',
    );
    expect(await candidates('select max(shipped) from orders where customer_id = 3')).toContain(
      'orders (customer_id, shipped)',
    );
  });

  it('serve a join from either side, with the conditions of the table', async () => {
    const found = await candidates(
      "select c.email, sum(o.total) from customers c join orders o on o.customer_id = c.id where c.country = 'nz' and o.shipped > $1 group by c.email",
    );
    expect(found).toContain('orders (customer_id, shipped) include (total)');
    expect(found).toContain('orders (customer_id)');
    expect(found).toContain('orders (shipped, customer_id) include (total)');
    expect(found).toContain('customers (country)');
    expect(found.some((each) => each.startsWith('customers (country') && each.includes('email'))).toBe(true);
  });

  it('serve the lookups of a correlated subquery', async () => {
    const found = await candidates(
      'select c.id, (select placed from orders o where o.customer_id = c.id order by placed desc limit 1) from customers c',
    );
    expect(found).toContain('orders (customer_id, placed)');
  });

  it('are keyed by immutable expressions, and by the operator class that LIKE needs', async () => {
    const text = "select id from customers where lower(email) = $1 and country like 'n%'";
    expect(await candidates(text)).toContain(
      'customers ((lower(email)), country text_pattern_ops) include (id, email)',
    );
  });

  it('hold only the rows of a steady and selective condition', async () => {
    const open = await candidates("select id from orders where status = 'open' and shipped > $1");
    expect(
      open.some((each) => each.startsWith('orders (shipped') && each.endsWith("where status = 'open'")),
    ).toBe(true);
    const deleted = await candidates('select id from customers where deleted is not null and country = $1');
    expect(
      deleted.some(
        (each) => each.startsWith('customers (country') && each.endsWith('where deleted IS NOT NULL'),
      ),
    ).toBe(true);
    const late = await candidates('select count(*) from orders where customer_id = $1 and placed < shipped');
    expect(
      late.some((each) => each.startsWith('orders (customer_id') && each.endsWith('where placed < shipped')),
    ).toBe(true);
  });

  it('are no partial index of what is common, a parameter, or a value among many', async () => {
    for (const text of [
      "select id from orders where status = 'done' and shipped > $1",
      'select id from orders where status = $2 and shipped > $1',
      "select id from orders where shipped = '2024-01-01' and customer_id = 5",
    ])
      expect(
        (await candidates(text)).filter((each) => each.includes(' where ')),
        text,
      ).toEqual([]);
  });

  it('serve each branch of an OR', async () => {
    const found = await candidates(
      'select * from orders where customer_id = $1 or (shipped = $2 and total > $3)',
    );
    expect(found).toContain('orders (customer_id)');
    expect(found).toContain('orders (shipped, total)');
  });

  it('are BRIN for ranges over a large table in physical order', async () => {
    expect(await candidates('select sum(total) from orders where placed > $1')).toContain(
      'orders using brin (placed)',
    );
    expect(await candidates('select sum(total) from orders where shipped > $1')).not.toContain(
      'orders using brin (shipped)',
    );
  });

  it('say why', async () => {
    const usage = usageOf(
      await treeOf('select total from orders where customer_id = $1 and shipped > $2'),
      catalogue,
    );
    const [first] = candidatesOf([{ id: 'q', usage, weight: 1 }]).get('q') ?? [];
    expect(first?.reason).toBe('equality on customer_id, range on shipped; carries total');
  });
});

describe('what is no candidate', () => {
  it('is there already, as it is or as the beginning of another', async () => {
    const existing = (keys: { sql: string; descending?: boolean }[], more = {}) =>
      describedCatalogue({
        t: {
          columns: { a: 'integer', b: 'integer', c: 'text' },
          indexes: [{ keys: keys.map((each) => ({ kind: 'column' as const, ...each })), ...more }],
        },
      });
    const text = 'select * from t where a = $1';
    expect(await candidates(text, {}, existing([]))).toContain('t (a)');
    expect(await candidates(text, {}, existing([{ sql: 'a' }]))).not.toContain('t (a)');
    expect(await candidates(text, {}, existing([{ sql: 'a' }, { sql: 'c' }]))).not.toContain('t (a)');
    expect(await candidates(text, {}, existing([{ sql: 'c' }, { sql: 'a' }]))).toContain('t (a)');
    expect(await candidates(text, {}, existing([{ sql: 'a' }], { isValid: false }))).toContain('t (a)');
    expect(await candidates(text, {}, existing([{ sql: 'a' }], { where: 'b = 1' }))).toContain('t (a)');
    expect(await candidates(text, {}, existing([{ sql: 'a' }], { method: 'hash' }))).toContain('t (a)');
    const sorted = 'select a, b from t order by a desc, b desc limit 3';
    expect(await candidates(sorted, {}, existing([{ sql: 'a' }, { sql: 'b' }]))).toEqual([]);
    expect(await candidates(sorted, {}, existing([{ sql: 'a' }, { sql: 'b', descending: true }]))).toContain(
      't (a, b)',
    );
  });

  it('is on a small table, or keyed by what no b-tree can hold', async () => {
    expect(await candidates("select * from countries where code = 'nz'")).toEqual([]);
    expect(await candidates('select id from orders where note = $1')).toEqual([]);
    expect(await candidates('select id from orders where details = $1')).toEqual([]);
  });

  it('carries columns for a statement that needs the row', async () => {
    for (const text of [
      'update orders set total = 0 where customer_id = $1',
      'select total from orders where customer_id = $1 for update',
    ])
      expect(
        (await candidates(text)).filter((each) => each.includes('include')),
        text,
      ).toEqual([]);
  });
});

describe('GIN indexes', () => {
  async function gin(where: string, from: Catalogue = catalogue): Promise<string[]> {
    const [table] = from.tables.slice(-2);
    const usage = usageOf(await treeOf(`select 1 from ${table?.name} where ${where}`), from);
    const found = ginIndexesOf([{ id: 'q', usage, weight: 1 }], from).get('q') ?? [];
    expect(
      candidatesOf([{ id: 'q', usage, weight: 1 }])
        .get('q')
        ?.some(({ index }) => index.method === 'gin'),
    ).toBe(false);
    return found.map(({ index }) =>
      createIndexSql(index)
        .replace(/^.* using /, '')
        .replaceAll('"', ''),
    );
  }

  it.each([
    ["tags @> array['a']", ['gin (tags)']],
    ['tags && $1 or total = 3', ['gin (tags)']],
    ['details @> $1', ['gin (details jsonb_path_ops)']],
    ["details ? 'a'", ['gin (details)']],
    ["note ilike '%a%' and note like '%b%'", ['gin (note gin_trgm_ops)']],
    ["to_tsvector('english', note) @@ to_tsquery($1)", ["gin ((to_tsvector('english', note)))"]],
    ['to_tsvector(note) @@ to_tsquery($1)', []],
    ['total = 3', []],
  ])('for %s', async (where, expected) => {
    expect(await gin(where)).toEqual(expected);
  });

  it('need the extension for trigrams, and are not told twice', async () => {
    const of = (extensions: string[], indexes: object[]) =>
      describedCatalogue(
        { notes: { columns: { text: 'text', tags: 'text[]' }, indexes }, last: { columns: {} } },
        extensions,
      );
    expect(await gin("text ilike '%a%'", of([], []))).toEqual([]);
    const trigrams = { method: 'gin', keys: [{ ...key('text'), operatorClass: 'gin_trgm_ops' }] };
    expect(await gin("text ilike '%a%'", of(['pg_trgm'], [trigrams]))).toEqual([]);
    expect(await gin('tags @> $1', of([], [{ method: 'gin', keys: [key('tags')] }]))).toEqual([]);
  });
});

describe('candidates of a workload', () => {
  it('stay within their bound, and each statement keeps its best', async () => {
    const columns = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`c${index}`, 'integer']));
    const wide = describedCatalogue({ wide: { columns } });
    const texts = Array.from(
      { length: 40 },
      (_, index) => `select c0 from wide where c${index} = $1 and c${(index * 7 + 1) % 40} > $2`,
    );
    const statements = await Promise.all(
      texts.map(async (text, index) => ({
        id: `q${index}`,
        usage: usageOf(await treeOf(text), wide),
        weight: 1,
      })),
    );
    const all = candidatesOf(statements);
    const distinct = new Set([...all.values()].flat().map(({ index }) => indexId(index)));
    expect(distinct.size).toBe(Math.round(25 * Math.sqrt(40)));
    const few = candidatesOf(statements, { total: 40 });
    for (const [id, own] of few) {
      expect(own[0]?.index, id).toEqual(all.get(id)?.[0]?.index);
    }
    expect([...few.keys()].sort()).toEqual(statements.map(({ id }) => id).sort());
  });

  it('let the heaviest statements choose first', async () => {
    const [light, heavy] = await Promise.all(
      ['select id from orders where total = 1', 'select id from orders where shipped = $1'].map(
        async (text) => usageOf(await treeOf(text), catalogue),
      ),
    );
    if (!light || !heavy) throw new Error('no usage');
    const found = candidatesOf(
      [
        { id: 'light', usage: light, weight: 1 },
        { id: 'heavy', usage: heavy, weight: 9 },
      ],
      { total: 1 },
    );
    expect(found.get('light')).toEqual([]);
    expect(found.get('heavy')).toHaveLength(1);
  });

  it('are always indexes that could be made', async () => {
    const tables = catalogue.tables.map(({ name, columns }) => ({
      name,
      columns: columns.map((column) => column.name),
    }));
    const statement = fc.constantFrom(...tables).chain(({ name, columns }) => {
      const column = fc.constantFrom(...columns);
      const condition = fc.tuple(
        column,
        fc.constantFrom('= $1', '> $1', 'is null', 'in (1, 2)', 'between 1 and 2', '= o.id', "like 'a%'"),
      );
      return fc
        .record({
          conditions: fc.array(condition, { maxLength: 5 }),
          joiner: fc.constantFrom(' and ', ' or '),
          selected: fc.array(column, { minLength: 1, maxLength: 3 }),
          order: fc.array(fc.tuple(column, fc.constantFrom('', ' desc', ' nulls first')), { maxLength: 3 }),
          limit: fc.constantFrom('', ' limit 5'),
        })
        .map(({ conditions, joiner, selected, order, limit }) =>
          [
            `select ${selected.map((each) => `t.${each}`)} from ${name} t, orders o`,
            conditions.length > 0
              ? ` where ${conditions.map(([left, right]) => `t.${left} ${right}`).join(joiner)}`
              : '',
            order.length > 0 ? ` order by ${order.map(([each, way]) => `t.${each}${way}`)}` : '',
            limit,
          ].join(''),
        );
    });
    await fc.assert(
      fc.asyncProperty(statement, async (text) => {
        const usage = usageOf(await treeOf(text), catalogue);
        const found = candidatesOf([{ id: 'q', usage, weight: 1 }]).get('q') ?? [];
        expect(new Set(found.map(({ index }) => indexId(index))).size).toBe(found.length);
        for (const { index } of found) {
          const table = catalogue.find(index.table);
          const names = [...index.keys.map(({ sql }) => sql), ...index.include];
          expect(new Set(names).size).toBe(names.length);
          for (const each of names) expect(table?.columns.some((column) => column.name === each)).toBe(true);
          expect(index.keys.length).toBeLessThanOrEqual(4);
          await treeOf(createIndexSql(index));
        }
      }),
      { numRuns: 100, seed: 6 },
    );
  });
});
