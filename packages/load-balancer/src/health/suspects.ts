/**
 * Servers whose last request failed, and which have not failed often enough yet to be taken out. Strategies that go by
 * how servers do would turn away from them, and then it takes long to find out; a request or two that can be repeated
 * elsewhere tell at once.
 */
export class Suspects {
  readonly #slots = new Set<number>();

  get size(): number {
    return this.#slots.size;
  }

  add(slot: number): void {
    this.#slots.add(slot);
  }

  delete(slot: number): void {
    this.#slots.delete(slot);
  }

  /**
   * The first that should get a request; -1 where none should.
   *
   * @param tried not these
   * @param wants whether another request would tell of the server; it is a suspect no more where not
   */
  next(tried: readonly number[] | undefined, wants: (slot: number) => boolean): number {
    for (const slot of this.#slots) {
      if (tried?.includes(slot)) continue;
      if (wants(slot)) return slot;
      this.#slots.delete(slot);
    }
    return -1;
  }
}
