/** A call that a strategy learns from. */
export interface EndedCall {
  /** In monotonic ms. */
  readonly startedMs: number;
  /** In monotonic ms. */
  readonly endedMs: number;
  /** Calls in flight when it started, itself among them. */
  readonly inFlight: number;
  /** `dropped`: it met an overload: a time-out, or an answer such as 503. */
  readonly outcome: 'success' | 'dropped';
}

/** Decides how many calls may be in flight. A strategy has a state: each limiter needs one of its own. */
export interface LimitStrategy {
  /** The calls that may be in flight now: an integer of at least 1. */
  readonly limit: number;
  /**
   * Learns from a call that has ended. Calls that failed for reasons of their own, or whose caller gave up, say
   * nothing of the load and are left out.
   */
  record(call: EndedCall): void;
}

/** Bounds that the adaptive strategies share. */
export interface LimitBounds {
  /** Where it begins. @defaultValue 20, or the nearest bound */
  readonly initialLimit?: number;
  /** @defaultValue 1 */
  readonly minLimit?: number;
  /** @defaultValue 1000 */
  readonly maxLimit?: number;
}
