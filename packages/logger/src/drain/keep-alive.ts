import type { Disposer } from '@evenkeel/core';

/* Any timer keeps the event loop running; how often it fires does not matter. */
const PERIOD_MS = 60_000;

/** Keeps the process alive, which the clock's timers don't, until it is disposed of. */
export function keepAlive(): Disposer {
  const timer = setInterval(() => {}, PERIOD_MS);
  return () => clearInterval(timer);
}
