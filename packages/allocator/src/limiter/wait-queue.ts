import { LinkedList } from '@evenkeel/core';
import type { Call } from './call.ts';

/** The calls that wait: first come, first served within a rank, lower ranks first. */
export class WaitQueue {
  readonly #ranks: readonly LinkedList<Call>[];
  #size = 0;

  constructor(ranks: number) {
    this.#ranks = Array.from({ length: ranks }, () => new LinkedList<Call>());
  }

  get size(): number {
    return this.#size;
  }

  push(call: Call): void {
    this.#ranks[call.rank]?.push(call);
    this.#size += 1;
  }

  remove(call: Call): void {
    this.#ranks[call.rank]?.remove(call);
    this.#size -= 1;
  }

  /** The next to be served. */
  first(): Call | undefined {
    return this.#ranks.find((calls) => calls.size > 0)?.first;
  }

  /** The last to be served, if its rank is beyond the given one. */
  lastBeyond(rank: number): Call | undefined {
    return this.#ranks.findLast((calls, at) => at > rank && calls.size > 0)?.last;
  }

  /** The one that has waited longest. */
  oldest(): Call | undefined {
    let oldest: Call | undefined;
    for (const { first } of this.#ranks) {
      if (first && !(oldest && oldest.arrivedMs <= first.arrivedMs)) oldest = first;
    }
    return oldest;
  }
}
