import { QuantileSketch } from '@evenkeel/core/statistics';

/** Of all quantiles that histories give: 1 %. */
export const RELATIVE_ERROR = 0.01;

/** Count, sum and extremes of some values. */
export interface CellNumbers {
  readonly count: number;
  /** Finite: it stops at the largest number. */
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** What is left of the values of one series in one step of time. */
export class Cell implements CellNumbers {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  /** Of metrics only. */
  readonly sketch: QuantileSketch | undefined;

  constructor(sketch?: QuantileSketch) {
    this.sketch = sketch;
  }

  /** An empty one: with a sketch for a series whose quantiles are asked for. */
  static of(kind: SeriesKind): Cell {
    return new Cell(kind === 'metric' ? new QuantileSketch({ relativeError: RELATIVE_ERROR }) : undefined);
  }

  add(value: number): void {
    this.count += 1;
    this.sum = boundedSum(this.sum + value);
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    this.sketch?.add(value);
  }

  /** Takes in the values of another cell of the same series. */
  merge(other: Cell): void {
    this.mergeNumbers(other);
    if (other.sketch !== undefined) this.sketch?.merge(other.sketch);
  }

  mergeNumbers({ count, sum, min, max }: CellNumbers): void {
    this.count += count;
    this.sum = boundedSum(this.sum + sum);
    if (min < this.min) this.min = min;
    if (max > this.max) this.max = max;
  }
}

/**
 * What is counted: values of a metric, events of a type, runs of a benchmark (their durations), and records that were
 * lost (how many, as values of the one series named '').
 */
export type SeriesKind = 'metric' | 'event' | 'benchmark' | 'lost';

/** A sum that stops at the largest number rather than become infinite. */
export function boundedSum(sum: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, sum));
}
