import type { Clock } from '@evenkeel/core';
import { Backoff } from './backoff.ts';

/* The first trial soon, for a hiccup; then less and less often, but always again. */
const FIRST_TRIAL_MS = 100;
const LONGEST_TRIAL_MS = 5000;

/**
 * Keeps calls from a server that does not serve them: after some failures in a row it is open, and lets one call
 * through for a trial after a back-off; the trial's success closes it. (Nygard, Release It!, "Circuit Breaker".)
 */
export class CircuitBreaker {
  readonly #threshold: number;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #failures = 0;
  #state: 'closed' | 'open' | 'trial' = 'closed';
  #trialAtMs = 0;

  constructor(threshold: number, clock: Clock, random: () => number) {
    this.#threshold = threshold;
    this.#clock = clock;
    this.#backoff = new Backoff(FIRST_TRIAL_MS, LONGEST_TRIAL_MS, random);
  }

  get state(): 'closed' | 'open' | 'trial' {
    return this.#state;
  }

  /** Whether a call may be made now. A true while it is not closed is the trial: tell how it went. */
  allows(): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'trial' || this.#clock.monotonic() < this.#trialAtMs) return false;
    this.#state = 'trial';
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#backoff.reset();
  }

  failed(): void {
    this.#failures += 1;
    if (this.#state === 'open' || (this.#state === 'closed' && this.#failures < this.#threshold)) return;
    this.#state = 'open';
    this.#trialAtMs = this.#clock.monotonic() + this.#backoff.nextMs();
  }
}
