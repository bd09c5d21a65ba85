import type { Client } from 'pg';
import { tableNames } from '../workload/prepare-workload.ts';
import type { Workload } from '../workload/workload.ts';

/** What it takes to insert into a table, for each row. */
export interface InsertCost {
  readonly walBytes: number;
  readonly microseconds: number;
}

/* Enough that what a transaction takes besides does not count. */
const ROWS = 20_000;
/* Above all that are there. */
const KEY_OFFSET = 100_000_000;

/** Inserts rows like those that are there into each table, and takes them back. */
export async function insertCosts(client: Client, workload: Workload): Promise<Map<string, InsertCost>> {
  const costs = new Map<string, InsertCost>();
  for (const table of tableNames(workload)) costs.set(table, await insertCost(client, table));
  return costs;
}

async function insertCost(client: Client, table: string): Promise<InsertCost> {
  const { rows: columns } = await client.query<{ name: string; isKey: boolean }>(
    `select a.attname as name, coalesce(a.attnum = any(i.indkey), false) and a.atttypid in (20, 23) as "isKey"
     from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
     where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [table],
  );
  const values = columns.map(({ name, isKey }) => (isKey ? `${name} + ${KEY_OFFSET}` : name));
  const names = columns.map(({ name }) => name).join(', ');
  // Read beforehand, from all over the table, so that the insertion alone is timed.
  await client.query(
    `create temporary table like_those as select ${values.map((value, at) => `${value} as ${columns[at]?.name}`).join(', ')}
     from ${table} order by hashtext(${table}::text) limit ${ROWS}`,
  );
  try {
    await client.query('begin');
    const before = await walPosition(client);
    const from = performance.now();
    const { rowCount } = await client.query(
      `insert into ${table} (${names}) overriding system value select ${names} from like_those`,
    );
    const ms = performance.now() - from;
    const after = await walPosition(client);
    const rows = Math.max(1, rowCount ?? 0);
    return { walBytes: (after - before) / rows, microseconds: (1000 * ms) / rows };
  } finally {
    await client.query('rollback');
    await client.query('drop table like_those');
    await client.query(`vacuum ${table}`);
  }
}

async function walPosition(client: Client): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    `select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::text as bytes`,
  );
  return Number(rows[0]?.bytes);
}
