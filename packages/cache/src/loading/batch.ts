import { EvenkeelError } from '@evenkeel/core';
import type { LoadContext } from './load-options.ts';
import type { LoadMany } from './loads.ts';

/**
 * One call of a loader for several keys. Each key's flight asks for its key here, or withdraws it because the second
 * tier had it; the loader is called when all have done either.
 */
export class Batch {
  readonly #load: LoadMany;
  readonly #undecided: Set<string>;
  readonly #wanted: string[] = [];
  readonly #values: Promise<ReadonlyMap<string, unknown>>;
  #begin: (context: LoadContext | undefined) => void = () => {};
  #context: LoadContext | undefined;

  constructor(keys: readonly string[], load: LoadMany) {
    this.#undecided = new Set(keys);
    this.#load = load;
    const begun = new Promise<LoadContext | undefined>((resolve) => {
      this.#begin = resolve;
    });
    this.#values = begun.then((context) => this.#call(context));
    // Every flight sees the failure by itself; where all have withdrawn, nobody does.
    this.#values.catch(() => {});
  }

  async load(key: string, context: LoadContext): Promise<unknown> {
    this.#wanted.push(key);
    this.#context ??= context;
    this.#decided(key);
    return (await this.#values).get(key);
  }

  withdraw(key: string): void {
    this.#decided(key);
  }

  #decided(key: string): void {
    this.#undecided.delete(key);
    if (this.#undecided.size === 0) this.#begin(this.#context);
  }

  async #call(context: LoadContext | undefined): Promise<ReadonlyMap<string, unknown>> {
    const keys = this.#wanted;
    if (context === undefined) return new Map();
    const loaded = await this.#load([...keys], context);
    if (loaded instanceof Map) return loaded;
    if (Array.isArray(loaded) && loaded.length === keys.length) {
      return new Map(keys.map((key, at) => [key, loaded[at]]));
    }
    throw new EvenkeelError(
      `the loader of ${keys.length} keys must return a Map, or a list of ${keys.length} values in their order`,
      { code: 'LOADER_RESULT' },
    );
  }
}
