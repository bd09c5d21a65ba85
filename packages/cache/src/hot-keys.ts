/** A key and how often it is read. */
export interface HotKey {
  readonly key: string;
  /** Estimated hits since the cache was made: sampled, and never less than were sampled. */
  readonly hits: number;
}

/* One hit in so many is looked at, at random distances, so that no rhythm of the application can hide from it. */
const MEAN_GAP = 256;

/* Space-Saving finds every key that has more than 1 / CAPACITY of all samples. */
const CAPACITY = 128;

/**
 * The keys that are read most, from a sample of the hits: the Space-Saving algorithm (Metwally, Agrawal, El Abbadi:
 * Efficient computation of frequent and top-k elements in data streams, ICDT 2005).
 */
export class HotKeys {
  readonly #random: () => number;
  readonly #counts = new Map<string, number>();
  /* No count is less than this, and before the cursor all are more. */
  #least = 1;
  #cursor = this.#counts.entries();

  constructor(random: () => number) {
    this.#random = random;
  }

  /** How many hits to leave out before the next sample. */
  gap(): number {
    return 1 + Math.floor(this.#random() * (2 * MEAN_GAP - 1));
  }

  add(key: string): void {
    const count = this.#counts.get(key);
    if (count !== undefined) {
      this.#counts.set(key, count + 1);
    } else if (this.#counts.size < CAPACITY) {
      this.#counts.set(key, 1);
    } else {
      this.#counts.delete(this.#rarest());
      this.#counts.set(key, this.#least + 1);
    }
  }

  top(count: number): readonly HotKey[] {
    return [...this.#counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, count)
      .map(([key, samples]) => ({ key, hits: samples * MEAN_GAP }));
  }

  /** A key whose count is the least: looks at each key once for each step of that count. */
  #rarest(): string {
    for (;;) {
      for (const [key, count] of this.#cursor) if (count === this.#least) return key;
      this.#least++;
      this.#cursor = this.#counts.entries();
    }
  }
}
