import type { Clock, Disposer } from '@evenkeel/core';

/** A server's last requests, waited for. */
export class Drain {
  /** Resolves when the server is gone, or stays after all. */
  readonly over: Promise<void>;
  readonly #resolve: () => void;
  readonly #cancelTimer: Disposer;

  constructor(clock: Clock, timeoutMs: number, onTimeout: () => void) {
    let resolve = (): void => {};
    this.over = new Promise<void>((done) => {
      resolve = done;
    });
    this.#resolve = resolve;
    this.#cancelTimer = clock.setTimeout(onTimeout, timeoutMs);
  }

  end(): void {
    this.#cancelTimer();
    this.#resolve();
  }
}
