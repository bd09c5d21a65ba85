import { Backoff } from './backoff.ts';
import type { ExecutionCounter } from './execution-counts.ts';
import { codeOf, type FailureKind, TREATMENTS } from './failure.ts';
import { Limit } from './limit.ts';
import type { RetryBudget } from './retry-budget.ts';
import { sleep } from './sleep.ts';
import type { Timeouts } from './timeouts.ts';

/** A try beyond the first that is about to be made. */
export interface RetryEvent {
  readonly what: 'query' | 'transaction';
  readonly reason: FailureKind;
  /** Which try it will be, from 2. */
  readonly attempt: number;
  /** How long is waited before it, in ms. */
  readonly delayMs: number;
  /** What the try before failed with. */
  readonly error: unknown;
}

export interface RetrySettings {
  readonly timeouts: Timeouts;
  readonly random: () => number;
  readonly budget: RetryBudget;
  readonly counter: ExecutionCounter;
  readonly canReconnect: boolean;
  readonly retried: (event: RetryEvent) => void;
}

/** What a call allows its retries. */
export interface RetryPlan {
  readonly what: 'query' | 'transaction';
  readonly retries: number;
  readonly retryOn: readonly string[];
  readonly signal: AbortSignal | undefined;
  /** By the monotonic clock. */
  readonly endsMs: number;
}

/** The retries of one call: whether there is another, and the wait before it. */
export class Retries {
  readonly #settings: RetrySettings;
  readonly #plan: RetryPlan;
  readonly #backoff: Backoff;
  readonly #seen = new Set<FailureKind>();
  #made = 0;

  constructor(settings: RetrySettings, plan: RetryPlan) {
    this.#settings = settings;
    this.#plan = plan;
    this.#backoff = new Backoff(settings.random);
  }

  /**
   * Waits until it is to be tried again; `false`: it is not.
   *
   * @param isHarmless whether running it again does no harm although it may have run
   */
  async next(reason: FailureKind, error: unknown, isHarmless: boolean): Promise<boolean> {
    const { timeouts, budget, counter, retried } = this.#settings;
    const { what, retries, endsMs, signal } = this.#plan;
    if (this.#made >= retries || !this.#isWorthIt(reason, error, isHarmless)) return false;
    const delayMs = this.#backoff.next(TREATMENTS[reason].delayMs);
    const nowMs = timeouts.clock.monotonic();
    if (nowMs + delayMs >= endsMs || signal?.aborted) return false;
    if (!budget.take(nowMs)) {
      counter.retriesRefused += 1;
      return false;
    }
    this.#seen.add(reason);
    this.#made += 1;
    counter.retried(reason);
    retried({ what, reason, attempt: this.#made + 1, delayMs, error });
    const limit = new Limit(timeouts, { what, timeoutMs: Number.POSITIVE_INFINITY, signal });
    try {
      return await sleep(delayMs, limit);
    } finally {
      limit.dispose();
    }
  }

  #isWorthIt(reason: FailureKind, error: unknown, isHarmless: boolean): boolean {
    const { repeat, discard, isUndone } = TREATMENTS[reason];
    if (discard && !this.#settings.canReconnect) return false;
    const code = codeOf(error);
    if (code !== undefined && isUndone && this.#plan.retryOn.includes(code)) return true;
    if (repeat === 'once') return !this.#seen.has(reason);
    return repeat === 'always' || (repeat === 'if-harmless' && isHarmless);
  }
}
