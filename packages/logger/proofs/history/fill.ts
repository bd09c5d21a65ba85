import { type Queryable, VirtualClock } from '@evenkeel/core';
import { packSketch } from '../../src/history/packed-sketch.ts';
import { TIER_STEPS } from '../../src/history/reading-plan.ts';
import { RollUp } from '../../src/history/roll-up.ts';
import type { LogRecord, MetricRecord } from '../../src/log-record.ts';
import { type PostgresHistory, postgresHistory } from '../../src/postgres/index.ts';
import { numberArray, textArray } from '../../src/postgres/sql-arrays.ts';

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

/* No whole hour or minute, as a report's range mostly is. */
export const END = Date.UTC(2024, 0, 15, 10, 17, 23);
export const BEGIN = END - WEEK;

/* From here on the points go through the histories themselves, as they do in life. */
const WRITTEN_FROM = Math.floor(END / HOUR) * HOUR;

/* What their tables' names begin with. */
export const PREFIX = 'evenkeel_history_';

export interface Load {
  readonly points: number;
  readonly series: number;
  readonly instances: number;
}

/**
 * Fills a database with a week of points: all but the last minutes by SQL, and rolled up here, since a week of writing
 * takes its time; the rest by a history for each instance, some of it not yet moved into the roll-ups.
 */
export async function fill(database: Queryable, load: Load): Promise<PostgresHistory[]> {
  const histories = Array.from({ length: load.instances }, (_, index) =>
    postgresHistory(database, { instance: `instance-${index}`, clock: new VirtualClock(END) }),
  );
  for (const history of histories) await history.start();
  const definitions = Array.from({ length: load.series }, (_, index): LogRecord => {
    const better = index % 2 === 0 ? 'lower' : 'higher';
    return {
      kind: 'definition',
      time: BEGIN,
      name: `series-${index}`,
      unit: 'ms',
      description: '',
      area: 'http',
      better,
    };
  });
  await histories[0]?.write(definitions);

  const week = new Week(load);
  const written = week.firstFrom(WRITTEN_FROM);
  await database.query(
    `insert into ${PREFIX}points (time, series, instance, value)
    select ${BEGIN} + floor(k * ${week.intervalMs}::float8)::bigint, s.id, i.id,
      (k * 2654435761 + substr(s.name, 8)::bigint * 40503 + substr(i.name, 10)::bigint * 9973) % 1000
    from generate_series(0::bigint, ${written - 1}::bigint) k, ${PREFIX}series s, ${PREFIX}instances i
    where s.kind = 'metric'`,
  );
  const { rows } = await database.query<{ id: number; name: string }>(`select id, name from ${PREFIX}series`);
  const ids = new Map(rows.map(({ id, name }) => [name, Number(id)]));
  for (let hour = Math.floor(BEGIN / HOUR) * HOUR; hour < WRITTEN_FROM; hour += HOUR) {
    const [first, last] = [week.firstFrom(hour), week.firstFrom(hour + HOUR)];
    const points = histories.flatMap((_, instance) => week.points(first, last, instance));
    await insertRolledUp(database, points, hour, ids);
  }
  const batch = Math.ceil((week.length - written) / 10);
  for (let first = written; first < week.length; first += batch) {
    const last = Math.min(week.length, first + batch);
    for (const [instance, history] of histories.entries())
      await history.write(week.points(first, last, instance));
    // All but the last are moved.
    if (last < week.length - batch) await histories[0]?.maintain();
  }
  await database.query(`analyze ${PREFIX}points`);
  await database.query(`analyze ${PREFIX}rollups`);
  return histories;
}

/** The points of the week: the same here as in SQL. */
class Week {
  /** Points of each series and instance. */
  readonly length: number;
  readonly intervalMs: number;
  readonly #series: number;

  constructor({ points, series, instances }: Load) {
    this.length = Math.round(points / series / instances);
    this.intervalMs = WEEK / this.length;
    this.#series = series;
  }

  /** Number of the first point at or after a time. */
  firstFrom(time: number): number {
    let k = Math.max(0, Math.floor((time - BEGIN) / this.intervalMs) - 1);
    while (this.#timeOf(k) < time) k += 1;
    return k;
  }

  points(first: number, end: number, instance: number): MetricRecord[] {
    const records: MetricRecord[] = [];
    for (let k = first; k < end; k++) {
      const time = this.#timeOf(k);
      for (let index = 0; index < this.#series; index++) {
        const value = (k * 2_654_435_761 + index * 40_503 + instance * 9973) % 1000;
        records.push({ kind: 'metric', time, name: `series-${index}`, value });
      }
    }
    return records;
  }

  #timeOf(k: number): number {
    return BEGIN + Math.floor(k * this.intervalMs);
  }
}

/** Whole hours only: their rows are not there yet. */
async function insertRolledUp(
  database: Queryable,
  points: readonly MetricRecord[],
  hour: number,
  ids: ReadonlyMap<string, number>,
): Promise<void> {
  const { tenSeconds, ...coarser } = TIER_STEPS;
  const steps = hour < END - 25 * HOUR ? Object.values(coarser) : [tenSeconds, ...Object.values(coarser)];
  for (const step of steps) {
    const rollUp = new RollUp(step);
    for (const point of points) rollUp.add(point);
    const rows = [...rollUp].flatMap(({ name, cells }) =>
      [...cells].map(([time, cell]) => ({ time, series: ids.get(name) ?? 0, cell })),
    );
    await database.query(
      `insert into ${PREFIX}rollups (step, time, series, count, sum, min, max, sketch, instances)
      select ${step}, r.time, r.series, r.count, r.sum, r.min, r.max, decode(r.sketch, 'base64'),
        (select array_agg(id order by id) from ${PREFIX}instances)
      from unnest($1::text::bigint[], $2::text::int[], $3::text::bigint[], $4::text::float8[], $5::text::float8[],
        $6::text::float8[], $7::text::text[]) as r(time, series, count, sum, min, max, sketch)`,
      [
        numberArray(rows.map(({ time }) => time)),
        numberArray(rows.map(({ series }) => series)),
        numberArray(rows.map(({ cell }) => cell.count)),
        numberArray(rows.map(({ cell }) => cell.sum)),
        numberArray(rows.map(({ cell }) => cell.min)),
        numberArray(rows.map(({ cell }) => cell.max)),
        textArray(
          rows.map(
            ({ cell }) => cell.sketch && Buffer.from(packSketch(cell.sketch.toJSON())).toString('base64'),
          ),
        ),
      ],
    );
  }
}
