/** A run of numbers within a page that many series share. */
export interface Slot {
  readonly page: Float64Array;
  readonly offset: number;
}

/* A typed array of its own costs a series more than its numbers do; pages grow to this many slots. */
const MAX_SLOTS_PER_PAGE = 64;

/** Gives out runs of numbers, all zero, and takes them back. */
export class SlotPool {
  readonly #width: number;
  #free: Slot[] = [];
  #nextPageSlots = 1;

  constructor(width: number) {
    this.#width = width;
  }

  take(): Slot {
    const slot = this.#free.pop();
    if (slot) return slot;
    const slots = this.#nextPageSlots;
    this.#nextPageSlots = Math.min(MAX_SLOTS_PER_PAGE, slots * 8);
    const page = new Float64Array(slots * this.#width);
    for (let index = slots - 1; index > 0; index--) this.#free.push({ page, offset: index * this.#width });
    return { page, offset: 0 };
  }

  give({ page, offset }: Slot): void {
    page.fill(0, offset, offset + this.#width);
    this.#free.push({ page, offset });
  }
}
