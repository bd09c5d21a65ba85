import { type Clock, systemClock } from '@evenkeel/core';

/* So many records take less than the millisecond that the wall clock tells apart. */
const SHARED_BY = 32;

/* The shortest timer there is: it fires in the next turn of the event loop. */
const SHARED_FOR_MS = 1;

/**
 * The wall time of records. Asking the system costs as much as all else that there is to record, so records that come
 * in one burst share the time of the first: up to 32 of them, within one millisecond or one turn of the event loop,
 * whichever is longer. Any other clock is asked for each record.
 */
export class SharedTime {
  readonly #clock: Pick<Clock, 'now' | 'setTimeout'>;
  readonly #shares: boolean;
  #time = Number.NaN;
  #uses = 0;
  #expires = false;

  /** @param shares whether records may share a time @defaultValue for the system's clock only */
  constructor(clock: Pick<Clock, 'now' | 'setTimeout'>, shares = clock === systemClock) {
    this.#clock = clock;
    this.#shares = shares;
  }

  now(): number {
    if (this.#uses === 0) return this.#read();
    this.#uses -= 1;
    return this.#time;
  }

  #read(): number {
    const time = this.#clock.now();
    // The second within a millisecond: more are to come.
    if (this.#shares && time === this.#time) this.#share();
    this.#time = time;
    return time;
  }

  #share(): void {
    this.#uses = SHARED_BY - 1;
    if (this.#expires) return;
    this.#expires = true;
    this.#clock.setTimeout(this.#expire, SHARED_FOR_MS);
  }

  readonly #expire = (): void => {
    this.#expires = false;
    this.#uses = 0;
  };
}
