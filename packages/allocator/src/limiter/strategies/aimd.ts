import { option, readOptions } from '@evenkeel/core';
import { BOUNDS_FIELDS, initialLimitWithin } from './limit-bounds.ts';
import type { EndedCall, LimitBounds, LimitStrategy } from './limit-strategy.ts';

/** Options of {@link aimd}. */
export interface AimdOptions extends LimitBounds {
  /** What the limit is multiplied with on overload, from 0.5 to 0.99. @defaultValue 0.9 */
  readonly backoffRatio?: number;
  /**
   * A call that takes longer counts as dropped: milliseconds or a string such as `'2s'`.
   * @defaultValue none: only calls that fail by overload count
   */
  readonly timeout?: number | string;
}

interface AimdSettings {
  readonly initialLimit: number | undefined;
  readonly minLimit: number;
  readonly maxLimit: number;
  readonly backoffRatio: number;
  readonly timeout: number | undefined;
}

/**
 * Additive increase, multiplicative decrease. The limit grows by 1 when as many calls as it allows have begun
 * with the limit full and succeeded; the first dropped call of a round trip lowers it to 0.9 of itself. It needs
 * calls to fail to find the limit: where the work has a time-out or answers 503 and latency matters little.
 *
 * D.-M. Chiu and R. Jain, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance in Computer
 * Networks", Computer Networks and ISDN Systems 17 (1989); one decrease a round trip as in RFC 5681.
 *
 * @throws ConfigurationError
 */
export function aimd(options: AimdOptions = {}): LimitStrategy {
  const settings = readOptions<AimdSettings>('aimd', options, {
    ...BOUNDS_FIELDS,
    backoffRatio: option.number({ min: 0.5, max: 0.99 }).default(0.9),
    timeout: option.duration({ min: 1 }).optional(),
  });
  return new Aimd(settings, initialLimitWithin('aimd', settings));
}

class Aimd implements LimitStrategy {
  readonly #settings: AimdSettings;
  #limit: number;
  /* Successes that began with the limit full, since it was last changed. */
  #full = 0;
  #loweredMs = Number.NEGATIVE_INFINITY;

  constructor(settings: AimdSettings, initialLimit: number) {
    this.#settings = settings;
    this.#limit = initialLimit;
  }

  get limit(): number {
    return this.#limit;
  }

  record({ startedMs, endedMs, inFlight, outcome }: EndedCall): void {
    const { minLimit, maxLimit, backoffRatio, timeout = Infinity } = this.#settings;
    if (outcome === 'dropped' || endedMs - startedMs > timeout) {
      // Calls that began before the limit was lowered tell of the load that it was lowered for.
      if (startedMs < this.#loweredMs) return;
      this.#loweredMs = endedMs;
      this.#full = 0;
      // 0.9 of a small limit, rounded, may be itself.
      this.#limit = Math.max(minLimit, Math.min(this.#limit - 1, Math.floor(this.#limit * backoffRatio)));
      return;
    }
    if (inFlight < this.#limit || startedMs < this.#loweredMs) return;
    this.#full += 1;
    if (this.#full < this.#limit) return;
    this.#full = 0;
    this.#limit = Math.min(maxLimit, this.#limit + 1);
  }
}
