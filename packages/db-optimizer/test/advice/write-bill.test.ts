import { describe, expect, it } from 'vitest';
import { type TableWrites, writeBill } from '../../src/advice/write-bill.ts';
import type { IndexDefinition } from '../../src/catalogue/catalogue.ts';
import { existingIndex, table } from '../support/table.ts';

const index: IndexDefinition = {
  schema: 'public',
  table: 'orders',
  method: 'btree',
  keys: [{ kind: 'column', sql: 'customer' }],
  include: [],
  where: undefined,
};
const BYTES = 8_000_000;
const none: TableWrites = { inserts: 0, deletes: 0, updates: [] };
const update = (rows: number, ...columns: string[]): TableWrites => ({
  ...none,
  updates: [{ rows, columns: new Set(columns) }],
});
const hot = table({ indexes: [existingIndex(['id'])] }, { updates: 1000, hotUpdates: 1000 });
const cold = table({ indexes: [existingIndex(['id'])] }, { updates: 1000, hotUpdates: 0 });

describe('writeBill', () => {
  it('charges each inserted row, and grows with them', () => {
    const one = writeBill(index, hot, BYTES, 8, { ...none, inserts: 1 });
    const many = writeBill(index, hot, BYTES, 8, { ...none, inserts: 1000 });
    expect(one).toMatchObject({ walBytesPerInsert: 75, rows: 1, hotUpdatesLost: 0 });
    expect(many.cost).toBeCloseTo(1000 * (one.cost ?? 0));
    expect(one.cost).toBeGreaterThan(0);
  });

  it('charges nothing for an update that stays heap-only', () => {
    expect(writeBill(index, hot, BYTES, 8, update(1000, 'note'))).toMatchObject({ rows: 0, cost: 0 });
  });

  it('charges an update that every index follows anyway', () => {
    expect(writeBill(index, cold, BYTES, 8, update(1000, 'note'))).toMatchObject({
      rows: 1000,
      hotUpdatesLost: 0,
    });
  });

  it('charges an update that is heap-only no more for all indexes', () => {
    const bill = writeBill(index, hot, BYTES, 8, update(1000, 'customer'));
    const insert = writeBill(index, hot, BYTES, 8, { ...none, inserts: 1000 });
    expect(bill).toMatchObject({ rows: 1000, hotUpdatesLost: 1000 });
    expect(bill.cost).toBeCloseTo(2 * (insert.cost ?? 0));
  });

  it.each([
    ['an included column', { ...index, include: ['note'] }],
    ['an expression', { ...index, keys: [{ kind: 'expression', sql: 'lower("note")' } as const] }],
    ['a predicate', { ...index, where: '"note" is null' }],
  ])('sees an update of %s', (_, other) => {
    expect(writeBill(other, hot, BYTES, 8, update(10, 'note')).hotUpdatesLost).toBe(10);
  });

  it('says that it does not know where nothing is known', () => {
    expect(writeBill(index, hot, BYTES, 8, undefined).cost).toBeUndefined();
  });
});
