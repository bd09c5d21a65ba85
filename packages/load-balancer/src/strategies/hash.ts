import type { Fleet } from '../servers/fleet.ts';
import { hashString, nextHash } from './hash/hash-string.ts';
import { Rendezvous } from './hash/rendezvous.ts';
import type { Strategy, Tried } from './strategy.ts';
import { WeightedDraw } from './weighted-draw.ts';

/* Of a key's choices so many are found by its hashes; whoever needs more goes through all servers. */
const CHOICES = 16;

/**
 * A server that has this many times its share of the requests in flight, by weight, is passed over for the key's next
 * choice. Near 1 loads are even and keys often go elsewhere; from 2 on keys mostly stay, and hot ones heat their
 * servers.
 */
export const LOAD_FACTOR = 1.25;

/**
 * Equal keys go to the same server: by weighted rendezvous hashing ({@link Rendezvous}), the same in every process and
 * whatever joined and left before. A server that is away (weight 0) gives its keys, and no others, to the servers that
 * come next in each key's order, and gets them back.
 *
 * Loads are bounded as by V. Mirrokni, M. Thorup and M. Zadimoghaddam, "Consistent Hashing with Bounded Loads" (2018),
 * but it is the requests in flight that are: a key too hot for one server spreads over further ones, always the same.
 * A key's second choice, for when the first has too much to do or was tried, is the first of the key's next hash.
 *
 * A request without a key goes to the less loaded of two servers drawn at random.
 */
export class HashStrategy implements Strategy {
  readonly mayStarve = false;
  readonly #fleet: Fleet;
  readonly #loadFactor: number;
  readonly #rendezvous = new Rendezvous();
  /* The weights the rendezvous goes by: a server that is away keeps its own there. */
  readonly #weights: number[] = [];
  readonly #draw = new WeightedDraw();
  #inFlight = 0;

  readonly #isOpen = (slot: number): boolean => (this.#fleet.weight[slot] as number) > 0;

  /** @param loadFactor at least 1 */
  constructor(fleet: Fleet, loadFactor = LOAD_FACTOR) {
    this.#fleet = fleet;
    this.#loadFactor = loadFactor;
  }

  added(slot: number): void {
    this.#weights[slot] = 0;
  }

  removed(slot: number): void {
    this.#rendezvous.delete(slot);
  }

  reweighted(slot: number): void {
    const weight = this.#fleet.weight[slot] as number;
    this.#draw.set(slot, weight);
    if (weight === 0 || weight === this.#weights[slot]) return;
    this.#weights[slot] = weight;
    this.#rendezvous.set(slot, this.#fleet.idOf(slot), weight);
  }

  pick(_nowMs: number, tried: Tried | undefined, key: string | undefined): number {
    if (this.#fleet.open === 0) return -1;
    if (key === undefined) return this.#pickWithoutKey(tried);
    const hash = hashString(key);
    const slot = this.#rendezvous.first(hash);
    return this.#isFree(slot, tried) ? slot : this.#pickNext(hash, tried);
  }

  started(): void {
    this.#inFlight += 1;
  }

  observed(): void {}

  released(): void {
    this.#inFlight -= 1;
  }

  /* Whether it may be chosen, has not been tried, and has less to do than its bound. */
  #isFree(slot: number, tried: Tried | undefined): boolean {
    const { inFlight, weight, totalWeight } = this.#fleet;
    // Nothing is below the bound of a server that is away, which is 0.
    const bound = this.#loadFactor * (this.#inFlight + 1) * (weight[slot] as number);
    if ((inFlight[slot] as number) * totalWeight >= bound) return false;
    return tried === undefined || !tried.includes(slot);
  }

  /* Goes through the key's choices from the first on, those that are away left out. */
  #pickNext(first: number, tried: Tried | undefined): number {
    let hash = first;
    for (let choice = 0; choice < CHOICES; choice++) {
      let slot = this.#rendezvous.first(hash);
      if (!this.#isOpen(slot)) slot = this.#rendezvous.firstWhere(hash, this.#isOpen);
      if (this.#isFree(slot, tried)) return slot;
      hash = nextHash(hash);
    }
    return this.#rendezvous.firstWhere(first, (slot) => this.#isOpen(slot) && !tried?.includes(slot));
  }

  #pickWithoutKey(tried: Tried | undefined): number {
    const { inFlight, weight, random } = this.#fleet;
    const slot = this.#draw.drawExcept(random, tried);
    const other = this.#draw.drawExcept(random, tried);
    if (slot === -1) return -1;
    const load = (inFlight[slot] as number) / (weight[slot] as number);
    return load <= (inFlight[other] as number) / (weight[other] as number) ? slot : other;
  }
}
