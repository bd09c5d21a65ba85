import type { Disposer } from '../contracts/disposer.ts';
import { atLeast } from './at-least.ts';
import type { Clock } from './clock.ts';

/* Timers take a signed 32-bit delay; a longer one fires at once (in Node with a warning). */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The process's or the page's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: startTimeout,
  setInterval(callback, periodMs) {
    const stepMs = atLeast(1, periodMs);
    let dueMs = performance.now() + stepMs;
    let cancel: Disposer;
    const tick = (): void => {
      const nowMs = performance.now();
      // From due time to due time, or each period would last longer by the lateness of its timer.
      dueMs += stepMs * Math.max(1, 1 + Math.floor((nowMs - dueMs) / stepMs));
      // Before the callback: it may cancel, and if it throws, the next tick comes all the same.
      cancel = startTimeout(tick, dueMs - nowMs);
      callback();
    };
    cancel = startTimeout(tick, stepMs);
    return () => cancel();
  },
};

function startTimeout(callback: () => void, delayMs: number): Disposer {
  let handle: ReturnType<typeof setTimeout>;
  const arm = (remainingMs: number): void => {
    const stepMs = Math.min(remainingMs, LONGEST_DELAY_MS);
    handle = setTimeout(() => (remainingMs > stepMs ? arm(remainingMs - stepMs) : callback()), stepMs);
    unref(handle);
  };
  arm(atLeast(0, delayMs));
  return () => clearTimeout(handle);
}

function unref(handle: unknown): void {
  // Node returns an object; browsers return a number, and pages are not kept open by timers.
  if (
    typeof handle === 'object' &&
    handle !== null &&
    'unref' in handle &&
    typeof handle.unref === 'function'
  ) {
    handle.unref();
  }
}
