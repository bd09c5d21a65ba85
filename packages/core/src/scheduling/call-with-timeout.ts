import { type Clock, systemClock } from '../clock/index.ts';
import type { Disposer } from '../contracts/disposer.ts';
import { ConfigurationError, EvenkeelError, TimeoutError } from '../errors/index.ts';

export interface CallWithTimeoutOptions {
  /**
   * How long the call may take, in ms. 0 leaves time only for what needs no waiting, such as a cached value;
   * `Infinity` sets no limit.
   */
  readonly timeoutMs: number;
  /** Names the call in the `TimeoutError`. */
  readonly what: string;
  /** Ends the wait early, with the signal's reason. @defaultValue none */
  readonly signal?: AbortSignal | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** Learns how a call ended that was no longer waited for. What it throws is ignored. @defaultValue none */
  readonly onLate?: (outcome: { readonly value: unknown } | { readonly error: unknown }) => unknown;
}

/**
 * Calls a function of the user's and waits for its result, but never longer than it is given. Its
 * `AbortSignal` fires when the wait ends first; the call itself can't be stopped, and how it ends is then
 * told to `onLate` only. A `signal` that is aborted already means that nothing is called.
 *
 * Rejects with what the function threw, `TimeoutError`, the reason of `signal`, or `ConfigurationError` for a
 * `timeoutMs` that is negative or no number. Never throws synchronously.
 */
export function callWithTimeout<T>(
  call: (signal: AbortSignal) => T | PromiseLike<T>,
  { timeoutMs, what, signal, clock = systemClock, onLate }: CallWithTimeoutOptions,
): Promise<T> {
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    let waiting = true;
    let cancelTimer: Disposer = () => {};
    const finish = (): boolean => {
      if (!waiting) return false;
      waiting = false;
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
      return true;
    };
    const giveUp = (error: unknown): void => {
      if (!finish()) return;
      reject(error);
      controller.abort(error);
    };
    const onAbort = (): void =>
      giveUp(signal?.reason ?? new EvenkeelError(`${what} was aborted`, { code: 'ABORTED' }));

    if (!(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
      const expected = 'a number of milliseconds of at least 0';
      throw new ConfigurationError('callWithTimeout', [{ path: 'timeoutMs', value: timeoutMs, expected }]);
    }
    if (signal?.aborted) {
      onAbort();
      return;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    cancelTimer = clock.setTimeout(() => giveUp(new TimeoutError(what, timeoutMs)), timeoutMs);
    invoke(call, controller.signal)
      .then(
        (value) => (finish() ? resolve(value) : onLate?.({ value })),
        (error: unknown) => (finish() ? reject(error) : onLate?.({ error })),
      )
      // Only `onLate` can have failed, and there is nobody left to tell.
      .catch(() => {});
  });
}

/** Turns a synchronous throw into a rejection. */
async function invoke<T>(call: (signal: AbortSignal) => T | PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return await call(signal);
}
