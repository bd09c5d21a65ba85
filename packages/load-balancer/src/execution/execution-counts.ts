/** How a request ended. `ignored`: with an error that its judge did not hold against the server. */
export type RequestOutcome =
  | 'succeeded'
  | 'failed'
  | 'ignored'
  | 'timedOut'
  | 'aborted'
  | 'noServer'
  | 'queueFull'
  | 'throttled'
  | 'stopped';

/** Why a request was tried again. `trial`: what failed was the trial of a server that had been ejected. */
export type RetryReason = 'failure' | 'not-sent' | 'timeout' | 'trial';

/** Running totals of requests. */
export class RequestCounts {
  arrived = 0;
  succeeded = 0;
  failed = 0;
  ignored = 0;
  timedOut = 0;
  aborted = 0;
  noServer = 0;
  queueFull = 0;
  throttled = 0;
  stopped = 0;
}

/** Running totals of tries. */
export class TryCounts {
  /** All tries, the first of each request included. */
  started = 0;
  /** Retries by reason. */
  readonly retries: Record<RetryReason, number> = { failure: 0, 'not-sent': 0, timeout: 0, trial: 0 };
  /** Second tries beside one that took long, and those that were faster than it. */
  hedges = 0;
  hedgesWon = 0;
}
