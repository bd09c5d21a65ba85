import type { Fleet } from '../servers/fleet.ts';
import { BitSet } from './bit-set.ts';
import type { Strategy, Tried } from './strategy.ts';
import { cycleCounts } from './weighted-round-robin/cycle-counts.ts';
import { quotaSchedule } from './weighted-round-robin/quota-schedule.ts';

/**
 * Turns in proportion to the weights, as evenly as can be ({@link quotaSchedule}): over a whole cycle each server has
 * exactly its turns, and after any number of picks from the start of the cycle none is one turn or more ahead of its
 * share, or behind. The proportions are those of the weights where these have a common part, as integers up to 1000
 * have, and the cycle has at most 65,536 turns; other weights, such as a server's that has just come and gets more by
 * and by, are rounded ({@link cycleCounts}).
 *
 * The schedule is made at the first pick after a change, and a pick then takes constant time. Servers that are away
 * for a while (weight 0) keep their turns in it, which are skipped: the others' turns keep their proportions, but not
 * their perfect spacing. A new schedule is begun anywhere, drawn at random, so that frequent changes favour none and
 * many balancers don't go round in step.
 */
export class WeightedRoundRobin implements Strategy {
  readonly mayStarve = false;
  readonly #fleet: Fleet;
  /* By slot: the weight that the schedule goes by; 0: not in it. */
  readonly #weights: number[] = [];
  #isStale = true;

  #schedule: Int32Array = new Int32Array(0);
  /* The turns in the schedule whose servers may be chosen. */
  readonly #open = new BitSet();
  /* Each slot's turns, one slot's after the other's, and by slot where they begin and how many they are. */
  #turns = new Int32Array(0);
  readonly #firstTurn: number[] = [];
  readonly #turnCount: number[] = [];
  #cursor = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  added(slot: number): void {
    this.#weights[slot] = 0;
  }

  removed(slot: number): void {
    // A later server in the slot has none before the next plan.
    this.#turnCount[slot] = 0;
    if (this.#weights[slot] === 0) return;
    this.#weights[slot] = 0;
    this.#isStale = true;
  }

  reweighted(slot: number): void {
    const weight = this.#fleet.weight[slot] as number;
    if (weight > 0 && weight !== this.#weights[slot]) {
      this.#weights[slot] = weight;
      this.#isStale = true;
    }
    if (!this.#isStale) this.#setOpen(slot, weight > 0);
  }

  pick(_nowMs: number, tried: Tried | undefined): number {
    if (this.#fleet.open === 0) return -1;
    if (this.#isStale) this.#plan();
    let from = this.#cursor;
    // Whoever was tried may have many turns in a row, but no more than all.
    for (let looked = 0; looked < this.#schedule.length; looked++) {
      const turn = this.#open.nextAround(from);
      const slot = this.#schedule[turn] as number;
      from = turn + 1;
      if (tried?.includes(slot)) continue;
      this.#cursor = from;
      return slot;
    }
    return -1;
  }

  started(): void {}

  observed(): void {}

  released(): void {}

  #setOpen(slot: number, isOpen: boolean): void {
    const first = this.#firstTurn[slot] as number;
    const end = first + (this.#turnCount[slot] as number);
    for (let at = first; at < end; at++) {
      const turn = this.#turns[at] as number;
      if (isOpen) this.#open.add(turn);
      else this.#open.delete(turn);
    }
  }

  #plan(): void {
    const slots = this.#fleet.members.filter((slot) => (this.#weights[slot] as number) > 0);
    const counts = cycleCounts(slots.map((slot) => this.#weights[slot] as number));
    const schedule = quotaSchedule(counts);
    this.#turns = new Int32Array(schedule.length);
    let first = 0;
    slots.forEach((slot, party) => {
      this.#firstTurn[slot] = first;
      this.#turnCount[slot] = 0;
      first += counts[party] as number;
    });
    this.#open.clear();
    schedule.forEach((party, turn) => {
      const slot = slots[party] as number;
      schedule[turn] = slot;
      const turns = this.#turnCount[slot] as number;
      this.#turns[(this.#firstTurn[slot] as number) + turns] = turn;
      this.#turnCount[slot] = turns + 1;
      if ((this.#fleet.weight[slot] as number) > 0) this.#open.add(turn);
    });
    this.#schedule = schedule;
    this.#cursor = Math.floor(this.#fleet.random() * schedule.length);
    this.#isStale = false;
  }
}
