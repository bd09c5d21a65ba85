import type { VirtualClock } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';

export const COMPONENTS = 20;

/* What an action takes, just short of 2 s so that a look 2 s later sees its effect; and for how long resumed work
   costs double. */
const ACTION_MS = 1990;
const WARM_UP_MS = 3000;
const STEP_MS = 100;

/* In parts of the capacity: what the essential load is by itself, and all background work together. */
const ESSENTIAL_BASE = 0.2;
const BACKGROUND = 1;

/* Bursts of the essential load, about every 200 s. */
const BURST = { everyMs: 200_000, lengthMs: 30_000, height: 0.33 };

/* Its noise: a first-order autoregressive process. */
const NOISE = { deviation: 0.03, correlationMs: 20_000 };

interface Work {
  /** What the whole of it costs. */
  readonly cost: number;
  share: number;
  /** What was added by the last raise, and until when that costs double. */
  added: number;
  warmUntilMs: number;
}

export interface Outcome {
  /** Part of the time in which more was demanded than there is. */
  readonly overloaded: number;
  /** Background work done, as a part of what a perfect controller could have done. */
  readonly feasible: number;
}

/**
 * An essential load with bursts, and 20 background components that could fill the machine by themselves. When
 * more is demanded than there is, background work progresses with what the essential load leaves.
 */
export class Machine {
  readonly #clock: VirtualClock;
  readonly #random: () => number;
  readonly #works: Work[];
  #noise = 0;
  #burst = 0;
  #burstEndsMs = 0;
  #nextBurstMs: number;
  #essentialDemand = ESSENTIAL_BASE;
  #sinceRead = { sum: 0, steps: 0 };
  #totals = { steps: 0, overloaded: 0, done: 0, feasible: 0 };

  constructor(clock: VirtualClock, seed: number) {
    this.#clock = clock;
    this.#random = seededRandom(seed);
    const weights = Array.from({ length: COMPONENTS }, () => 0.5 + this.#random());
    const sum = weights.reduce((total, weight) => total + weight, 0);
    this.#works = weights.map((weight) => ({
      cost: (BACKGROUND * weight) / sum,
      share: 1,
      added: 0,
      warmUntilMs: 0,
    }));
    this.#nextBurstMs = this.#exponential(BURST.everyMs);
    clock.setInterval(() => this.#step(), STEP_MS);
  }

  /** What is demanded right now, in parts of the capacity. */
  get demand(): number {
    const { background, warmUp } = this.#backgroundDemand();
    return this.#essentialDemand + background + warmUp;
  }

  /** Mean demand since it was last asked for: what a sensor sees. */
  readMeanDemand(): number {
    const { sum, steps } = this.#sinceRead;
    this.#sinceRead = { sum: 0, steps: 0 };
    return steps === 0 ? this.demand : sum / steps;
  }

  /** Has an effect after the time that actions take. */
  setShare(index: number, share: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimeout(() => {
        const work = this.#works[index];
        if (work && share > work.share) {
          work.added = share - work.share;
          work.warmUntilMs = this.#clock.monotonic() + WARM_UP_MS;
        } else if (work) {
          work.added = 0;
        }
        if (work) work.share = share;
        resolve();
      }, ACTION_MS);
    });
  }

  outcome(): Outcome {
    const { steps, overloaded, done, feasible } = this.#totals;
    return { overloaded: overloaded / steps, feasible: done / feasible };
  }

  #step(): void {
    const essential = this.#essential(this.#clock.monotonic());
    this.#essentialDemand = essential;
    const { background, warmUp } = this.#backgroundDemand();
    const demand = essential + background + warmUp;
    this.#sinceRead.sum += demand;
    this.#sinceRead.steps += 1;
    const served = demand <= 1 ? 1 : (1 - essential) / (background + warmUp);
    this.#totals.steps += 1;
    this.#totals.overloaded += demand > 1 ? 1 : 0;
    this.#totals.done += background * served;
    this.#totals.feasible += Math.min(BACKGROUND, 1 - essential);
  }

  #backgroundDemand(): { readonly background: number; readonly warmUp: number } {
    const nowMs = this.#clock.monotonic();
    let background = 0;
    let warmUp = 0;
    for (const { cost, share, added, warmUntilMs } of this.#works) {
      background += cost * share;
      if (nowMs < warmUntilMs) warmUp += cost * added;
    }
    return { background, warmUp };
  }

  #essential(nowMs: number): number {
    if (nowMs >= this.#nextBurstMs) {
      this.#burst = BURST.height * (0.7 + 0.6 * this.#random());
      this.#burstEndsMs = nowMs + BURST.lengthMs * (0.6 + 0.8 * this.#random());
      this.#nextBurstMs = this.#burstEndsMs + this.#exponential(BURST.everyMs - BURST.lengthMs);
    }
    const kept = Math.exp(-STEP_MS / NOISE.correlationMs);
    this.#noise = kept * this.#noise + NOISE.deviation * Math.sqrt(1 - kept * kept) * this.#normal();
    const burst = nowMs < this.#burstEndsMs ? this.#burst : 0;
    return Math.min(0.95, Math.max(0.05, ESSENTIAL_BASE + burst + this.#noise));
  }

  #exponential(mean: number): number {
    return -Math.log(1 - this.#random()) * mean;
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }
}
