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

  reweighted(slot: number, _nowMs: number, fresh: boolean): void {
    if (!this.#isOpen(slot)) {
      this.#byLoad.remove(slot);
      return;
    }
    this.#rank(slot);
    // Whoever of those that have just come is first is left to chance, or all balancers would begin with the same one.
    if (fresh && this.#fleet.random() * this.#fleet.open < 1) this.#byLoad.favour(slot);
  }

  pick(_nowMs: number, tried: Tried | undefined): number {
    const slot = this.#byLoad.take();
    return tried?.includes(slot) ? this.#byLoad.takeExcept(tried) : slot;
  }

  started(slot: number): void {
    this.#inFlight += 1;
    if (this.#isOpen(slot)) this.#rank(slot);
  }

  observed(): void {}

  released(slot: number): void {
    this.#inFlight -= 1;
    if (this.#isOpen(slot)) this.#rank(slot);
  }

  shuns(slot: number): boolean {
    const mean = (this.#inFlight + this.#fleet.open) / this.#fleet.totalWeight;
    return this.#load(slot) > SHUNNED_ABOVE * mean;
  }

  #isOpen(slot: number): boolean {
    return this.#fleet.weight[slot] !== 0;
  }

  #rank(slot: number): void {
    this.#byLoad.set(slot, RANK_OF_1 + logScale(this.#load(slot)));
  }

  #load(slot: number): number {
    return ((this.#fleet.inFlight[slot] as number) + 1) / (this.#fleet.weight[slot] as number);
  }
}
