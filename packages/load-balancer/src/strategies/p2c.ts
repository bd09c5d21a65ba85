import type { Fleet } from '../servers/fleet.ts';
import type { Strategy, Tried } from './strategy.ts';
import { WeightedDraw } from './weighted-draw.ts';

/* How long a peak is remembered, as in Finagle: after so long it counts a third. */
const DECAY_MS = 10_000;
/* The fleet's mean goes by so many requests. */
const FLEET_REQUESTS = 128;
/* A failure makes the server seem this many times as slow, and so does each further one, up to a limit. */
const FAILURE_FACTOR = 2.5;
const MOST_FACTOR = 64;
/* A success takes away this part of what failures have added. */
const FORGIVEN = 0.25;
/* A server is not needed for the sake of getting some traffic when its cost is this many times the mean. */
const SHUNNED_ABOVE = 4;

/* What was measured of a server; none for one that has answered nothing yet. */
interface Measured {
  peakMs: number;
  /* What its latency is multiplied by for its failures: 1 for none. */
  failures: number;
  atMs: number;
}

/**
 * The better of two servers drawn at random in proportion to their weights (M. Mitzenmacher, "The Power of Two Choices
 * in Randomized Load Balancing", 2001), by peak EWMA as in Twitter's Finagle: a latency above the average becomes the
 * average at once, and is forgotten slowly; times the requests in flight there, the new one included. Failures count
 * as slow; a server of which nothing is known, or nothing new, counts as average. Constant time.
 */
export class PowerOfTwoChoices implements Strategy {
  readonly mayStarve = true;
  readonly #fleet: Fleet;
  readonly #draw = new WeightedDraw();
  readonly #measured: (Measured | undefined)[] = [];
  /* The mean of the servers' peak averages, by traffic: peaks are not to be compared with mean latencies. */
  #meanMs = 1;
  #successes = 0;
  #inFlight = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  added(slot: number): void {
    this.#measured[slot] = undefined;
  }

  removed(slot: number): void {
    this.#measured[slot] = undefined;
  }

  reweighted(slot: number, _nowMs: number, fresh: boolean): void {
    if (fresh) this.#measured[slot] = undefined;
    this.#draw.set(slot, this.#fleet.weight[slot] as number);
  }

  pick(nowMs: number, tried: Tried | undefined): number {
    const { random } = this.#fleet;
    const slot = this.#draw.drawExcept(random, tried);
    if (slot === -1) return -1;
    const other = this.#draw.drawExcept(random, tried);
    if (other === slot) return slot;
    return this.#cost(other, nowMs) < this.#cost(slot, nowMs) ? other : slot;
  }

  started(): void {
    this.#inFlight += 1;
  }

  observed(slot: number, nowMs: number, latencyMs: number, failed: boolean): void {
    const before = this.#measured[slot];
    const measured = before ?? { peakMs: failed ? this.#meanMs : 0, failures: 1, atMs: nowMs };
    this.#measured[slot] = measured;
    if (latencyMs >= measured.peakMs) measured.peakMs = latencyMs;
    // That a failure was fast says nothing good of the server.
    else if (!failed) {
      const kept = Math.exp((measured.atMs - nowMs) / DECAY_MS);
      measured.peakMs = latencyMs + (measured.peakMs - latencyMs) * kept;
    }
    measured.failures = failed
      ? Math.min(MOST_FACTOR, measured.failures * FAILURE_FACTOR)
      : measured.failures - (measured.failures - 1) * FORGIVEN;
    measured.atMs = nowMs;
    if (failed) return;
    this.#successes = Math.min(this.#successes + 1, FLEET_REQUESTS);
    this.#meanMs += (measured.peakMs - this.#meanMs) / this.#successes;
  }

  released(): void {
    this.#inFlight -= 1;
  }

  shuns(slot: number, nowMs: number): boolean {
    const mean = this.#meanMs * (1 + this.#inFlight / this.#fleet.open);
    return this.#cost(slot, nowMs) > SHUNNED_ABOVE * mean;
  }

  expectedMs(slot: number, nowMs: number): number {
    return this.#latencyMs(slot, nowMs) * (1 + (this.#fleet.inFlight[slot] as number));
  }

  /* Between idle servers the weight has been regarded in drawing; requests in flight mean less to a larger one. */
  #cost(slot: number, nowMs: number): number {
    const { inFlight, weight, open, totalWeight } = this.#fleet;
    const load = ((inFlight[slot] as number) * totalWeight) / (open * (weight[slot] as number));
    return this.#latencyMs(slot, nowMs) * (1 + load);
  }

  #latencyMs(slot: number, nowMs: number): number {
    const measured = this.#measured[slot];
    if (measured === undefined) return this.#meanMs;
    const known = Math.exp((measured.atMs - nowMs) / DECAY_MS);
    const peakMs = this.#meanMs + (measured.peakMs - this.#meanMs) * known;
    return peakMs * (1 + (measured.failures - 1) * known);
  }
}
