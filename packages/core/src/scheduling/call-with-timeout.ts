import { type Clock, systemClock } from '../clock/index.ts';
import type { Disposer } from '../contracts/disposer.ts';
import { EvenkeelError, TimeoutError } from '../errors/index.ts';

export interface CallWithTimeoutOptions {
  /** How long the call may take, in ms. */
  readonly timeoutMs: number;
  /** Names the call in the `TimeoutError`. */
  readonly what: string;
  /** Ends the wait early, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
  /** Learns how a call ended that was no longer waited for. */
  readonly onLate?: (outcome: { readonly value: unknown } | { readonly error: unknown }) => void;
}

/**
 * Calls a function of the user's and waits for its result, but never longer than it is given. Its
 * `AbortSignal` fires when the wait ends first; the call itself can't be stopped, and how it ends is then
 * told to `onLate` only. Rejects with what the function threw, `TimeoutError`, or the reason of `signal`.
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

    if (signal?.aborted) {
      onAbort();
      return;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    cancelTimer = clock.setTimeout(() => giveUp(new TimeoutError(what, timeoutMs)), timeoutMs);
    invoke(call, controller.signal).then(
      (value) => (finish() ? resolve(value) : onLate?.({ value })),
      (error: unknown) => (finish() ? reject(error) : onLate?.({ error })),
    );
  });
}

/** Turns a synchronous throw into a rejection. */
async function invoke<T>(call: (signal: AbortSignal) => T | PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return await call(signal);
}
