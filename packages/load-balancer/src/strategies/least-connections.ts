import type { Fleet } from '../servers/fleet.ts';
import { BucketQueue } from './bucket-queue.ts';
import { logScale } from './log-scale.ts';
import type { Strategy, Tried } from './strategy.ts';

/* The rank of one request at a weight of 1: weights may be up to 2^10 times that. */
const RANK_OF_1 = 320;
/* A server is not needed for the sake of getting some traffic when its load is this many times the mean. */
const SHUNNED_ABOVE = 4;

/**
 * The server with the fewest requests in flight, the new one included, by weight. Loads that are less than 3 % apart
 * count as equal, which counts of requests up to 32 never are where weights are equal; equals take turns. Constant
 * time.
 */
export class LeastConnections implements Strategy {
  readonly mayStarve = true;
  readonly #fleet: Fleet;
  readonly #byLoad = new BucketQueue();
  #inFlight = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  added(): void {}

  removed(): void {}

  reweighted(slot: number): void {
    if (!this.#isOpen(slot)) {
      this.#byLoad.remove(slot);
      return;
    }
    const rank = this.#rank(slot);
    if (this.#byLoad.has(slot)) this.#byLoad.move(slot, rank);
    // At a random place among equals: otherwise all balancers would begin with the same server.
    else this.#byLoad.add(slot, rank, this.#fleet.anyOpenSlot());
  }

  pick(_nowMs: number, tried: Tried | undefined): number {
    const slot = this.#byLoad.first;
    return tried?.includes(slot) ? this.#byLoad.firstExcept(tried) : slot;
  }

  started(slot: number): void {
    this.#inFlight += 1;
    if (this.#isOpen(slot)) this.#byLoad.move(slot, this.#rank(slot));
  }

  observed(): void {}

  released(slot: number): void {
    this.#inFlight -= 1;
    if (this.#isOpen(slot)) this.#byLoad.move(slot, this.#rank(slot));
  }

  shuns(slot: number): boolean {
    const mean = (this.#inFlight + this.#fleet.open) / this.#fleet.totalWeight;
    return this.#load(slot) > SHUNNED_ABOVE * mean;
  }

  #isOpen(slot: number): boolean {
    return this.#fleet.weight[slot] !== 0;
  }

  #rank(slot: number): number {
    return RANK_OF_1 + logScale(this.#load(slot));
  }

  #load(slot: number): number {
    return ((this.#fleet.inFlight[slot] as number) + 1) / (this.#fleet.weight[slot] as number);
  }
}
