import { describe, expect, it } from 'vitest';
import type { Catalogue, IndexDefinition, Table } from '../../src/catalogue/catalogue.ts';
import { IndexSizes } from '../../src/indexes/index-size.ts';
import { column, existingIndex, statistics, table } from '../support/table.ts';

function catalogueOf(...tables: Table[]): Catalogue {
  return {
    version: 150_018,
    searchPath: ['public'],
    settings: new Map([['block_size', '8192']]),
    tables,
    statisticsSince: undefined,
    missing: [],
    find: (name) => tables.find((each) => each.name === name),
  };
}

function index(columns: readonly string[], changes: Partial<IndexDefinition> = {}): IndexDefinition {
  return {
    schema: 'public',
    table: 'orders',
    method: 'btree',
    keys: columns.map((sql) => ({ kind: 'column', sql })),
    include: [],
    where: undefined,
    ...changes,
  };
}

function pagesOf(definition: IndexDefinition, changes: Partial<Table> = {}): number {
  return new IndexSizes(catalogueOf(table(changes))).of(definition).pages;
}

describe('the size of a b-tree', () => {
  it('is that of PostgreSQL 15 where every value occurs once', () => {
    // create table t as select i from generate_series(1, 100000) i; create index on t (i): 276 pages.
    expect(new IndexSizes(catalogueOf(table())).of(index(['id']))).toEqual({
      pages: 276,
      bytes: 276 * 8192,
      tuples: 100_000,
      height: 1,
    });
  });

  it('counts equal values once, which share a tuple', () => {
    // The same with i % 100: 91 pages.
    const columns = [column('customer', { statistics: statistics({ distinct: 100 }) })];
    expect(Math.abs(pagesOf(index(['customer']), { columns }) - 91)).toBeLessThanOrEqual(2);
  });

  it('has a tuple for each row where equal values may differ in their looks, or columns are included', () => {
    const columns = [
      column('customer', { statistics: statistics({ distinct: 100 }) }),
      column('price', { type: 'numeric(10,2)', typeLength: -1, statistics: statistics({ distinct: 100 }) }),
      column('id'),
    ];
    const shared = pagesOf(index(['customer']), { columns });
    expect(pagesOf(index(['price']), { columns })).toBeGreaterThan(2.5 * shared);
    expect(pagesOf(index(['customer'], { include: ['id'] }), { columns })).toBeGreaterThan(2.5 * shared);
  });

  it('keeps NULLs in few tuples', () => {
    const columns = [column('customer', { statistics: statistics({ distinct: -0.1, nullFraction: 0.9 }) })];
    expect(pagesOf(index(['customer']), { columns })).toBeLessThan(140);
  });

  it('takes from extended statistics, unique keys and references how many values columns have together', () => {
    const columns = [
      column('a', { number: 1, statistics: statistics({ distinct: 1000 }) }),
      column('b', { number: 2, statistics: statistics({ distinct: 1000 }) }),
    ];
    const independent = pagesOf(index(['a', 'b']), { columns });
    const counted = pagesOf(index(['a', 'b']), {
      columns,
      distinctTogether: [{ columns: ['b', 'a'], distinct: 1000 }],
    });
    expect(counted).toBeLessThan(independent / 2);
    const unique = existingIndex(['a', 'b'], { isUnique: true });
    expect(pagesOf(index(['b', 'a']), { columns, indexes: [unique] })).toBeGreaterThanOrEqual(independent);
    const references = { schema: 'public', table: 'pairs', columns: ['a', 'b'] };
    const referring = table({
      columns,
      foreignKeys: [{ name: 'f', columns: ['a', 'b'], references, onDelete: 'no action' }],
    });
    const sizes = new IndexSizes(catalogueOf(referring, table({ name: 'pairs', rows: 1000 })));
    expect(sizes.of(index(['a', 'b'])).pages).toBe(counted);
  });

  it('grows a level where the one above the leaves is full', () => {
    const heights = [100, 100_000, 10_000_000].map(
      (rows) => new IndexSizes(catalogueOf(table({ rows }))).of(index(['id'])).height,
    );
    expect(heights).toEqual([0, 1, 2]);
  });

  it.each([
    ['delivered is null', 0.25],
    ['(delivered IS NOT NULL)', 0.75],
    ["status = 'open'::text", 0.1],
    ["status in ('open', 'held')", 0.15],
    ["(status = ANY (ARRAY['open'::text, 'held'::text]))", 0.15],
    ["status <> 'open'", 0.9],
    ["status = 'open' and delivered is null", 0.025],
    ["((status)::text = 'open'::text) AND (delivered IS NULL)", 0.025],
    ['paid', 0.6],
    ['NOT paid', 0.4],
    ['total > 5', 1 / 3],
    ["status = 'open' or delivered is null", 0.325],
    ["(status = 'open' or status = 'held') and paid", 0.145 * 0.6],
    ["note = ' and '", 1 / 100_000],
  ])('holds the share of the rows that meet %s', (where, share) => {
    const columns = [
      column('id'),
      column('total'),
      column('delivered', { type: 'date', statistics: statistics({ nullFraction: 0.25 }) }),
      column('note', { type: 'text', typeLength: -1 }),
      column('status', {
        type: 'text',
        typeLength: -1,
        statistics: statistics({
          distinct: 3,
          common: [
            { value: 'done', frequency: 0.85 },
            { value: 'open', frequency: 0.1 },
            { value: 'held', frequency: 0.05 },
          ],
        }),
      }),
      column('paid', {
        type: 'boolean',
        typeLength: 1,
        statistics: statistics({
          distinct: 2,
          common: [
            { value: 't', frequency: 0.6 },
            { value: 'f', frequency: 0.4 },
          ],
        }),
      }),
    ];
    const { tuples } = new IndexSizes(catalogueOf(table({ columns }))).of(index(['id'], { where }));
    expect(tuples).toBe(Math.round(100_000 * share));
  });

  it('is that of an empty one where nothing is known', () => {
    const sizes = new IndexSizes(catalogueOf());
    expect(sizes.of(index(['id']))).toEqual({ pages: 1, bytes: 8192, tuples: 0, height: 0 });
    expect(pagesOf(index(['id']), { rows: undefined })).toBe(1);
  });
});

describe('the size of another index', () => {
  it('is small for BRIN, and of the order of the rows for hash, GIN and GiST', () => {
    const bytesOf = (method: string): number =>
      new IndexSizes(catalogueOf(table())).of(index(['id'], { method })).bytes;
    expect(bytesOf('brin')).toBeLessThan(50_000);
    // 100,000 integers: 4.2 MB on PostgreSQL 15.
    expect(bytesOf('hash')).toBeGreaterThan(2_500_000);
    expect(bytesOf('hash')).toBeLessThan(5_000_000);
    for (const method of ['gin', 'gist', 'spgist', 'bloom']) {
      expect(bytesOf(method)).toBeGreaterThan(200_000);
      expect(bytesOf(method)).toBeLessThan(10_000_000);
    }
  });
});
