import { QuantileSketch, RingBuffer } from '@evenkeel/core';

/** How long something takes, in ms. NaN where there was nothing. */
export interface TimesMs {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** What was seen in a time, its parts summed. */
export interface Measured {
  readonly spanMs: number;
  readonly requested: number;
  readonly released: number;
  readonly timeouts: number;
  readonly failures: number;
  /** Connections in use times ms. */
  readonly inUseMs: number;
  readonly waitingMs: number;
  readonly waits: TimesMs;
  readonly holds: TimesMs;
  readonly queries: TimesMs;
}

/** What is kept of a part of the window when it is over. */
export interface PastSlot {
  readonly atMs: number;
  readonly peakInUse: number;
  /** Median time of its queries in ms; NaN where there was none. */
  readonly queryMs: number;
}

const SLOTS = 12;

/* An hour of slots of 5 s. */
const PAST = 720;

const SKETCH = { relativeError: 0.02 };

class Slot {
  readonly startMs: number;
  requested = 0;
  released = 0;
  timeouts = 0;
  failures = 0;
  inUseMs = 0;
  waitingMs = 0;
  peakInUse = 0;
  readonly waits = new QuantileSketch(SKETCH);
  readonly holds = new QuantileSketch(SKETCH);
  readonly queries = new QuantileSketch(SKETCH);

  constructor(startMs: number) {
    this.startMs = startMs;
  }
}

/** Counts of the last minute or so, in slots that are dropped one by one, and little of each for an hour more. */
export class MeasurementWindow {
  readonly #createdMs: number;
  readonly #slotMs: number;
  readonly #slots: RingBuffer<Slot>;
  readonly #past = new RingBuffer<PastSlot>(PAST);
  #current: Slot;

  constructor(windowMs: number, nowMs: number) {
    this.#createdMs = nowMs;
    this.#slotMs = windowMs / SLOTS;
    this.#slots = new RingBuffer(SLOTS);
    this.#current = new Slot(nowMs);
    this.#slots.push(this.#current);
  }

  /** Where to count now. Whoever keeps integrals brings them up to date before each change of what is integrated. */
  at(nowMs: number): Slot {
    if (nowMs >= this.#current.startMs + this.#slotMs) this.#roll(nowMs);
    return this.#current;
  }

  /** When the slot of now ends. */
  get endsMs(): number {
    return this.#current.startMs + this.#slotMs;
  }

  /** Over the last window. */
  measured(nowMs: number): Measured {
    this.at(nowMs);
    // Slots in which nothing was seen are not there, but their time has passed.
    const fromMs = Math.max(this.#createdMs, this.#current.startMs - (SLOTS - 1) * this.#slotMs);
    const slots = this.#slots.toArray().filter(({ startMs }) => startMs >= fromMs - this.#slotMs / 2);
    const sum = (of: (slot: Slot) => number): number => slots.reduce((total, slot) => total + of(slot), 0);
    return {
      spanMs: nowMs - fromMs,
      requested: sum(({ requested }) => requested),
      released: sum(({ released }) => released),
      timeouts: sum(({ timeouts }) => timeouts),
      failures: sum(({ failures }) => failures),
      inUseMs: sum(({ inUseMs }) => inUseMs),
      waitingMs: sum(({ waitingMs }) => waitingMs),
      waits: timesOf(slots.map(({ waits }) => waits)),
      holds: timesOf(slots.map(({ holds }) => holds)),
      queries: timesOf(slots.map(({ queries }) => queries)),
    };
  }

  /** The slots that are over and began in a time, oldest first. */
  past(fromMs: number, toMs: number): PastSlot[] {
    return this.#past.toArray().filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  }

  #roll(nowMs: number): void {
    const { startMs, peakInUse, queries } = this.#current;
    this.#past.push({ atMs: startMs, peakInUse, queryMs: queries.quantile(0.5) });
    // On the grid, however long nothing was seen.
    const passed = Math.floor((nowMs - startMs) / this.#slotMs);
    this.#current = new Slot(startMs + passed * this.#slotMs);
    this.#slots.push(this.#current);
  }
}

function timesOf(sketches: readonly QuantileSketch[]): TimesMs {
  const all = new QuantileSketch(SKETCH);
  for (const each of sketches) all.merge(each);
  return {
    count: all.count,
    mean: all.mean,
    p50: all.quantile(0.5),
    p95: all.quantile(0.95),
    p99: all.quantile(0.99),
    max: all.max,
  };
}
