import type { Clock } from '@evenkeel/core';

/** One who waits until what was recorded before `position` is safe. */
interface Flush {
  readonly position: number;
  done(isFlushed: boolean): void;
}

/** Those who wait until what was recorded is safe. */
export class Flushes {
  readonly #clock: Pick<Clock, 'setTimeout'>;
  readonly #waiting = new Set<Flush>();

  constructor(clock: Pick<Clock, 'setTimeout'>) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Gives `false` when it takes too long. */
  add(position: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const flush: Flush = {
        position,
        done: (isFlushed) => {
          cancel();
          this.#waiting.delete(flush);
          resolve(isFlushed);
        },
      };
      const cancel = this.#clock.setTimeout(() => flush.done(false), timeoutMs);
      this.#waiting.add(flush);
    });
  }

  /** Those who wait for nothing beyond the position. */
  upTo(position: number): readonly Flush[] {
    return [...this.#waiting].filter((flush) => flush.position <= position);
  }

  giveUp(): void {
    for (const flush of this.#waiting) flush.done(false);
  }
}
