/** The newest of many records, as far as their number is bounded. */
export class LastRecords<R extends { readonly time: number }> implements Iterable<R> {
  readonly #most: number;
  #records: R[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** In any order of time. */
  add(record: R): void {
    this.#records.push(record);
    // Sorting now and then is cheaper than finding the place of each.
    if (this.#records.length >= 2 * this.#most) this.#records = newest(this.#records, this.#most);
  }

  forgetBefore(time: number): void {
    this.#records = this.#records.filter((record) => record.time >= time);
  }

  /** Oldest first; some more than the most may be left. */
  [Symbol.iterator](): Iterator<R> {
    return newest(this.#records, this.#records.length)[Symbol.iterator]();
  }
}

/** The newest records, oldest first; in the order in which they came where times are equal. */
export function newest<R extends { readonly time: number }>(records: readonly R[], most: number): R[] {
  return [...records].sort((a, b) => a.time - b.time).slice(-most);
}
