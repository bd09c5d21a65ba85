import type { Queryable } from '@evenkeel/core';
import { Cell } from '../history/cell.ts';
import { packSketch } from '../history/packed-sketch.ts';
import { TIER_STEPS } from '../history/reading-plan.ts';
import { SketchSum } from '../history/sketch-sum.ts';
import type { DeltaCell } from './batch.ts';
import { numberArray, textArray } from './sql-arrays.ts';
import type { Tables } from './tables.ts';

/* Of deltas that are moved at once: what a few ms of work and a statement of a few MB are enough for. */
const MAX_DELTAS = 500;
const MAX_BYTES = 500_000;

/**
 * Moves some deltas into the roll-ups: each of their cells is merged into the rows of its 10 s, minute and hour. All of
 * it is one statement that does nothing when somebody else has done the like since `compactions` was read, so no cell
 * is counted twice or lost, whoever dies when. Gives how many deltas it has moved.
 */
export async function compact(database: Queryable, tables: Tables, compactions: number): Promise<number> {
  const { state, deltas, rollups } = tables;
  const read = await database.query<{ id: unknown; instance: unknown; cells: string }>(
    `select id::text, instance, cells from (
      select id, instance, cells, sum(octet_length(cells)) over (order by id) - octet_length(cells) as before
      from (select * from ${deltas} order by id limit ${MAX_DELTAS}) d) d
    where before < ${MAX_BYTES}`,
  );
  if (read.rows.length === 0) return 0;
  const rows = new RollUpRows();
  for (const { instance, cells } of read.rows) {
    for (const cell of JSON.parse(cells) as DeltaCell[]) rows.add(cell, Number(instance));
  }
  const keys = rows.keys();
  const present = await database.query<PresentRow>(
    `select r.step, r.time::text, r.series, r.count::text, r.sum, r.min, r.max,
      encode(r.sketch, 'base64') as sketch, array_to_string(r.instances, ' ') as instances
    from unnest($1::text::int[], $2::text::bigint[], $3::text::int[]) as k(step, time, series)
    join ${rollups} r using (step, time, series)`,
    [
      numberArray(keys.map(({ step }) => step)),
      numberArray(keys.map(({ time }) => time)),
      numberArray(keys.map(({ series }) => series)),
    ],
  );
  for (const row of present.rows) rows.addPresent(row);
  const { rows: moved } = await database.query<{ moved: unknown }>(
    `with turn as (
      update ${state} set compactions = compactions + 1 where compactions = $1::bigint returning 1),
    moved as (
      delete from ${deltas} using turn where id = any($2::text::bigint[]) returning 1),
    merged as (
      insert into ${rollups} (step, time, series, count, sum, min, max, sketch, instances)
      select r.step, r.time, r.series, r.count, r.sum, r.min, r.max, decode(r.sketch, 'base64'),
        string_to_array(r.instances, ' ')::int[]
      from turn, unnest($3::text::int[], $4::text::bigint[], $5::text::int[], $6::text::bigint[], $7::text::float8[],
        $8::text::float8[], $9::text::float8[], $10::text::text[], $11::text::text[])
        as r(step, time, series, count, sum, min, max, sketch, instances)
      on conflict (step, time, series) do update set count = excluded.count, sum = excluded.sum, min = excluded.min,
        max = excluded.max, sketch = excluded.sketch, instances = excluded.instances)
    select (select count(*) from moved)::int as moved`,
    [compactions, numberArray(read.rows.map(({ id }) => Number(id))), ...rows.toArguments()],
  );
  return Number(moved[0]?.moved ?? 0);
}

interface PresentRow {
  readonly step: unknown;
  readonly time: unknown;
  readonly series: unknown;
  readonly count: unknown;
  readonly sum: unknown;
  readonly min: unknown;
  readonly max: unknown;
  readonly sketch: string | null;
  readonly instances: string;
}

interface RollUpRow {
  readonly step: number;
  readonly time: number;
  readonly series: number;
  readonly cell: Cell;
  sketches: SketchSum | undefined;
  readonly instances: Set<number>;
}

/** The rows of roll-ups that some deltas belong to. */
class RollUpRows {
  readonly #rows = new Map<string, RollUpRow>();

  add([series, time, count, sum, min, max, sketch]: DeltaCell, instance: number): void {
    const packed = sketch === null ? undefined : Buffer.from(sketch, 'base64');
    for (const step of Object.values(TIER_STEPS)) {
      const row = this.#rowOf(step, Math.floor(time / step) * step, series);
      merge(row, { count, sum, min, max }, packed);
      row.instances.add(instance);
    }
  }

  addPresent(row: PresentRow): void {
    const [step, time, series] = [Number(row.step), Number(row.time), Number(row.series)];
    const into = this.#rowOf(step, time, series);
    const numbers = {
      count: Number(row.count),
      sum: Number(row.sum),
      min: Number(row.min),
      max: Number(row.max),
    };
    merge(into, numbers, row.sketch === null ? undefined : Buffer.from(row.sketch, 'base64'));
    for (const instance of row.instances.split(' ')) into.instances.add(Number(instance));
  }

  keys(): readonly RollUpRow[] {
    return [...this.#rows.values()];
  }

  toArguments(): unknown[] {
    const rows = this.keys();
    const numbers = (of: (row: RollUpRow) => number): string => numberArray(rows.map(of));
    return [
      numbers(({ step }) => step),
      numbers(({ time }) => time),
      numbers(({ series }) => series),
      numbers(({ cell }) => cell.count),
      numbers(({ cell }) => cell.sum),
      numbers(({ cell }) => cell.min),
      numbers(({ cell }) => cell.max),
      textArray(rows.map(({ sketches }) => sketches && packed(sketches))),
      textArray(rows.map(({ instances }) => [...instances].sort((a, b) => a - b).join(' '))),
    ];
  }

  #rowOf(step: number, time: number, series: number): RollUpRow {
    const key = `${step} ${time} ${series}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = { step, time, series, cell: new Cell(), sketches: undefined, instances: new Set() };
      this.#rows.set(key, row);
    }
    return row;
  }
}

function merge(
  row: RollUpRow,
  numbers: { readonly count: number; readonly sum: number; readonly min: number; readonly max: number },
  packedSketch: Uint8Array | undefined,
): void {
  row.cell.mergeNumbers(numbers);
  if (packedSketch === undefined) return;
  row.sketches ??= new SketchSum();
  row.sketches.add(packedSketch, numbers);
}

function packed(sketches: SketchSum): string {
  return Buffer.from(packSketch(sketches.toSketch().toJSON())).toString('base64');
}
