import type { LimiterLoad } from './limiter-errors.ts';

/** What a limiter does and has done; counts are running totals since it was made. */
export interface LimiterStatistics extends LimiterLoad {
  /** Calls in flight whose caller waits for them no longer; they hold their slots until they end. */
  readonly abandoned: number;
  readonly arrived: number;
  readonly started: number;
  /** Ended well. */
  readonly succeeded: number;
  /** Ended by an overload: a time-out or an answer such as 503. */
  readonly dropped: number;
  /** Ended by an error of its own, or after its caller had given up. */
  readonly failed: number;
  /** Turned away because the queue was full. */
  readonly queueFull: number;
  /** Turned away because no slot came free in time. */
  readonly queueTimeout: number;
  /** Given up by their callers before they were started. */
  readonly aborted: number;
  /** Turned away because the limiter was stopped. */
  readonly stopped: number;
}

/** The running totals of {@link LimiterStatistics}. */
export class LimiterCounts {
  arrived = 0;
  started = 0;
  succeeded = 0;
  dropped = 0;
  failed = 0;
  queueFull = 0;
  queueTimeout = 0;
  aborted = 0;
  stopped = 0;
}
