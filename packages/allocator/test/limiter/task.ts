import type { VirtualClock } from '@evenkeel/core';

/** Work that ends when it is told to. */
export class Task<T = string> {
  starts = 0;
  #settle: { resolve(value: T): void; reject(error: unknown): void } | undefined;

  readonly run = (): Promise<T> => {
    this.starts += 1;
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  };

  resolve(value: T): void {
    this.#settle?.resolve(value);
  }

  reject(error: unknown): void {
    this.#settle?.reject(error);
  }
}

/** Work that takes so long. */
export function sleep(clock: VirtualClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setTimeout(resolve, ms));
}

/** How a promise has ended by now. */
export async function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  const pending = Symbol('pending');
  const ended = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  for (let turn = 0; turn < 20; turn++) await undefined;
  const first = await Promise.race([ended, Promise.resolve(pending)]);
  return first === pending ? 'pending' : first;
}
