import type { Cell } from '../history/cell.ts';
import { metricDefinition } from '../history/metric-definition.ts';
import { packSketch } from '../history/packed-sketch.ts';
import { TIER_STEPS } from '../history/reading-plan.ts';
import { RollUp } from '../history/roll-up.ts';
import { nameOf, storableRecord } from '../history/storable-record.ts';
import type {
  BenchmarkRecord,
  DefinitionRecord,
  EventRecord,
  LogRecord,
  MetricRecord,
} from '../log-record.ts';
import { jsonText } from './json-text.ts';
import type { SeriesIds, SeriesName } from './series-ids.ts';
import { numberArray, textArray } from './sql-arrays.ts';

/** A cell of a roll-up as it stands in a delta: series, time, count, sum, min, max, and the sketch in base64. */
export type DeltaCell = readonly [
  series: number,
  time: number,
  count: number,
  sum: number,
  min: number,
  max: number,
  sketch: string | null,
];

type Stored = Exclude<LogRecord, DefinitionRecord>;

/** Records on their way into the database. */
export class Batch {
  readonly #records: Stored[] = [];
  readonly #definitions = new Map<string, DefinitionRecord>();
  /** Records that can't be stored: their time or value is no number. */
  readonly invalid: number;

  constructor(records: readonly LogRecord[]) {
    let invalid = 0;
    for (const given of records) {
      const record = storableRecord(given);
      if (record === undefined) invalid += 1;
      else if (record.kind === 'definition') this.#definitions.set(record.name, record);
      else this.#records.push(record);
    }
    this.invalid = invalid;
  }

  get hasRecords(): boolean {
    return this.#records.length > 0;
  }

  get definitions(): readonly DefinitionRecord[] {
    return [...this.#definitions.values()];
  }

  /** All that the records are of, and the series of lost records. */
  get seriesNames(): readonly SeriesName[] {
    const names = new Map<string, SeriesName>([['lost ', { kind: 'lost', name: '' }]]);
    for (const record of this.#records) {
      const name = nameOf(record);
      names.set(`${record.kind} ${name}`, { kind: record.kind, name });
    }
    for (const name of this.#definitions.keys()) names.set(`metric ${name}`, { kind: 'metric', name });
    return [...names.values()];
  }

  /** Arguments of the statement that updates definitions: ids, definitions, times. */
  definitionArguments(ids: SeriesIds): unknown[] {
    const known = this.definitions.flatMap((definition) => {
      const id = ids.idOf({ kind: 'metric', name: definition.name });
      return id === undefined ? [] : [{ id, definition }];
    });
    return [
      numberArray(known.map(({ id }) => id)),
      textArray(known.map(({ definition }) => jsonText(metricDefinition(definition.name, definition)))),
      numberArray(known.map(({ definition }) => definition.time)),
    ];
  }

  /**
   * What is to be stored of records whose series have ids. Those of others count as lost.
   *
   * @param keepsPoints whether single values are stored too
   */
  rows(ids: SeriesIds, keepsPoints: boolean): BatchRows {
    const rollUp = new RollUp(TIER_STEPS.tenSeconds);
    const points: [MetricRecord, number][] = [];
    const events: [EventRecord, number][] = [];
    const runs: [BenchmarkRecord, number][] = [];
    let refused = 0;
    for (const record of this.#records) {
      const id = ids.idOf({ kind: record.kind, name: nameOf(record) });
      if (id === undefined) {
        rollUp.addLost(record.time, 1);
        refused += 1;
        continue;
      }
      rollUp.add(record);
      if (record.kind === 'event') events.push([record, id]);
      else if (record.kind === 'benchmark') runs.push([record, id]);
      else if (keepsPoints) points.push([record, id]);
    }
    const cells = [...rollUp].flatMap(({ kind, name, cells: byTime }) => {
      const id = ids.idOf({ kind, name });
      return id === undefined ? [] : [...byTime].map(([time, cell]) => deltaCell(id, time, cell));
    });
    const times = cells.map(([, time]) => time);
    return {
      refused,
      arguments: [
        times.reduce((a, b) => Math.min(a, b)),
        times.reduce((a, b) => Math.max(a, b)),
        JSON.stringify(cells),
        numberArray(points.map(([{ time }]) => time)),
        numberArray(points.map(([, id]) => id)),
        numberArray(points.map(([{ value }]) => value)),
        textArray(points.map(([{ context }]) => context && jsonText(context))),
        numberArray(events.map(([{ time }]) => time)),
        numberArray(events.map(([, id]) => id)),
        textArray(events.map(([{ data }]) => jsonText(data ?? {}))),
        numberArray(runs.map(([{ time }]) => time)),
        numberArray(runs.map(([, id]) => id)),
        numberArray(runs.map(([{ durationMs }]) => durationMs)),
        textArray(runs.map(([{ measurements }]) => jsonText(measurements ?? []))),
        textArray(runs.map(([{ context }]) => context && jsonText(context))),
      ],
    };
  }
}

export interface BatchRows {
  /** Records whose series has no room in the database. */
  readonly refused: number;
  /** Of the statement that writes a batch, from the third on. */
  readonly arguments: readonly unknown[];
}

function deltaCell(id: number, time: number, { count, sum, min, max, sketch }: Cell): DeltaCell {
  const packed = sketch && Buffer.from(packSketch(sketch.toJSON())).toString('base64');
  return [id, time, count, sum, min, max, packed ?? null];
}
