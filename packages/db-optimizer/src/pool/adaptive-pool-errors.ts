import { EvenkeelError, formatDuration } from '@evenkeel/core';

/** How full an adaptive pool is. */
export interface AdaptivePoolLoad {
  /** Connections that may be in use now. */
  readonly limit: number;
  /** Connections that are in use, or being opened. */
  readonly inUse: number;
  /** Calls that wait for one. */
  readonly waiting: number;
}

/** As many calls wait as may wait. Nothing was sent. `code` is `QUEUE_FULL`. */
export class PoolQueueFullError extends EvenkeelError implements AdaptivePoolLoad {
  override readonly name = 'PoolQueueFullError';
  readonly limit: number;
  readonly inUse: number;
  readonly waiting: number;

  constructor(pool: string, load: AdaptivePoolLoad) {
    super(`adaptive pool "${pool}": the queue is full; ${describe(load)}`, { code: 'QUEUE_FULL' });
    this.limit = load.limit;
    this.inUse = load.inUse;
    this.waiting = load.waiting;
  }
}

/** There was no connection within `queueTimeout`. Nothing was sent. `code` is `QUEUE_TIMEOUT`. */
export class PoolQueueTimeoutError extends EvenkeelError implements AdaptivePoolLoad {
  override readonly name = 'PoolQueueTimeoutError';
  readonly limit: number;
  readonly inUse: number;
  readonly waiting: number;
  /** How long it may have waited, in ms. */
  readonly timeoutMs: number;

  constructor(pool: string, timeoutMs: number, load: AdaptivePoolLoad) {
    const what = `no connection was to be had within ${formatDuration(timeoutMs)}`;
    super(`adaptive pool "${pool}": ${what}; ${describe(load)}`, { code: 'QUEUE_TIMEOUT' });
    this.limit = load.limit;
    this.inUse = load.inUse;
    this.waiting = load.waiting;
    this.timeoutMs = timeoutMs;
  }
}

function describe({ limit, inUse, waiting }: AdaptivePoolLoad): string {
  return `${inUse} of ${limit} connections are in use, ${waiting} calls wait`;
}
