/** How many label sets all rules together may remember. */
export class SeriesBudget {
  readonly #limit: number;
  #taken = 0;
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Observations of label sets that found no place. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Says whether there is a place. */
  take(): boolean {
    if (this.#taken >= this.#limit) {
      this.#dropped += 1;
      return false;
    }
    this.#taken += 1;
    return true;
  }

  giveBack(): void {
    this.#taken -= 1;
  }
}
