/** A product, as a search box suggests it. */
export interface Suggestion {
  readonly id: number;
  readonly name: string;
  readonly rating: number;
}

/* As many as fit under a search box. */
const MAX_SUGGESTIONS = 8;

/* Who has typed so much of a word has typed enough. */
const LONGEST_PREFIX = 8;

/* About 23 MB; a catalogue with more is indexed in part. */
const MAX_PREFIXES = 100_000;

/* With its list and the products in it: what the heap of Node 20 grows by. */
const PREFIX_BYTES = 230;

/** For each beginning of a word of a name, the best-rated products. Bounded. */
export class SearchIndex {
  readonly #best = new Map<string, Suggestion[]>();
  #isFull = false;

  /** Whether beginnings were left out for want of room. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get prefixes(): number {
    return this.#best.size;
  }

  get estimatedBytes(): number {
    return this.#best.size * PREFIX_BYTES;
  }

  add(product: Suggestion): void {
    for (const word of wordsOf(product.name)) {
      const longest = Math.min(word.length, LONGEST_PREFIX);
      for (let length = 1; length <= longest; length++) this.#offer(word.slice(0, length), product);
    }
  }

  /** The best-rated products with a word that begins like this. */
  suggest(beginning: string): readonly Suggestion[] {
    const wanted = beginning.toLowerCase();
    const best = this.#best.get(wanted.slice(0, LONGEST_PREFIX)) ?? [];
    return best.filter(({ name }) => wordsOf(name).some((word) => word.startsWith(wanted)));
  }

  #offer(prefix: string, product: Suggestion): void {
    const best = this.#best.get(prefix);
    if (!best) {
      if (this.#best.size < MAX_PREFIXES) this.#best.set(prefix, [product]);
      else this.#isFull = true;
      return;
    }
    // The name may have two words that begin alike.
    if (best.includes(product)) return;
    const rank = best.findIndex(({ rating }) => rating < product.rating);
    if (rank >= 0) best.splice(rank, 0, product);
    else if (best.length < MAX_SUGGESTIONS) best.push(product);
    if (best.length > MAX_SUGGESTIONS) best.pop();
  }
}

function wordsOf(name: string): string[] {
  return name.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
