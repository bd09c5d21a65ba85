import type { Linked } from '@evenkeel/core';
import type { EndedCall } from './strategies/limit-strategy.ts';

/** A call on its way through a limiter. In the queue while it waits, in a list of the limiter while it runs. */
export class Call implements EndedCall, Linked<Call> {
  readonly limiter: object;
  /** Where it waits: the lower, the sooner. */
  readonly rank: number;
  /** The call in whose work it was made, of whatever limiter. */
  outer: Call | undefined;
  /** The nearest of those that was running in the same limiter when it was made; none once this has ended. */
  host: Call | undefined;
  state: 'waiting' | 'running' | 'ended' = 'waiting';
  arrivedMs = 0;
  startedMs = 0;
  endedMs = 0;
  inFlight = 0;
  outcome: EndedCall['outcome'] = 'success';
  isHung = false;
  /** Its caller waits for it no longer. */
  isAbandoned = false;
  /** Another ran on its slot for a while: how long it took says nothing of the load. */
  hasLent = false;
  /** The call whose slot it runs on; it has one of its own otherwise. */
  lender: Call | undefined;
  /** The call that runs on its slot. */
  borrower: Call | undefined;
  /** Calls made in its work that wait, for its slot as for any other. */
  waitingWithin: Set<Call> | undefined;
  /** Tell the one who waits. */
  admit: (() => void) | undefined;
  refuse: ((error: unknown) => void) | undefined;
  previous: Call | undefined;
  next: Call | undefined;

  constructor(limiter: object, rank: number, outer: Call | undefined, host: Call | undefined) {
    this.limiter = limiter;
    this.rank = rank;
    this.outer = outer;
    this.host = host;
  }
}
