/* Work that takes for ever must not keep the others from being counted: after so many lives it is left out of account. */
const PATIENCE = 16;

/**
 * Counts completions while all slots were taken, over the time that they were: the throughput that the limit allows.
 * Time in which fewer were asked for says nothing of it and is left out. It begins when the work that began at another
 * limit has ended: until then there are too many short pieces among the new, or too many long ones among the old.
 */
export class SaturatedWindow {
  readonly limit: number;
  readonly #target: number;
  #old: number;
  #patience: number;
  #fullMs = 0;
  #completions = 0;
  #missed = 0;
  #tookMs = 0;
  #squares = 0;

  /**
   * @param old pieces of work under way that began at another limit
   * @param target completions to count
   */
  constructor(limit: number, old: number, target: number) {
    this.limit = limit;
    this.#old = old;
    this.#patience = PATIENCE * limit;
    this.#target = target;
  }

  /** So many were in use for so long. */
  spend(inUse: number, ms: number): void {
    if (inUse >= this.limit && this.#old === 0) this.#fullMs += ms;
  }

  /**
   * Work has ended.
   *
   * @param inUse with it
   * @param isOld whether it began before this window
   * @param tookMs undefined where it didn't do what it was to do
   */
  end(inUse: number, isOld: boolean, tookMs: number | undefined): void {
    if (this.#old > 0) {
      this.#patience -= 1;
      if (isOld) this.#old -= 1;
      if (this.#patience <= 0 && inUse <= this.limit) this.#old = 0;
    } else if (tookMs !== undefined && inUse >= this.limit) {
      this.#completions += 1;
      this.#tookMs += tookMs;
      this.#squares += tookMs * tookMs;
    }
    if (inUse < this.limit) this.#missed += 1;
  }

  get isOver(): boolean {
    return this.#completions >= this.#target && this.#fullMs > 0;
  }

  /** Whether so much was done with slots left that this limit is not what holds the work back. */
  get isIdle(): boolean {
    return this.#missed >= 4 * this.#target;
  }

  get completions(): number {
    return this.#completions;
  }

  /** Squared coefficient of variation of the times that the work took. */
  get scatter(): number {
    const meanMs = this.#tookMs / this.#completions;
    return meanMs > 0 ? Math.max(0, this.#squares / this.#completions / (meanMs * meanMs) - 1) : 0;
  }

  /** Per ms. */
  get throughput(): number {
    return this.#completions / this.#fullMs;
  }
}
