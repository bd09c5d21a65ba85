import type { Disposer } from '@evenkeel/core';

/** The users' callbacks that bring metrics up to date before an export. */
export class Refreshers {
  readonly #entries = new Set<{ readonly refresh: () => unknown }>();
  readonly #onFailure: (thrown: unknown) => void;
  #running = false;
  #failing = 0;

  /** @param onFailure learns what a callback threw, or rejected with later */
  constructor(onFailure: (thrown: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** How many failed in the last run, or since. */
  get failing(): number {
    return this.#failing;
  }

  add(refresh: () => unknown): Disposer {
    const entry = { refresh };
    this.#entries.add(entry);
    return () => {
      this.#entries.delete(entry);
    };
  }

  /** Calls each, and does not wait for promises. Called from within a callback it does nothing. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    this.#failing = 0;
    for (const entry of [...this.#entries]) {
      // A callback may have removed one that comes after it.
      if (this.#entries.has(entry)) this.#call(entry.refresh);
    }
    this.#running = false;
  }

  #call(refresh: () => unknown): void {
    try {
      const result = refresh();
      if (result instanceof Promise) result.catch((thrown: unknown) => this.#failed(thrown));
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  #failed(thrown: unknown): void {
    this.#failing += 1;
    this.#onFailure(thrown);
  }
}
