import { EvenkeelError } from '@evenkeel/core';

/* A message is to be read by a person; `reasons` has them all. */
const MAX_REASONS = 10;

/** No server may be given the request. Thrown at once: waiting would not help. `code` is `NO_SERVER`. */
export class NoServerError extends EvenkeelError {
  override readonly name = 'NoServerError';
  /** Why not, by the server's id. Empty where there are no servers. */
  readonly reasons: Readonly<Record<string, string>>;

  constructor(balancer: string, reasons: Readonly<Record<string, string>>) {
    const entries = Object.entries(reasons);
    const shown = entries.slice(0, MAX_REASONS).map(([id, reason]) => `${id}: ${reason}`);
    if (entries.length > MAX_REASONS) shown.push(`and ${entries.length - MAX_REASONS} more`);
    const why = shown.length === 0 ? 'there are none' : shown.join('; ');
    super(`load balancer "${balancer}": no server can take the request (${why})`, { code: 'NO_SERVER' });
    this.reasons = reasons;
  }
}

/** Every server has as much as it may have, and as many requests wait as may wait. `code` is `QUEUE_FULL`. */
export class QueueFullError extends EvenkeelError {
  override readonly name = 'QueueFullError';
  /** Requests that wait. */
  readonly queued: number;

  constructor(balancer: string, queued: number) {
    super(`load balancer "${balancer}": all servers are full, and ${queued} requests wait already`, {
      code: 'QUEUE_FULL',
    });
    this.queued = queued;
  }
}

/**
 * The servers fail so much of what they are asked that a part of the requests is refused here, so that they can
 * recover. `code` is `THROTTLED`.
 */
export class ThrottledError extends EvenkeelError {
  override readonly name = 'ThrottledError';
  /** The part that is refused now, from 0 to 1. */
  readonly ratio: number;

  constructor(balancer: string, ratio: number) {
    const percent = Math.round(100 * ratio);
    super(`load balancer "${balancer}": ${percent} % of the requests are refused while the servers fail`, {
      code: 'THROTTLED',
    });
    this.ratio = ratio;
  }
}
