import { EvenkeelError, formatDuration } from '@evenkeel/core';

/** How full a limiter is. */
export interface LimiterLoad {
  /** Calls that may be in flight. */
  readonly limit: number;
  /** Slots that are taken. */
  readonly inFlight: number;
  /** Calls that wait for a slot. */
  readonly queued: number;
  /** Slots held by calls that have been running for longer than `hungAfter`. */
  readonly hung: number;
  /** Age of the oldest call in flight, in ms; 0 where there is none. */
  readonly oldestMs: number;
}

/** A call that a limiter turned away, and how full it was then. */
export abstract class LimiterError extends EvenkeelError implements LimiterLoad {
  readonly limit: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly hung: number;
  readonly oldestMs: number;

  constructor(code: string, what: string, load: LimiterLoad) {
    super(`${what}; ${describeSlots(load)}`, { code });
    this.limit = load.limit;
    this.inFlight = load.inFlight;
    this.queued = load.queued;
    this.hung = load.hung;
    this.oldestMs = load.oldestMs;
  }
}

/** The queue was full, or the place in it went to a call of a higher priority. `code` is `QUEUE_FULL`. */
export class QueueFullError extends LimiterError {
  override readonly name = 'QueueFullError';

  constructor(limiter: string, load: LimiterLoad) {
    super('QUEUE_FULL', `limiter "${limiter}": the queue is full (${load.queued} waiting)`, load);
  }
}

/** No slot came free within `queueTimeout`. `code` is `QUEUE_TIMEOUT`. */
export class QueueTimeoutError extends LimiterError {
  override readonly name = 'QueueTimeoutError';
  /** How long it may have waited, in ms. */
  readonly timeoutMs: number;

  constructor(limiter: string, timeoutMs: number, load: LimiterLoad) {
    const what = `limiter "${limiter}": no slot came free within ${formatDuration(timeoutMs)}`;
    super('QUEUE_TIMEOUT', what, load);
    this.timeoutMs = timeoutMs;
  }
}

function describeSlots({ limit, inFlight, hung, oldestMs }: LimiterLoad): string {
  const oldest = `the oldest call has been running for ${formatDuration(oldestMs)}`;
  if (hung > 0 && hung >= inFlight) return `all ${inFlight} slots are held by hung calls, ${oldest}`;
  const byHung = hung > 0 ? ` (${hung} by hung calls)` : '';
  return `${inFlight} of ${limit} slots are taken${byHung}, ${oldest}`;
}
