import type { Disposer } from '../contracts/disposer.ts';

/** All time in Evenkeel goes through a clock, so that tests and simulations run in virtual time. */
export interface Clock {
  /** Wall time: milliseconds since 1970-01-01 UTC. May jump when the system's clock is set. */
  now(): number;
  /** Milliseconds, with fractions, from an arbitrary start. Never goes back: use it for durations. */
  monotonic(): number;
  /** Runs `callback` once, `delayMs` from now. Does not keep the process alive. */
  setTimeout(callback: () => void, delayMs: number): Disposer;
  /** Runs `callback` every `periodMs`. Does not keep the process alive. */
  setInterval(callback: () => void, periodMs: number): Disposer;
}
