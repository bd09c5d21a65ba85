import { type BoundHistogram, QuantileSketch } from '@evenkeel/core';
import { DurationWindow } from './duration-window.ts';

/** What recordings under names past the bound are counted as. */
export const OVERFLOW_NAME = '(other)';

/* Twice what is kept overall, for half of the memory: there are up to ten sketches for each name. */
const RELATIVE_ERROR = 0.02;

/** A name and what was recorded under it. */
export interface NamedWindow {
  readonly name: string;
  readonly window: DurationWindow;
  readonly histogram: BoundHistogram;
}

export interface NamedDurationsOptions {
  readonly maxNames: number;
  readonly windowMs: number;
  readonly targetMs: number;
  /** The metric of a name; called once for each name that is admitted. */
  readonly histogramOf: (name: string) => BoundHistogram;
}

/**
 * Durations by name, for a bounded number of names. When all places are taken, one whose name has not been
 * recorded for a whole window is given up; without one, new names share the overflow entry.
 */
export class NamedDurations {
  readonly #options: NamedDurationsOptions;
  /* Two levels, so that "GET" and "/users/:id" need not be joined to a string for each request. */
  readonly #byName = new Map<string, Map<string, NamedWindow>>();
  readonly #scratch = new QuantileSketch({ relativeError: RELATIVE_ERROR });
  #size = 0;
  #evicted = 0;
  #overflow: NamedWindow | undefined;
  #nextEvictionMs = -Infinity;

  constructor(options: NamedDurationsOptions) {
    this.#options = options;
  }

  /** Names given up for new ones. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Recordings that fell into the overflow entry since the start. */
  get overflowed(): number {
    return this.#overflow?.window.count ?? 0;
  }

  /** @param qualifier goes before the name: a method; `''` for none */
  record(nowMs: number, durationMs: number, success: boolean, name: string, qualifier: string): void {
    const entry = this.#byName.get(name)?.get(qualifier) ?? this.#admit(nowMs, name, qualifier);
    entry.window.record(nowMs, durationMs, success);
    entry.histogram.observe(durationMs / 1000);
  }

  /** All names, the overflow entry last. */
  entries(): NamedWindow[] {
    const entries = [...this.#byName.values()].flatMap((byQualifier) => [...byQualifier.values()]);
    return this.#overflow ? [...entries, this.#overflow] : entries;
  }

  #admit(nowMs: number, name: string, qualifier: string): NamedWindow {
    if (this.#size >= this.#options.maxNames) this.#evict(nowMs);
    if (this.#size >= this.#options.maxNames) {
      this.#overflow ??= this.#create(OVERFLOW_NAME);
      return this.#overflow;
    }
    const entry = this.#create(qualifier === '' ? name : `${qualifier} ${name}`);
    const byQualifier = this.#byName.get(name) ?? new Map<string, NamedWindow>();
    this.#byName.set(name, byQualifier);
    byQualifier.set(qualifier, entry);
    this.#size += 1;
    return entry;
  }

  #evict(nowMs: number): void {
    // Not at every new name: under a flood of them looking through all would cost more than recording.
    if (nowMs < this.#nextEvictionMs) return;
    this.#nextEvictionMs = nowMs + this.#options.windowMs / 10;
    for (const [name, byQualifier] of this.#byName) {
      for (const [qualifier, { window }] of byQualifier) {
        if (nowMs - window.lastMs < this.#options.windowMs) continue;
        byQualifier.delete(qualifier);
        this.#size -= 1;
        this.#evicted += 1;
      }
      if (byQualifier.size === 0) this.#byName.delete(name);
    }
  }

  #create(name: string): NamedWindow {
    const { windowMs, targetMs, histogramOf } = this.#options;
    return {
      name,
      window: new DurationWindow({ windowMs, targetMs, scratch: this.#scratch }),
      histogram: histogramOf(name),
    };
  }
}
