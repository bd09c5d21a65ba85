import type { Queryable } from '@evenkeel/core';
import type { SeriesKind } from '../history/cell.ts';
import { type HistorySlice, MAX_RUNS, MAX_SAMPLES } from '../history/history.ts';
import { metricDefinition } from '../history/metric-definition.ts';
import { type HistoryRequest, planReading, type ReadingPlan, type Tier } from '../history/reading-plan.ts';
import { SliceBuilder } from '../history/slice-builder.ts';
import type { BenchmarkMeasurement, RecordData } from '../log-record.ts';
import type { DeltaCell } from './batch.ts';
import { numberArray } from './sql-arrays.ts';
import type { Tables } from './tables.ts';

/** One row of a roll-up, or one whole delta in `cells`. */
interface KeptRow {
  readonly series: unknown;
  readonly time: unknown;
  readonly count: unknown;
  readonly sum: unknown;
  readonly min: unknown;
  readonly max: unknown;
  readonly sketch: string | null;
  readonly instances: string;
  readonly cells: string | null;
}

interface Series {
  readonly id: number;
  readonly kind: SeriesKind;
  readonly name: string;
}

/** @param now in ms since 1970: decides which tiers still have what */
export async function readHistory(
  database: Queryable,
  tables: Tables,
  {
    request,
    tiers,
    now,
    signal,
  }: {
    readonly request: HistoryRequest;
    readonly tiers: readonly Tier[];
    readonly now: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<HistorySlice> {
  const plan = planReading(request, tiers, now);
  const slice = new SliceBuilder(request.range, plan.stepMs);
  const { rows } = await database.query<KeptRow>(keptRows(tables, plan));
  signal?.throwIfAborted();
  const series = await readSeries(database, tables, slice);
  const instances = new InstanceNames(await readInstances(database, tables));
  signal?.throwIfAborted();
  const found = new Set<Series>();
  const add = (
    id: number,
    time: number,
    cell: Parameters<SliceBuilder['add']>[3],
    of: readonly string[],
  ): void => {
    const known = series.get(id);
    if (known === undefined) return;
    found.add(known);
    slice.add(known.kind, known.name, time, cell, of);
  };
  for (const row of rows) {
    const of = instances.read(row.instances);
    if (row.cells === null) {
      add(Number(row.series), Number(row.time), { ...numbersOf(row), sketch: bytesOf(row.sketch) }, of);
      continue;
    }
    for (const [id, time, count, sum, min, max, sketch] of JSON.parse(row.cells) as DeltaCell[]) {
      if (time < plan.from || time >= plan.to) continue;
      add(id, time, { count, sum, min, max, sketch: bytesOf(sketch) }, of);
    }
  }
  const ofKind = (kind: SeriesKind): Series[] => [...found].filter((each) => each.kind === kind);
  if (request.events) await addSamples(database, tables, { plan, slice, series: ofKind('event') });
  signal?.throwIfAborted();
  if (request.benchmarks) await addRuns(database, tables, { plan, slice, series: ofKind('benchmark') });
  return slice.build(request);
}

/* One statement sees one state: what is moved from a delta to the roll-ups is in one of them, and not in both. */
function keptRows({ rollups, deltas }: Tables, plan: ReadingPlan): string {
  const pieces = plan.pieces.map(
    ({ stepMs, from, to }) => `select series, time::float8, count::float8, sum, min, max,
      encode(sketch, 'base64') as sketch, array_to_string(instances, ' ') as instances,
      null as cells
    from ${rollups} where step = ${stepMs} and time >= ${from} and time < ${to}`,
  );
  const moving = `select null, null, null, null, null, null, null, instance::text, cells
    from ${deltas} where first < ${plan.to} and last >= ${plan.from}`;
  return [...pieces, moving].join('\nunion all\n');
}

async function readSeries(
  database: Queryable,
  { series }: Tables,
  slice: SliceBuilder,
): Promise<Map<number, Series>> {
  const { rows } = await database.query<{
    id: unknown;
    kind: SeriesKind;
    name: string;
    definition: string | null;
  }>(`select id, kind, name, definition::text from ${series}`);
  for (const { kind, name, definition } of rows) {
    if (kind === 'metric' && definition !== null) {
      slice.define(metricDefinition(name, JSON.parse(definition) as object));
    }
  }
  return new Map(rows.map(({ id, kind, name }) => [Number(id), { id: Number(id), kind, name }]));
}

async function readInstances(database: Queryable, { instances }: Tables): Promise<Map<string, string>> {
  const { rows } = await database.query<{ id: unknown; name: string }>(`select id, name from ${instances}`);
  return new Map(rows.map(({ id, name }) => [String(id), name]));
}

/** Reads lists of ids, few of which differ. */
class InstanceNames {
  readonly #names: ReadonlyMap<string, string>;
  readonly #lists = new Map<string, readonly string[]>();

  constructor(names: ReadonlyMap<string, string>) {
    this.#names = names;
  }

  read(ids: string): readonly string[] {
    let list = this.#lists.get(ids);
    if (list === undefined) {
      list = ids.split(' ').flatMap((id) => this.#names.get(id) ?? []);
      this.#lists.set(ids, list);
    }
    return list;
  }
}

interface Wanted {
  readonly plan: ReadingPlan;
  readonly slice: SliceBuilder;
  readonly series: readonly Series[];
}

async function addSamples(
  database: Queryable,
  { events }: Tables,
  { plan, slice, series }: Wanted,
): Promise<void> {
  const { rows } = await database.query<{ series: unknown; time: unknown; data: string }>(
    `select e.series, e.time::float8, e.data::text from unnest($1::text::int[]) as s(id)
    cross join lateral (
      select * from ${events} where series = s.id and time >= $2::bigint and time < $3::bigint
      order by time desc, id desc limit ${MAX_SAMPLES}) e
    order by e.time, e.id`,
    [numberArray(series.map(({ id }) => id)), plan.from, plan.to],
  );
  const names = new Map(series.map(({ id, name }) => [id, name]));
  slice.addSamples(
    rows.map(({ series: id, time, data }) => ({
      kind: 'event' as const,
      time: Number(time),
      type: names.get(Number(id)) ?? '',
      data: JSON.parse(data) as RecordData,
    })),
  );
}

async function addRuns(
  database: Queryable,
  { benchmarks }: Tables,
  { plan, slice, series }: Wanted,
): Promise<void> {
  const { rows } = await database.query<RunRow>(
    `select b.series, b.time::float8, b.duration_ms, b.measurements::text, b.context::text
    from unnest($1::text::int[]) as s(id)
    cross join lateral (
      select * from ${benchmarks} where series = s.id and time >= $2::bigint and time < $3::bigint
      order by time desc, id desc limit ${MAX_RUNS}) b
    order by b.time, b.id`,
    [numberArray(series.map(({ id }) => id)), plan.from, plan.to],
  );
  const names = new Map(series.map(({ id, name }) => [id, name]));
  slice.addRuns(
    rows.map((row) => ({
      kind: 'benchmark' as const,
      time: Number(row.time),
      id: names.get(Number(row.series)) ?? '',
      durationMs: Number(row.duration_ms),
      measurements: JSON.parse(row.measurements) as BenchmarkMeasurement[],
      ...(row.context !== null && { context: JSON.parse(row.context) as RecordData }),
    })),
  );
}

interface RunRow {
  readonly series: unknown;
  readonly time: unknown;
  readonly duration_ms: unknown;
  readonly measurements: string;
  readonly context: string | null;
}

function numbersOf({ count, sum, min, max }: KeptRow) {
  return { count: Number(count), sum: Number(sum), min: Number(min), max: Number(max) };
}

function bytesOf(base64: string | null): Uint8Array | undefined {
  return base64 === null ? undefined : Buffer.from(base64, 'base64');
}
