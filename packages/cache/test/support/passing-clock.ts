import { type Clock, VirtualClock } from '@evenkeel/core';

/** A virtual clock on which looking at the time takes some of it, as work does. Between timers it stands still. */
export class PassingClock extends VirtualClock implements Clock {
  readonly #lookMs: number;
  #passedMs = 0;
  /** How often the time was looked at. */
  looks = 0;

  constructor(lookMs: number) {
    super();
    this.#lookMs = lookMs;
  }

  override monotonic(): number {
    this.looks++;
    this.#passedMs += this.#lookMs;
    return super.monotonic() + this.#passedMs;
  }
}
