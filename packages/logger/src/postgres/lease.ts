import type { Queryable } from '@evenkeel/core';
import type { Tables } from './tables.ts';

/** What the one who keeps a history in order at present knows. */
export interface Lease {
  /** How often deltas were moved so far. */
  readonly compactions: number;
  /** The database's time, in ms since 1970. */
  readonly now: number;
}

/**
 * Makes this writer the one that keeps the history in order for the next while, by the database's clock; `undefined`
 * where another one is. It saves work and no more: what is done under it is right without it.
 */
export async function takeLease(
  database: Queryable,
  { state }: Tables,
  holder: string,
  leaseMs: number,
): Promise<Lease | undefined> {
  const { rows } = await database.query<{ compactions: unknown; now: unknown }>(
    `update ${state} set leased_by = $1, leased_until = now() + $2::float8 * interval '1 ms'
    where leased_by = $1 or leased_until < now()
    returning compactions::text, (extract(epoch from now()) * 1000)::float8 as now`,
    [holder, leaseMs],
  );
  const [row] = rows;
  return row && { compactions: Number(row.compactions), now: Number(row.now) };
}
