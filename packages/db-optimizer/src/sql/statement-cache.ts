/* However few the texts are, they may be long. In characters. */
const MAX_CHARACTERS = 8_000_000;

/** The results of the texts that were used last. */
export class StatementCache<Value> {
  readonly #maxSize: number;
  readonly #values = new Map<string, Value>();
  #characters = 0;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get size(): number {
    return this.#values.size;
  }

  get(text: string): Value | undefined {
    const value = this.#values.get(text);
    if (value !== undefined) {
      // A map keeps the order of insertion: the first is the one that was not used for longest.
      this.#values.delete(text);
      this.#values.set(text, value);
    }
    return value;
  }

  set(text: string, value: Value): void {
    this.delete(text);
    this.#values.set(text, value);
    this.#characters += text.length;
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#maxSize && this.#characters <= MAX_CHARACTERS) return;
      this.delete(oldest);
    }
  }

  delete(text: string): void {
    if (this.#values.delete(text)) this.#characters -= text.length;
  }

  clear(): void {
    this.#values.clear();
    this.#characters = 0;
  }
}
