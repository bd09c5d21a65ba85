import { QuantileSketch } from '@evenkeel/core/statistics';
import type { Aggregate } from './rule.ts';

/* The window moves on by a twelfth of itself: five seconds of a minute. */
const SLOTS = 12;
/* Half the memory of the finer sketch, and still finer than any threshold is set. */
const RELATIVE_ERROR = 0.02;

const QUANTILES: Readonly<Partial<Record<Aggregate, number>>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };

/** The part of a window that was observed in one twelfth of it. */
class Slot {
  index = Number.NaN;
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  readonly sketch: QuantileSketch | undefined;

  constructor(hasSketch: boolean) {
    this.sketch = hasSketch ? new QuantileSketch({ relativeError: RELATIVE_ERROR }) : undefined;
  }

  begin(index: number): void {
    this.index = index;
    this.count = 0;
    this.sum = 0;
    this.min = Number.POSITIVE_INFINITY;
    this.max = Number.NEGATIVE_INFINITY;
    this.sketch?.reset();
  }

  add(value: number): void {
    this.count += 1;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    this.sketch?.add(value);
  }
}

/** One value made of the observations of the last `windowMs`, in bounded memory; quantiles within 2 %. */
export class WindowAggregate {
  readonly #aggregate: Exclude<Aggregate, 'last'>;
  readonly #quantile: number | undefined;
  readonly #slotMs: number;
  readonly #slots: Slot[] = [];

  constructor(aggregate: Exclude<Aggregate, 'last'>, windowMs: number) {
    this.#aggregate = aggregate;
    this.#quantile = QUANTILES[aggregate];
    this.#slotMs = windowMs / SLOTS;
  }

  add(value: number, at: number): void {
    const index = Math.floor(at / this.#slotMs);
    // Engine times may lie before its start, where an observation was made earlier.
    const slot = this.#slots.find((each) => each.index === index) ?? this.#begin(index);
    slot?.add(value);
  }

  /** `undefined` where the observation is older than all slots. */
  #begin(index: number): Slot | undefined {
    let slot = this.#slots.length < SLOTS ? undefined : oldestOf(this.#slots);
    if (slot && slot.index > index) return undefined;
    if (!slot) {
      slot = new Slot(this.#quantile !== undefined);
      this.#slots.push(slot);
    }
    slot.begin(index);
    return slot;
  }

  /** `undefined` where nothing was observed; a count and a sum are 0 then. */
  value(now: number): number | undefined {
    const last = Math.floor(now / this.#slotMs);
    const slots = this.#slots.filter(({ index }) => index > last - SLOTS && index <= last);
    const count = slots.reduce((sum, slot) => sum + slot.count, 0);
    if (this.#aggregate === 'count') return count;
    if (this.#aggregate === 'sum') return slots.reduce((sum, slot) => sum + slot.sum, 0);
    if (count === 0) return undefined;
    if (this.#aggregate === 'min') return Math.min(...slots.map(({ min }) => min));
    if (this.#aggregate === 'max') return Math.max(...slots.map(({ max }) => max));
    if (this.#quantile === undefined) return slots.reduce((sum, slot) => sum + slot.sum, 0) / count;
    const merged = new QuantileSketch({ relativeError: RELATIVE_ERROR });
    for (const { sketch } of slots) if (sketch) merged.merge(sketch);
    return merged.quantile(this.#quantile);
  }
}

function oldestOf(slots: readonly Slot[]): Slot | undefined {
  return slots.reduce<Slot | undefined>(
    (oldest, slot) => (oldest && oldest.index < slot.index ? oldest : slot),
    undefined,
  );
}
