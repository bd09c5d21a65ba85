import { describe, expect, it } from 'vitest';
import { writesOf } from '../../src/advice/workload-writes.ts';
import { table } from '../support/table.ts';

const orders = table({ oid: 1 }, { inserts: 1000, updates: 500, deletes: 10 });
const customers = table({ oid: 2, name: 'customers' }, { inserts: 200, updates: 100, deletes: 20 });
const writing = (kind: 'insert' | 'update' | 'delete', columns: string[] = []) => ({
  usage: { tables: [], writes: [{ table: orders, kind, columns }], unknown: [] },
  calls: 10,
  rowsPerCall: 3,
});

describe('writesOf', () => {
  it('adds up what the statements of the workload write', () => {
    const statements = [writing('insert'), writing('insert'), writing('update', ['note']), writing('delete')];
    expect(writesOf(statements, [orders, customers], undefined)).toEqual(
      new Map([[1, { inserts: 60, deletes: 30, updates: [{ rows: 30, columns: new Set(['note']) }] }]]),
    );
  });

  it('takes the counts of the server, as long as the workload was, for tables that it does not write', () => {
    const writes = writesOf([writing('insert')], [orders, customers], 0.1);
    expect(writes.get(1)).toEqual({ inserts: 30, deletes: 0, updates: [] });
    expect(writes.get(2)).toEqual({ inserts: 20, deletes: 2, updates: [{ rows: 10, columns: undefined }] });
  });
});
