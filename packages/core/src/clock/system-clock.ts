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
    if (stepMs > LONGEST_DELAY_MS) return repeat(callback, stepMs);
    // The platform's own makes no new timer at each tick, as a chain of timeouts would.
    const handle = setInterval(callback, stepMs);
    unref(handle);
    return () => clearInterval(handle);
  },
};

function repeat(callback: () => void, stepMs: number): Disposer {
  let cancel: Disposer;
  const tick = (): void => {
    cancel = startTimeout(tick, stepMs);
    callback();
  };
  cancel = startTimeout(tick, stepMs);
  return () => cancel();
}

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
