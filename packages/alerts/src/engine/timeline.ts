import type { Clock } from '@evenkeel/core';

/**
 * The engine's own time. Durations must neither jump nor stand still when the wall clock is set, so that it counts
 * by the monotonic clock; what people read is wall time.
 */
export class Timeline {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#clock = clock;
  }

  /** In ms from an arbitrary start. */
  now(): number {
    return this.#clock.monotonic();
  }

  /** In ms since 1970. */
  wallNow(): number {
    return this.#clock.now();
  }

  /** The engine's time of a wall time; of one that is still to come, now. */
  fromWall(wallMs: number): number {
    return this.now() - Math.max(0, this.wallNow() - wallMs);
  }

  /** The wall time of the engine's time, by the wall clock as it is set now. */
  toWall(timeMs: number): number {
    return this.wallNow() - (this.now() - timeMs);
  }
}
