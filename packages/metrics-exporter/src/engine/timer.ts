import type { Clock } from '@evenkeel/core';
import type { BucketIndex } from './bucket-index.ts';
import type { FamilyHost } from './family.ts';
import { BucketFamily, HistogramSeries } from './histogram.ts';
import type { BoundTimer, LabelValue, TimerInstrument } from './instruments.ts';
import type { MetricSchema } from './schema.ts';
import type { SeriesOwner } from './series.ts';
import type { SlotPool } from './slot-pool.ts';

type Labels = Readonly<Record<string, LabelValue>>;

/** Takes milliseconds and keeps seconds. */
export class TimerSeries extends HistogramSeries implements BoundTimer {
  readonly #clock: Clock;

  constructor(
    owner: SeriesOwner,
    values: readonly string[],
    buckets: BucketIndex,
    pool: SlotPool,
    clock: Clock,
  ) {
    super(owner, values, buckets, pool);
    this.#clock = clock;
  }

  override observe(ms: number): void {
    if (typeof ms === 'number' && ms >= 0 && ms < Infinity) {
      // Divided rather than multiplied by 0.001, so that 35 ms is in the bucket up to 0.035 s.
      this.record(ms / 1000);
      if (this.owner.watched) this.owner.recorded(this, ms);
    } else {
      this.owner.rejectValue(this, ms, 'finite numbers of at least 0');
    }
  }

  startTimer(): () => number {
    return stopwatch(this.#clock, (ms) => this.observe(ms));
  }
}

export class TimerFamily extends BucketFamily<TimerSeries> implements TimerInstrument<string> {
  readonly type = 'timer';
  readonly #clock: Clock;

  constructor(schema: MetricSchema, host: FamilyHost, buckets: BucketIndex, clock: Clock) {
    super(
      schema,
      host,
      buckets,
      (owner, values, pool) => new TimerSeries(owner, values, buckets, pool, clock),
    );
    this.#clock = clock;
  }

  startTimer(labels?: Partial<Labels>): (labels?: Partial<Labels>) => number {
    return stopwatch(this.#clock, (ms, endLabels: Partial<Labels> | undefined) => {
      const all = endLabels === undefined ? labels : { ...labels, ...endLabels };
      // Labels that are missing at the end are found, and reported, by `find`.
      this.observe(ms, all as Labels | undefined);
    });
  }
}

function stopwatch<More extends readonly unknown[]>(
  clock: Clock,
  record: (ms: number, ...more: More) => void,
): (...more: Partial<More>) => number {
  const startedMs = clock.monotonic();
  let elapsedMs: number | undefined;
  return (...more) => {
    if (elapsedMs === undefined) {
      elapsedMs = clock.monotonic() - startedMs;
      record(elapsedMs, ...(more as unknown as More));
    }
    return elapsedMs;
  };
}
