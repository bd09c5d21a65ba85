import type { Invalidation } from '../tier/second-tier.ts';

const ALL: Invalidation = { kind: 'all' };

/**
 * Invalidations that Redis has not acknowledged, each once. Beyond its bound they become one of everything, which
 * holds them all.
 */
export class PendingInvalidations {
  readonly #max: number;
  /* By what they say, with the number of when that was last said. */
  readonly #byText = new Map<string, { readonly invalidation: Invalidation; readonly turn: number }>();
  #turn = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#byText.size;
  }

  add(invalidations: readonly Invalidation[]): void {
    for (const invalidation of invalidations) this.#add(invalidation);
  }

  /** Up to `count` of them, and what to call once they are acknowledged: said again meanwhile, they stay. */
  take(count: number): { readonly invalidations: readonly Invalidation[]; readonly done: () => void } {
    const taken = [...this.#byText].slice(0, count);
    return {
      invalidations: taken.map(([, { invalidation }]) => invalidation),
      done: () => {
        for (const [text, { turn }] of taken) {
          if (this.#byText.get(text)?.turn === turn) this.#byText.delete(text);
        }
      },
    };
  }

  #add(invalidation: Invalidation): void {
    this.#turn += 1;
    const all = JSON.stringify(ALL);
    const text = this.#byText.has(all) ? all : JSON.stringify(invalidation);
    const isNew = !this.#byText.has(text);
    if (text === all || (isNew && this.#byText.size >= this.#max)) {
      this.#byText.clear();
      this.#byText.set(all, { invalidation: ALL, turn: this.#turn });
    } else {
      this.#byText.set(text, { invalidation, turn: this.#turn });
    }
  }
}
