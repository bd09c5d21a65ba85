import type { Tried } from './strategy.ts';

/* Weights are told apart down to 2^-32 and up to 2^31. */
const LEAST_EXPONENT = -32;
const MOST_EXPONENT = 31;
/* A draw is rejected with probability below 1/2, one of a tried server more often where there are few others. */
const MOST_DRAWS = 16;

/* The slots with weights above `bound` / 2, up to `bound`. */
interface Band {
  readonly bound: number;
  readonly slots: number[];
}

/**
 * Draws slots at random, each with probability proportional to its weight, in constant time, as changes are: weights
 * are in bands a power of two wide; a band is drawn as if all its weights were at the band's upper bound, a slot of it
 * uniformly, and the draw is rejected in proportion to what the slot's weight is short of that bound (Y. Matias, J. S. Vitter and W.-C. Ni, "Dynamic
 * Generation of Discrete Random Variates", Theory of Computing Systems 36 (2003), one level deep).
 */
export class WeightedDraw {
  readonly #bands: Band[] = [];
  /* By slot: its weight, its band, and its place there. */
  readonly #weights: number[] = [];
  readonly #bandOf: (Band | undefined)[] = [];
  readonly #places: number[] = [];
  #size = 0;

  /** @param weight 0: is never drawn */
  set(slot: number, weight: number): void {
    const before = this.#bandOf[slot];
    if (before !== undefined) this.#takeOut(slot, before);
    this.#weights[slot] = weight;
    this.#bandOf[slot] = undefined;
    if (weight === 0) return;
    const band = this.#bandFor(weight);
    this.#bandOf[slot] = band;
    this.#places[slot] = band.slots.length;
    band.slots.push(slot);
    this.#size += 1;
  }

  /** A slot that is not among `tried`; -1 where there is none. */
  drawExcept(random: () => number, tried: Tried | undefined): number {
    if (this.#size === 0) return -1;
    for (let draws = 0; draws < MOST_DRAWS; draws++) {
      const slot = this.#draw(random);
      if (slot !== -1 && !tried?.includes(slot)) return slot;
    }
    return this.#drawFromRest(random, tried ?? []);
  }

  /* A slot, or -1 where the draw is rejected. */
  #draw(random: () => number): number {
    const bands = this.#bands;
    let band = bands[0] as Band;
    if (bands.length > 1) {
      let total = 0;
      for (const { bound, slots } of bands) total += bound * slots.length;
      let left = random() * total;
      for (const each of bands) {
        if (each.slots.length === 0) continue;
        band = each;
        left -= each.bound * each.slots.length;
        if (left < 0) break;
      }
    }
    const { slots, bound } = band;
    const slot = slots[Math.floor(random() * slots.length)] as number;
    const weight = this.#weights[slot] as number;
    return weight === bound || random() * bound < weight ? slot : -1;
  }

  /* The same by going through all: for when nearly all are tried, or luck is bad. */
  #drawFromRest(random: () => number, tried: Tried): number {
    let chosen = -1;
    let total = 0;
    for (const { slots } of this.#bands) {
      for (const slot of slots) {
        if (tried.includes(slot)) continue;
        const weight = this.#weights[slot] as number;
        total += weight;
        if (random() * total < weight) chosen = slot;
      }
    }
    return chosen;
  }

  #bandFor(weight: number): Band {
    const exponent = Math.min(MOST_EXPONENT, Math.max(LEAST_EXPONENT, Math.ceil(Math.log2(weight))));
    const bound = 2 ** exponent;
    let band = this.#bands.find((each) => each.bound === bound);
    if (band === undefined) {
      band = { bound, slots: [] };
      this.#bands.push(band);
      // The weighty ones first: most draws end there.
      this.#bands.sort((one, other) => other.bound - one.bound);
    }
    return band;
  }

  #takeOut(slot: number, band: Band): void {
    const { slots } = band;
    const place = this.#places[slot] as number;
    const last = slots.pop() as number;
    if (last !== slot) {
      slots[place] = last;
      this.#places[last] = place;
    }
    this.#size -= 1;
  }
}
