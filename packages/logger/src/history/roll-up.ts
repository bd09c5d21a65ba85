import type { EventRecord, LogRecord } from '../log-record.ts';
import { Cell, type SeriesKind } from './cell.ts';

/**
 * What a logger records in its own stream where records were lost, as Java's Flight Recorder does: an event of this type
 * whose `data.count` says how many.
 */
export const RECORDS_LOST = 'records_lost';

/** One series of a roll-up. */
export interface RolledSeries {
  readonly kind: SeriesKind;
  readonly name: string;
  /** By the start of the step, in ms since 1970. */
  readonly cells: ReadonlyMap<number, Cell>;
}

interface GrowingSeries extends RolledSeries {
  readonly cells: Map<number, Cell>;
  /* Records come mostly in the order of time: the cell of the one before is mostly the one of the next. */
  lastStep: number;
  lastCell: Cell | undefined;
}

/** Records, counted and summed up by series and step of time. Records must be such as `storableRecord` gives. */
export class RollUp {
  readonly #stepMs: number;
  readonly #maxSeries: number;
  #size = 0;
  readonly #series: Readonly<Record<SeriesKind, Map<string, GrowingSeries>>> = {
    metric: new Map(),
    event: new Map(),
    benchmark: new Map(),
    lost: new Map(),
  };

  /** @param maxSeries past it, records of new series count as lost @defaultValue no limit */
  constructor(stepMs: number, maxSeries = Number.POSITIVE_INFINITY) {
    this.#stepMs = stepMs;
    this.#maxSeries = maxSeries;
  }

  /** False where there are too many series already. */
  add(record: LogRecord): boolean {
    switch (record.kind) {
      case 'metric':
        return this.#addValue('metric', record.name, record.time, record.value);
      case 'benchmark':
        return this.#addValue('benchmark', record.id, record.time, record.durationMs);
      case 'event':
        if (record.type === RECORDS_LOST) this.addLost(record.time, countIn(record));
        return this.#addValue('event', record.type, record.time, 1);
      case 'definition':
        return true;
    }
  }

  addLost(time: number, count: number): void {
    if (count > 0) this.#addValue('lost', '', time, count);
  }

  *[Symbol.iterator](): Iterator<RolledSeries> {
    for (const byName of Object.values(this.#series)) yield* byName.values();
  }

  #addValue(kind: SeriesKind, name: string, time: number, value: number): boolean {
    const byName = this.#series[kind];
    let series = byName.get(name);
    if (series === undefined) {
      if (this.#size >= this.#maxSeries && kind !== 'lost') {
        this.addLost(time, 1);
        return false;
      }
      series = { kind, name, cells: new Map(), lastStep: Number.NaN, lastCell: undefined };
      byName.set(name, series);
      this.#size += 1;
    }
    const step = Math.floor(time / this.#stepMs) * this.#stepMs;
    let cell = step === series.lastStep ? series.lastCell : series.cells.get(step);
    if (cell === undefined) {
      cell = Cell.of(kind);
      series.cells.set(step, cell);
    }
    series.lastStep = step;
    series.lastCell = cell;
    cell.add(value);
    return true;
  }
}

function countIn({ data }: EventRecord): number {
  const count = data?.count;
  return typeof count === 'number' && Number.isSafeInteger(count) ? count : 0;
}
