import { seededRandom } from '@evenkeel/core/statistics';
import { Fleet } from '../../src/servers/fleet.ts';
import type { Strategy, Tried } from '../../src/strategies/strategy.ts';

export type Create = (fleet: Fleet) => Strategy;

/** A strategy with its fleet, told of everything as a Picker would tell it, and chosen by alone. */
export class Driver<Of extends Strategy = Strategy> {
  readonly fleet: Fleet;
  readonly strategy: Of;
  nowMs = 0;

  constructor(create: (fleet: Fleet) => Of, seed = 1) {
    this.fleet = new Fleet(seededRandom(seed));
    this.strategy = create(this.fleet);
  }

  /** Adds a server for each weight, with ids s0, s1 and so on; gives the slots. */
  addAll(weights: readonly number[]): number[] {
    return weights.map((weight, at) => this.add(`s${at}`, weight));
  }

  add(id: string, weight = 1): number {
    const slot = this.fleet.add(id);
    this.strategy.added(slot, this.nowMs);
    if (weight > 0) this.setWeight(slot, weight, true);
    return slot;
  }

  setWeight(slot: number, weight: number, fresh = false): void {
    if (this.fleet.setWeight(slot, weight) || fresh) this.strategy.reweighted(slot, this.nowMs, fresh);
  }

  remove(slot: number): void {
    this.setWeight(slot, 0);
    this.strategy.removed(slot);
    this.fleet.remove(slot);
  }

  choose(tried?: Tried, key?: string): number {
    return this.strategy.pick(this.nowMs, tried, key);
  }

  start(slot: number): void {
    this.fleet.inFlight[slot] = (this.fleet.inFlight[slot] as number) + 1;
    this.strategy.started(slot, this.nowMs);
  }

  /** Chooses a server and begins a request there. */
  pick(tried?: Tried, key?: string): number {
    const slot = this.choose(tried, key);
    if (slot !== -1) this.start(slot);
    return slot;
  }

  observe(slot: number, latencyMs: number, failed = false): void {
    this.strategy.observed(slot, this.nowMs, latencyMs, failed);
  }

  release(slot: number): void {
    this.fleet.inFlight[slot] = (this.fleet.inFlight[slot] as number) - 1;
    this.strategy.released(slot, this.nowMs);
  }

  finish(slot: number, latencyMs = 10, failed = false): void {
    this.observe(slot, latencyMs, failed);
    this.release(slot);
  }

  report(slot: number, load: number): void {
    this.strategy.reported?.(slot, this.nowMs, load);
  }

  /** One request after the other, each finished before the next; how many each slot got. */
  countsOf(requests: number, keyOf?: (at: number) => string): number[] {
    const counts = Array.from({ length: this.fleet.slots }, () => 0);
    for (let at = 0; at < requests; at++) {
      const slot = this.pick(undefined, keyOf?.(at));
      counts[slot] = (counts[slot] as number) + 1;
      this.nowMs += 10;
      this.finish(slot);
    }
    return counts;
  }
}
