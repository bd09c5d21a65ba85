import type { Queryable } from '@evenkeel/core';
import { median } from '@evenkeel/core/statistics';
import type { HistorySlice } from '../../src/history/history.ts';
import { buildReport } from '../../src/report/build-report.ts';
import { BEGIN, END, fill, type Load, PREFIX } from './fill.ts';

export interface ReportResult {
  readonly points: number;
  readonly fillS: number;
  /** Of reports on the week: the reading of it and of the week before, and the making of the report. */
  readonly medianMs: number;
  readonly slowestMs: number;
  /** The part of the median that this process was busy: the rest is the server, or others on the machine. */
  readonly busyMs: number;
  /** Of the last hour. */
  readonly hourMs: number;
  /** Whether the reports count, add up and bound the same as the points themselves. */
  readonly isRight: boolean;
}

/** Fills a database and makes reports of it. */
export async function report(database: Queryable, load: Load, reports: number): Promise<ReportResult> {
  const start = performance.now();
  const histories = await fill(database, load);
  const fillS = Math.round((performance.now() - start) / 1000);
  const reader = histories[0];
  if (reader === undefined) throw new Error('there is no instance');
  const read = async (ms: number): Promise<HistorySlice> => {
    const [current, previous] = await Promise.all([
      reader.read({ range: { from: END - ms, to: END }, steps: 168 }),
      reader.read({ range: { from: END - 2 * ms, to: END - ms }, steps: 168 }),
    ]);
    buildReport({ current, previous });
    return current;
  };
  const [times, busy]: [number[], number[]] = [[], []];
  let slice: HistorySlice | undefined;
  for (let index = 0; index < reports; index++) {
    const [began, usage] = [performance.now(), process.cpuUsage()];
    slice = await read(END - BEGIN);
    times.push(performance.now() - began);
    const { user, system } = process.cpuUsage(usage);
    busy.push((user + system) / 1000);
  }
  const hourBegan = performance.now();
  await read(3_600_000);
  const hourMs = Math.round(performance.now() - hourBegan);
  const isRight = slice !== undefined && (await agrees(database, slice, load));
  for (const history of histories) await history.stop();
  const { rows } = await database.query<{ n: unknown }>(`select count(*) as n from ${PREFIX}points`);
  return {
    points: Number(rows[0]?.n),
    fillS,
    medianMs: Math.round(median(times)),
    slowestMs: Math.round(Math.max(...times)),
    busyMs: Math.round(median(busy)),
    hourMs,
    isRight,
  };
}

/** Compares with what the database says of the single points. */
async function agrees(
  database: Queryable,
  slice: HistorySlice,
  { series, instances }: Load,
): Promise<boolean> {
  const { rows } = await database.query<{
    name: string;
    n: unknown;
    sum: unknown;
    min: unknown;
    max: unknown;
  }>(
    `select s.name, count(*) as n, sum(value) as sum, min(value) as min, max(value) as max
    from ${PREFIX}points p join ${PREFIX}series s on s.id = p.series group by s.name`,
  );
  const expected = new Map(rows.map((row) => [row.name, row]));
  return (
    slice.series.length === series &&
    slice.instances.length === instances &&
    slice.series.every(({ definition, buckets, sketch }) => {
      const row = expected.get(definition.name);
      const count = buckets.reduce((total, bucket) => total + bucket.count, 0);
      const sum = buckets.reduce((total, bucket) => total + bucket.sum, 0);
      return (
        count === Number(row?.n) &&
        sketch.count === count &&
        sum === Number(row?.sum) &&
        sketch.min === Number(row?.min) &&
        sketch.max === Number(row?.max)
      );
    })
  );
}
