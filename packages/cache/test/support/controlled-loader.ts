import type { LoadContext } from '../../src/index.ts';

/** A call of a controlled loader, to be ended by the test. */
export interface Call<T> {
  readonly signal: AbortSignal;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** A loader whose calls wait until the test ends them. */
export function controlledLoader<T>() {
  const calls: Call<T>[] = [];
  const load = ({ signal }: LoadContext): Promise<T> =>
    new Promise((resolve, reject) => {
      calls.push({ signal, resolve, reject });
    });
  return {
    load,
    calls,
    /** The n-th call, which must have been made. */
    call(index: number): Call<T> {
      const call = calls[index];
      if (call === undefined)
        throw new Error(`the loader was called ${calls.length} times, not ${index + 1}`);
      return call;
    },
  };
}

/** Lets promise callbacks run: chains of up to so many turns. */
export async function settle(turns = 100): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await undefined;
}

/** How a promise has ended, if it has. */
export function outcomeOf<T>(promise: Promise<T>) {
  const outcome: { state: 'pending' | 'resolved' | 'rejected'; value?: T; error?: unknown } = {
    state: 'pending',
  };
  promise.then(
    (value) => Object.assign(outcome, { state: 'resolved', value }),
    (error: unknown) => Object.assign(outcome, { state: 'rejected', error }),
  );
  return outcome;
}
