import type { Clock } from '@evenkeel/core';
import type { TierListener } from '../tier/second-tier.ts';

/** Whether a tier is up or away: tells its listener of changes, and adds up the time away. */
export class Availability {
  readonly #clock: Clock;
  #tell: TierListener['changed'] | undefined;
  /* Not known until it is told for the first time. */
  #state: 'up' | 'away' | undefined;
  #awaySinceMs: number | undefined;
  #awayMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** The time away between start and stop, in ms. */
  get awayMs(): number {
    return this.#awayMs + (this.#awaySinceMs === undefined ? 0 : this.#clock.monotonic() - this.#awaySinceMs);
  }

  start(tell: TierListener['changed']): void {
    this.#tell = tell;
    this.#count(true);
  }

  stop(): void {
    this.#tell = undefined;
    this.#state = undefined;
    this.#count(false);
  }

  /** Returns whether that is a change. */
  up(): boolean {
    if (!this.#tell || this.#state === 'up') return false;
    this.#state = 'up';
    this.#count(false);
    this.#tell({ kind: 'up' });
    return true;
  }

  away(reason: string): void {
    if (!this.#tell || this.#state === 'away') return;
    this.#state = 'away';
    this.#count(true);
    this.#tell({ kind: 'away', reason });
  }

  #count(isAway: boolean): void {
    this.#awayMs = this.awayMs;
    this.#awaySinceMs = isAway ? this.#clock.monotonic() : undefined;
  }
}
