import type { RefusalReason } from './request-class.ts';

/**
 * A piece of work that asks to be started. The controller calls either `start` or `refuse`, once, or neither
 * where `isGone()` says that nobody waits for it any more. Whoever is started tells the controller's `finish`
 * when it is over, however it ended.
 *
 * The fields are the controller's. They are initialised here, and with numbers, because a ticket is made for
 * every request.
 */
export abstract class Ticket {
  /** Its class as a place in `REQUEST_CLASSES`. */
  readonly rank: number;
  /** When nobody will want the result any more, on the controller's clock; `Infinity` for never. */
  readonly deadlineMs: number;
  arrivedMs = 0;
  startedMs = 0;
  /** Work in flight when it was started, itself included. */
  concurrency = 0;
  /** The integral over time of the work in flight, when it was started. */
  integralMs = 0;
  /** Whether it is in flight; hung work is, too. */
  running = false;
  hung = false;
  /** Its neighbours in the list of work in flight, in the order of their starts. */
  earlier: Ticket | undefined = undefined;
  later: Ticket | undefined = undefined;

  constructor(rank: number, deadlineMs: number) {
    this.rank = rank;
    this.deadlineMs = deadlineMs;
  }

  abstract start(): void;

  abstract refuse(reason: RefusalReason): void;

  /** Called when it has to wait: what is started later runs in a foreign asynchronous context. */
  enqueued(): void {}

  isGone(): boolean {
    return false;
  }
}
