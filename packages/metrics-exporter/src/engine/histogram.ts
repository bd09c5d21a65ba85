import type { BoundHistogram } from '@evenkeel/core';
import type { BucketIndex } from './bucket-index.ts';
import { Family, type FamilyHost } from './family.ts';
import type { HistogramInstrument, LabelValue } from './instruments.ts';
import type { MetricSchema } from './schema.ts';
import { Series, type SeriesOwner } from './series.ts';
import { SlotPool } from './slot-pool.ts';

/** Keeps a count for each bucket and, behind them, the sum; the count of all is the counts' total. */
export class HistogramSeries extends Series implements BoundHistogram {
  readonly #buckets: BucketIndex;
  readonly #pool: SlotPool;
  #page: Float64Array;
  #offset: number;

  constructor(owner: SeriesOwner, values: readonly string[], buckets: BucketIndex, pool: SlotPool) {
    super(owner, values);
    this.#buckets = buckets;
    this.#pool = pool;
    const { page, offset } = pool.take();
    this.#page = page;
    this.#offset = offset;
  }

  observe(value: number): void {
    // The difference is NaN for NaN and the infinities, which would spoil the sum for good.
    if (typeof value === 'number' && value - value === 0) {
      this.record(value);
      if (this.owner.watched) this.owner.recorded(this, value);
    } else {
      this.owner.rejectValue(this, value, 'finite numbers');
    }
  }

  /** Takes a finite number in the unit of the bounds. */
  protected record(value: number): void {
    const page = this.#page;
    const bucket = this.#offset + this.#buckets.of(value);
    const sum = this.#offset + this.#buckets.bounds.length;
    page[bucket] = (page[bucket] ?? 0) + 1;
    page[sum] = (page[sum] ?? 0) + value;
  }

  /** Counts of the buckets, each including those below, `+Inf` last: so the last is the count of all. */
  cumulative(): number[] {
    let total = 0;
    const counts: number[] = [];
    for (let bucket = 0; bucket < this.#buckets.bounds.length; bucket++) {
      total += this.#page[this.#offset + bucket] ?? 0;
      counts.push(total);
    }
    return counts;
  }

  get sum(): number {
    return this.#page[this.#offset + this.#buckets.bounds.length] ?? 0;
  }

  override reset(): void {
    this.#page.fill(0, this.#offset, this.#offset + slotWidth(this.#buckets));
  }

  /** The slot goes to another series, so handles to this one get numbers of their own. */
  override detach(): void {
    this.#pool.give({ page: this.#page, offset: this.#offset });
    this.#page = new Float64Array(slotWidth(this.#buckets));
    this.#offset = 0;
  }
}

/** The metrics with buckets: they differ in the series. */
export abstract class BucketFamily<S extends HistogramSeries> extends Family<S> {
  constructor(
    schema: MetricSchema,
    host: FamilyHost,
    buckets: BucketIndex,
    create: (owner: SeriesOwner, values: readonly string[], pool: SlotPool) => S,
  ) {
    const pool = new SlotPool(slotWidth(buckets));
    super(schema, host, (owner, values) => create(owner, values, pool));
  }

  observe(value: number, labels?: Readonly<Record<string, LabelValue>>): void {
    (labels === undefined && this.only !== undefined ? this.only : this.find(labels)).observe(value);
  }
}

export class HistogramFamily extends BucketFamily<HistogramSeries> implements HistogramInstrument<string> {
  readonly type = 'histogram';

  constructor(schema: MetricSchema, host: FamilyHost, buckets: BucketIndex) {
    super(schema, host, buckets, (owner, values, pool) => new HistogramSeries(owner, values, buckets, pool));
  }
}

function slotWidth({ bounds }: BucketIndex): number {
  return bounds.length + 1;
}
