import type { Pace } from './pace.ts';

/** How long something may wait: the longest of a time, so many starts, and so many times as long as work takes. */
interface Patience {
  readonly ms: number;
  readonly starts: number;
  readonly services: number;
}

/* In ordinary times: what people and time-outs bear, for a burst that is worth serving whole. */
const BURST: Patience = { ms: 300, starts: 40, services: 4 };

/* Where others are overloaded, or this was a moment ago: a pause for garbage collection is no reason to refuse. */
const PRESSED: Patience = { ms: 40, starts: 8, services: 3 };

/* Under overload: waiting only makes answers late, so just long enough to always have something to start. */
const OVERLOADED: Patience = { ms: 20, starts: 8, services: 1 };

/* A queue that has been empty once may still be that of an overload. */
const WARY_FOR_MS = 500;

/* Load beyond this part of the capacity is what the sum looks for; less shows in the length of the queue. */
const EXCESS_RATE = 1.3;
const EXCESS: Patience = { ms: 50, starts: 20, services: 0 };

/* A burst that arrives at once and is then over must not look like a load that stays. */
const STANDING_MS = 100;

/**
 * Tells a burst from an overload, for one class of work: from the arrivals of this and all more important
 * classes, and from the starts, which all could have been theirs.
 *
 * Two signs: a backlog that would take longer than work may wait; and, sooner, a cumulative sum of arrivals beyond
 * 1.3 times the starts while a backlog stands. The sum grows under an overload with every arrival, but hardly ever
 * below capacity, where it keeps falling back to nothing.
 *
 * Under overload the newest is started first, for it is the one most likely to be still waited for, and what has
 * waited for a short time is refused: the two time-outs and the order of Maurer, "Fail at Scale", ACM Queue 13(8),
 * 2015, after CoDel (RFC 8289), in terms of the measured time between starts rather than of fixed times.
 *
 * @see Page, "Continuous Inspection Schemes", Biometrika 41, 1954, for the cumulative sum
 */
export class OverloadDetector {
  overloaded = false;
  /** How long work of this class may wait now, in ms. */
  budgetMs = BURST.ms;
  #excess = 0;
  /** Since when there was always a backlog; -1 where there is none. */
  #standingSinceMs = -1;
  #waryUntilMs = -1;

  /**
   * Work of this or a more important class has to wait.
   *
   * @param backlog all of it that waits
   * @param isPressed whether less important work comes in faster than it can be done
   */
  arrived(backlog: number, isPressed: boolean, pace: Pace, nowMs: number): void {
    if (this.#standingSinceMs < 0) this.#standingSinceMs = nowMs;
    this.#excess += 1;
    const patience = isPressed || nowMs < this.#waryUntilMs ? PRESSED : BURST;
    const mayWaitMs = inMs(patience, pace);
    this.overloaded ||=
      backlog * pace.startIntervalMs > mayWaitMs ||
      (nowMs - this.#standingSinceMs >= STANDING_MS &&
        this.#excess * pace.startIntervalMs >= inMs(EXCESS, pace));
    this.budgetMs = this.overloaded ? inMs(OVERLOADED, pace) : mayWaitMs;
  }

  /** Something that had to wait was started. */
  started(): void {
    this.#excess = Math.max(0, this.#excess - EXCESS_RATE);
  }

  /** Nothing of this or more important classes waits. */
  cleared(nowMs: number): void {
    if (this.overloaded) this.#waryUntilMs = nowMs + WARY_FOR_MS;
    this.overloaded = false;
    this.#excess = 0;
    this.#standingSinceMs = -1;
  }
}

function inMs({ ms, starts, services }: Patience, { startIntervalMs, serviceMs }: Pace): number {
  return Math.max(ms, starts * startIntervalMs, services * serviceMs);
}
