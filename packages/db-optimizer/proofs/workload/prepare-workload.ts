import type { Queryable } from '@evenkeel/core';
import type { Workload } from './workload.ts';

export interface Preparation {
  /** Whether the primary keys are there. @defaultValue true */
  readonly keys?: boolean;
  /** Of the usual number of rows. @defaultValue 1 */
  readonly scale?: number;
}

/** Makes and fills the tables of a workload in an empty database, and lets the planner know them. */
export async function prepareWorkload(
  database: Queryable,
  workload: Workload,
  { keys = true, scale = 1 }: Preparation = {},
): Promise<void> {
  for (const statement of workload.tables) await database.query(statement);
  for (const statement of workload.fill(scale)) await database.query(statement);
  if (keys) for (const statement of workload.keys) await database.query(statement);
  // Not the whole database: the catalogue of an own server would be most of the work.
  for (const table of tableNames(workload)) await database.query(`vacuum (analyze, freeze) ${table}`);
}

/** The tables, in the order they are made. */
export function tableNames(workload: Workload): string[] {
  return workload.tables.map((statement) => {
    const name = /create table (\S+)/.exec(statement)?.[1];
    if (name === undefined) throw new Error(`no table is made by ${statement}`);
    return name;
  });
}

/** Bytes of all heaps. */
export async function heapBytes(database: Queryable, workload: Workload): Promise<number> {
  const { rows } = await database.query<{ bytes: string }>(
    'select sum(pg_relation_size(name::regclass))::text as bytes from unnest($1::text[]) as name',
    [tableNames(workload)],
  );
  return Number(rows[0]?.bytes);
}
