import type { Fleet } from '../servers/fleet.ts';
import { BucketQueue, RANKS } from './bucket-queue.ts';
import { DelayEstimates } from './delay-estimates.ts';
import { logScale } from './log-scale.ts';
import type { Strategy, Tried } from './strategy.ts';

/*
 * A server is good enough for a request now and then, for the sake of getting some, when its expected delay is above the
 * least by no more than a quarter, and no more than half a ms: that is within the noise of timers and event loops. What
 * half a ms is by the fleet's mean latency is looked at once in so many requests.
 */
const GOOD_ENOUGH_STEPS = logScale(1.25);
const GOOD_ENOUGH_MS = 0.5;
const LOOK_EVERY = 256;

/* The rank of the fleet's mean latency at weight 1: half-way. 2^16 times less and more are the ends of the ranks. */
const MIDDLE_RANK = RANKS / 2;

/* On the logarithmic scale what one more request makes of the delay, by the requests there are. More count as the most. */
const MOST_IN_FLIGHT = 4095;
const STEPS_IN_FLIGHT = Int32Array.from({ length: MOST_IN_FLIGHT + 1 }, (_, inFlight) =>
  logScale(inFlight + 1),
);

/**
 * The default: the server with the least expected delay, its estimated latency times the requests it would then have
 * in flight, over its weight. The estimates charge failures as slowness and let the unknown and the long unseen
 * stand at the fleet's mean ({@link DelayEstimates}).
 *
 * All servers are compared, not two at random: a queue by the logarithm of the delay, in whole steps, makes that as
 * cheap for a thousand as for ten. Servers whose delays are within a step, some 3 to 6 %, take turns. Estimates also
 * change by themselves while nothing is heard of a server; the ranks of such servers are brought up to date
 * in turn.
 */
export class Adaptive implements Strategy {
  readonly mayStarve = true;
  readonly #fleet: Fleet;
  readonly #estimates = new DelayEstimates();
  readonly #queue = new BucketQueue();
  /* By slot: the rank of its latency over its weight, and what the weight is in that. */
  #idleRank = new Int32Array(16);
  #weightSteps = new Int32Array(16);
  #goodEnoughSteps = GOOD_ENOUGH_STEPS;
  #observations = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  added(slot: number, nowMs: number): void {
    if (slot >= this.#idleRank.length) {
      this.#idleRank = doubled(this.#idleRank);
      this.#weightSteps = doubled(this.#weightSteps);
    }
    this.#estimates.forget(slot, nowMs);
  }

  removed(slot: number): void {
    this.#queue.remove(slot);
  }

  reweighted(slot: number, nowMs: number, fresh: boolean): void {
    if (fresh) this.#estimates.forget(slot, nowMs);
    const weight = this.#fleet.weight[slot] as number;
    if (weight === 0) {
      this.#queue.remove(slot);
      return;
    }
    this.#weightSteps[slot] = MIDDLE_RANK - logScale(weight);
    this.#estimated(slot, this.#estimates.ratio(slot, nowMs));
    if (this.#queue.has(slot)) this.#queue.move(slot, this.#rank(slot));
    // At a random place among equals: otherwise all clients would begin with the same server.
    else this.#queue.add(slot, this.#rank(slot), this.#fleet.anyOpenSlot());
  }

  refresh(slot: number, nowMs: number): void {
    if (!this.#estimates.isStale(slot, nowMs)) return;
    this.#estimated(slot, this.#estimates.ratio(slot, nowMs));
    this.#queue.move(slot, this.#rank(slot));
  }

  pick(_nowMs: number, tried: Tried | undefined): number {
    const slot = this.#queue.first;
    return tried === undefined || !tried.includes(slot) ? slot : this.#queue.firstExcept(tried);
  }

  started(slot: number): void {
    if (this.#isOpen(slot)) this.#queue.move(slot, this.#rank(slot));
  }

  observed(slot: number, nowMs: number, latencyMs: number, failed: boolean): void {
    const estimates = this.#estimates;
    const ratio = failed
      ? estimates.failed(slot, nowMs, latencyMs)
      : estimates.succeeded(slot, nowMs, latencyMs);
    this.#estimated(slot, ratio);
    this.#observations = (this.#observations + 1) % LOOK_EVERY;
    if (this.#observations !== 1) return;
    this.#goodEnoughSteps = GOOD_ENOUGH_STEPS + logScale(1 + GOOD_ENOUGH_MS / this.#estimates.meanMs);
  }

  released(slot: number): void {
    if (this.#isOpen(slot)) this.#queue.move(slot, this.#rank(slot));
  }

  shuns(slot: number): boolean {
    const best = this.#queue.first;
    return this.#rank(slot) > this.#rank(best) + this.#goodEnoughSteps;
  }

  expectedMs(slot: number, nowMs: number): number {
    return (
      this.#estimates.meanMs *
      this.#estimates.ratio(slot, nowMs) *
      ((this.#fleet.inFlight[slot] as number) + 1)
    );
  }

  #isOpen(slot: number): boolean {
    return this.#fleet.weight[slot] !== 0;
  }

  #estimated(slot: number, ratio: number): void {
    this.#idleRank[slot] = logScale(ratio) + (this.#weightSteps[slot] as number);
  }

  #rank(slot: number): number {
    const inFlight = this.#fleet.inFlight[slot] as number;
    const bounded = Math.min(inFlight, MOST_IN_FLIGHT);
    return (this.#idleRank[slot] as number) + (STEPS_IN_FLIGHT[bounded] as number);
  }
}

function doubled(column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(2 * column.length);
  copy.set(column);
  return copy;
}
