import type { Fleet } from '../servers/fleet.ts';
import { DelayEstimates } from './delay-estimates.ts';
import type { Strategy, Tried } from './strategy.ts';

/* A server is not needed for the sake of getting some traffic when its delay is this many times the mean. */
const SHUNNED_ABOVE = 4;

/**
 * The server with the least expected delay: its average latency, times the requests in flight there with the new one
 * included, by weight. Latency alone would send everything to one server until it is slow, and nothing there ever
 * after. Failures count as slow; a server of which nothing is known, or nothing new, counts as average
 * ({@link DelayEstimates}).
 *
 * All servers are looked at for each request, and the least delay is the least exactly: for fleets up to about a
 * hundred. `adaptive` has the same idea in constant time, with delays told apart by steps.
 */
export class LeastResponseTime implements Strategy {
  readonly mayStarve = true;
  readonly #fleet: Fleet;
  readonly #estimates = new DelayEstimates();
  #inFlight = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  added(slot: number, nowMs: number): void {
    this.#estimates.forget(slot, nowMs);
  }

  removed(): void {}

  reweighted(slot: number, nowMs: number, fresh: boolean): void {
    if (fresh) this.#estimates.forget(slot, nowMs);
  }

  pick(nowMs: number, tried: Tried | undefined): number {
    const { openSlots, weight, random } = this.#fleet;
    let best = -1;
    let least = Infinity;
    // Of equals the first is taken, so it must not be the same each time, or for all balancers.
    const start = Math.floor(random() * openSlots.length);
    for (let at = 0; at < openSlots.length; at++) {
      const slot = openSlots[(start + at) % openSlots.length] as number;
      if (tried?.includes(slot)) continue;
      const delay = this.#delay(slot, nowMs) / (weight[slot] as number);
      if (delay >= least) continue;
      best = slot;
      least = delay;
    }
    return best;
  }

  started(): void {
    this.#inFlight += 1;
  }

  observed(slot: number, nowMs: number, latencyMs: number, failed: boolean): void {
    if (failed) this.#estimates.failed(slot, nowMs, latencyMs);
    else this.#estimates.succeeded(slot, nowMs, latencyMs);
  }

  released(): void {
    this.#inFlight -= 1;
  }

  shuns(slot: number, nowMs: number): boolean {
    const { open, totalWeight, weight } = this.#fleet;
    const mean = (this.#inFlight + open) / totalWeight;
    return this.#delay(slot, nowMs) / (weight[slot] as number) > SHUNNED_ABOVE * mean;
  }

  expectedMs(slot: number, nowMs: number): number {
    return this.#estimates.meanMs * this.#delay(slot, nowMs);
  }

  /* In terms of the fleet's mean latency. */
  #delay(slot: number, nowMs: number): number {
    return this.#estimates.ratio(slot, nowMs) * ((this.#fleet.inFlight[slot] as number) + 1);
  }
}
