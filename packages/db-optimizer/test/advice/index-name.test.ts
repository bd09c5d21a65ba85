import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexName, partitionIndexName } from '../../src/advice/index-name.ts';
import type { IndexDefinition } from '../../src/catalogue/catalogue.ts';

const index = (changes: Partial<IndexDefinition> = {}): IndexDefinition => ({
  schema: 'public',
  table: 'orders',
  method: 'btree',
  keys: [{ kind: 'column', sql: 'customer' }],
  include: [],
  where: undefined,
  ...changes,
});

describe('indexName', () => {
  it('is what PostgreSQL would take', () => {
    expect(indexName(index(), new Set())).toBe('orders_customer_idx');
    expect(indexName(index({ keys: [{ kind: 'expression', sql: 'lower("name")' }] }), new Set())).toBe(
      'orders_lower_name_idx',
    );
    expect(indexName(index({ include: ['note'], where: 'x is null' }), new Set())).toBe(
      'orders_customer_incl_part_idx',
    );
  });

  it('is never one that is taken', () => {
    const taken = new Set(['orders_customer_idx', 'orders_customer_idx1']);
    expect(indexName(index(), taken)).toBe('orders_customer_idx2');
  });

  it('is never longer than PostgreSQL keeps, and differs where what was cut off differs', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 63 });
    fc.assert(
      fc.property(name, name, fc.array(name, { minLength: 1, maxLength: 4 }), (table, other, columns) => {
        const keys = columns.map((sql) => ({ kind: 'column', sql }) as const);
        const first = indexName(index({ table, keys }), new Set());
        const second = indexName(
          index({ table, keys: [...keys, { kind: 'column', sql: other }] }),
          new Set(),
        );
        expect(Buffer.byteLength(first)).toBeLessThanOrEqual(63);
        expect(first).not.toBe(second);
        expect(Buffer.byteLength(indexName(index({ table, keys }), new Set([first])))).toBeLessThanOrEqual(
          63,
        );
      }),
    );
  });

  it('of a partition is free, short enough, and another for each partition', () => {
    const parent = indexName(index({ table: 'é'.repeat(31) }), new Set());
    const names = Array.from({ length: 300 }, (_, position) =>
      partitionIndexName(parent, position + 1, new Set()),
    );
    expect(new Set(names).size).toBe(300);
    for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    expect(names).not.toContain(partitionIndexName(parent, 1, new Set(names)));
  });
});
