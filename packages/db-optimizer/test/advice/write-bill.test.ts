import { describe, expect, it } from 'vitest';
import { type TableWrites, type WriteBill, WriteBills } from '../../src/advice/write-bill.ts';
import type { IndexDefinition, Table } from '../../src/catalogue/catalogue.ts';
import { catalogueOf, column, existingIndex, statistics, table } from '../support/table.ts';

const index: IndexDefinition = {
  schema: 'public',
  table: 'orders',
  method: 'btree',
  keys: [{ kind: 'column', sql: 'placed' }],
  include: [],
  where: undefined,
};
const none: TableWrites = { inserts: 0, deletes: 0, updates: [] };
const update = (rows: number, ...columns: string[]): TableWrites => ({
  ...none,
  updates: [{ rows, columns: new Set(columns) }],
});
const columns = [
  column('id'),
  column('placed', { type: 'bigint', typeLength: 8, alignment: 8 }),
  column('note', { type: 'text', typeLength: -1, statistics: statistics({ averageWidth: 40 }) }),
];
const indexes = [existingIndex(['id'])];
const hot = table({ columns, indexes }, { updates: 1000, hotUpdates: 1000 });
const cold = table({ columns, indexes }, { updates: 1000, hotUpdates: 0 });

function bill(
  of: IndexDefinition,
  on: Table,
  writes?: TableWrites,
  settings?: [string, string][],
): WriteBill {
  const bills = new WriteBills(
    catalogueOf([on], { settings: new Map(settings) }),
    new Map(writes && [[on.oid, writes]]),
  );
  return bills.of(of);
}

describe('WriteBills', () => {
  it('charges each inserted row, and grows with them', () => {
    const one = bill(index, hot, { ...none, inserts: 1 });
    const many = bill(index, hot, { ...none, inserts: 1000 });
    expect(one).toMatchObject({ walBytesPerInsert: 75, rows: 1, hotUpdatesLost: 0 });
    expect(many.cost).toBeCloseTo(1000 * (one.cost ?? 0));
    expect(one.cost).toBeGreaterThan(0);
  });

  it('charges more for what is wider, higher, or dearer by the settings of the server', () => {
    const inserts = { ...none, inserts: 1000 };
    const { cost = 0, walBytesPerInsert } = bill(index, hot, inserts);
    const wide = bill({ ...index, include: ['note'] }, hot, inserts);
    expect(wide.walBytesPerInsert).toBe(walBytesPerInsert + 40);
    expect(wide.cost).toBeGreaterThan(cost);
    expect(bill(index, { ...hot, rows: 100_000_000 }, inserts).cost).toBeGreaterThan(cost);
    expect(bill(index, hot, inserts, [['cpu_operator_cost', '0.01']]).cost).toBeGreaterThan(cost);
  });

  it('charges nothing for an update that stays heap-only', () => {
    expect(bill(index, hot, update(1000, 'note'))).toMatchObject({ rows: 0, cost: 0 });
  });

  it('charges an update that every index follows anyway', () => {
    expect(bill(index, cold, update(1000, 'note'))).toMatchObject({ rows: 1000, hotUpdatesLost: 0 });
  });

  it('charges an update that is heap-only no more for all indexes', () => {
    const lost = bill(index, hot, update(1000, 'placed'));
    const inserted = bill(index, hot, { ...none, inserts: 1000 });
    expect(lost).toMatchObject({ rows: 1000, hotUpdatesLost: 1000 });
    expect(lost.cost).toBeCloseTo(2 * (inserted.cost ?? 0));
  });

  it.each([
    ['an included column', { ...index, include: ['note'] }],
    ['an expression', { ...index, keys: [{ kind: 'expression', sql: 'lower("note")' } as const] }],
    ['a predicate', { ...index, where: '"note" is null' }],
  ])('sees an update of %s', (_, other) => {
    expect(bill(other, hot, update(10, 'note')).hotUpdatesLost).toBe(10);
  });

  it('says that it does not know where nothing is known', () => {
    expect(bill(index, hot).cost).toBeUndefined();
    expect(() => bill({ ...index, table: 'gone' }, hot)).toThrow('there is no table gone');
  });
});
