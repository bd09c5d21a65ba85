import type { Fleet } from '../servers/fleet.ts';
import { BitSet } from './bit-set.ts';
import type { Strategy, Tried } from './strategy.ts';

/**
 * One after the other, in constant time, whatever the weights (0 apart). A server keeps its place in the round while
 * it is away, and whoever comes or goes changes nobody else's turn. The start is drawn at random, so that many
 * balancers don't go round in step.
 */
export class RoundRobin implements Strategy {
  readonly mayStarve = false;
  readonly #fleet: Fleet;
  readonly #open = new BitSet();
  /* The slot from which the next one is looked for; -1 before the first pick. */
  #cursor = -1;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  added(): void {}

  removed(): void {}

  reweighted(slot: number): void {
    if (this.#fleet.weight[slot] === 0) this.#open.delete(slot);
    else this.#open.add(slot);
  }

  pick(_nowMs: number, tried: Tried | undefined): number {
    const { open, slots, random } = this.#fleet;
    if (open === 0) return -1;
    if (this.#cursor === -1) this.#cursor = Math.floor(random() * slots);
    let from = this.#cursor;
    for (let looked = 0; looked < open; looked++) {
      const slot = this.#open.nextAround(from);
      from = slot + 1;
      if (tried?.includes(slot)) continue;
      this.#cursor = from;
      return slot;
    }
    return -1;
  }

  started(): void {}

  observed(): void {}

  released(): void {}
}
