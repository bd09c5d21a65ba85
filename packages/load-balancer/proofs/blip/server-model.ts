import type { VirtualClock } from '@evenkeel/core';

/* Requests that a server works on at once; further ones wait in turn. */
const WORKERS = 4;

/* How the logarithm of a service time scatters. */
const SIGMA = 1;

/** A server that works on everything it was sent, whether or not anybody still waits for it. */
export class ServerModel {
  readonly #clock: VirtualClock;
  readonly #random: () => number;
  readonly #meanMs: number;
  readonly #waiting: (() => void)[] = [];
  /* Of `#waiting`: those before were served. */
  #next = 0;
  #busy = 0;
  /** How many times slower it is than usual. */
  slowness = 1;
  /** Whether it answers everything with an error, at once. */
  isFailing = false;

  constructor(clock: VirtualClock, random: () => number, meanMs: number) {
    this.#clock = clock;
    this.#random = random;
    this.#meanMs = meanMs;
  }

  /** Requests per ms that it can serve at most. */
  get capacity(): number {
    return WORKERS / this.#meanMs;
  }

  /** Requests that wait there. */
  get queued(): number {
    return this.#waiting.length - this.#next;
  }

  serve(): Promise<void> {
    if (this.isFailing) {
      return new Promise((_, reject) => {
        this.#clock.setTimeout(() => reject(new Error('out of order')), 1);
      });
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#begin();
    });
  }

  #begin(): void {
    if (this.#busy === WORKERS) return;
    const done = this.#waiting[this.#next];
    if (!done) return;
    this.#next += 1;
    if (this.#next === 1000) {
      this.#waiting.splice(0, this.#next);
      this.#next = 0;
    }
    this.#busy += 1;
    const scatter = Math.exp(SIGMA * gaussian(this.#random) - SIGMA ** 2 / 2);
    this.#clock.setTimeout(
      () => {
        this.#busy -= 1;
        done();
        this.#begin();
      },
      this.#meanMs * this.slowness * scatter,
    );
  }
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
