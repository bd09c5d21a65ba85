import type { Queryable } from '@evenkeel/core';
import { TIER_STEPS } from '../history/reading-plan.ts';
import type { Tables } from './tables.ts';

/** How long what is kept, in ms. */
export interface Retention {
  readonly points: number;
  readonly tenSeconds: number;
  readonly minutes: number;
  readonly hours: number;
  readonly events: number;
  readonly benchmarks: number;
}

/* Rows that one statement removes of each series or step: it holds nobody up for long. */
const SLICE_ROWS = 2000;

/* Statements for each table and run; what is left goes in the next. */
const MAX_SLICES = 50;

/* Instances know their ids by heart for some hours. */
const UNUSED_DAYS = 2;

/**
 * Removes what is older than it is to be kept, in slices. Gives how many rows went.
 *
 * @param now in ms since 1970
 */
export async function expire(
  database: Queryable,
  tables: Tables,
  retention: Retention,
  now: number,
): Promise<number> {
  const { points, events, benchmarks, rollups, series } = tables;
  let removed = 0;
  for (const [table, keptMs] of [
    [points, retention.points],
    [events, retention.events],
    [benchmarks, retention.benchmarks],
  ] as const) {
    // The oldest of each series, which the index gives at once.
    removed += await inSlices(
      database,
      `delete from ${table} where ctid = any(array(
        select old.ctid from ${series} s
        cross join lateral (
          select ctid from ${table} where series = s.id and time < $1::bigint order by time limit ${SLICE_ROWS}) old))`,
      now - keptMs,
    );
  }
  for (const step of ['tenSeconds', 'minutes', 'hours'] as const) {
    removed += await inSlices(
      database,
      `delete from ${rollups} where ctid = any(array(
        select ctid from ${rollups} where step = ${TIER_STEPS[step]} and time < $1::bigint order by time limit ${SLICE_ROWS}))`,
      now - retention[step],
    );
  }
  return removed + (await removeUnused(database, tables, retention));
}

async function inSlices(database: Queryable, statement: string, before: number): Promise<number> {
  let removed = 0;
  for (let slice = 0; slice < MAX_SLICES; slice++) {
    const { rows } = await database.query<{ removed: unknown }>(
      `with gone as (${statement} returning 1) select count(*)::int as removed from gone`,
      [Math.floor(before)],
    );
    const count = Number(rows[0]?.removed ?? 0);
    removed += count;
    if (count < SLICE_ROWS) break;
  }
  return removed;
}

/** Names and writers that nothing is left of. A definition stays: its metric may only be rare, and says it once. */
async function removeUnused(
  database: Queryable,
  { series, instances, writers }: Tables,
  retention: Retention,
): Promise<number> {
  const longest = Math.max(...Object.values(retention));
  const { rows } = await database.query<{ removed: unknown }>(
    `with old as (select now() - $1::float8 * interval '1 ms' - interval '${UNUSED_DAYS} days' as time),
    of_series as (delete from ${series} s using old
      where s.kind <> 'lost' and s.definition is null and s.seen < old.time returning 1),
    of_instances as (delete from ${instances} i using old
      where i.seen < old.time and not exists (select from ${writers} w where w.instance = i.id) returning 1),
    of_writers as (delete from ${writers} w using old where w.seen < old.time returning 1)
    select (select count(*) from of_series) + (select count(*) from of_instances) + (select count(*) from of_writers)
      as removed`,
    [longest],
  );
  return Number(rows[0]?.removed ?? 0);
}
