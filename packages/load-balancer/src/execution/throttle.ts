import { SlidingCounts } from './sliding-counts.ts';

/*
 * The book has two minutes, for loads that change slowly. The part that is let through doubles in 0.4 windows at best
 * when the servers have recovered, so that longer ones waste seconds of what they could do, and swing.
 */
const WINDOW_MS = 500;

/*
 * So many failures in a window refuse nobody: one failure of one request says nothing. Each client of many may do
 * this, so that it has to be few.
 */
const TOLERATED = 2;

/* How many times what they accept the servers may be asked: the value of the book. */
const K = 2;

/**
 * Adaptive throttling by the client: when the servers accept much less than they are asked, requests are refused here,
 * at random, so that the servers can recover, and what is asked of them stays within twice what they accept.
 *
 * B. Beyer et al. (editors), "Site Reliability Engineering" (2016), chapter 21, "Handling Overload": a request is
 * refused with probability max(0, (requests - K × accepts) / (requests + 1)).
 */
export class Throttle {
  readonly #isOn: boolean;
  readonly #random: () => number;
  /* Tries that have ended and requests that were refused here; tries that went well. */
  readonly #counts = new SlidingCounts(WINDOW_MS);

  constructor(isOn: boolean, random: () => number) {
    this.#isOn = isOn;
    this.#random = random;
  }

  /** A try has ended. */
  record(accepted: boolean, nowMs: number): void {
    this.#counts.moveTo(nowMs);
    this.#counts.add(1, accepted ? 1 : 0);
  }

  /** Part of the requests that are refused now. */
  ratio(nowMs: number): number {
    if (!this.#isOn) return 0;
    const counts = this.#counts;
    counts.moveTo(nowMs);
    const excess = counts.first - K * counts.second - TOLERATED;
    return excess <= 0 ? 0 : excess / (counts.first + 1);
  }

  /** Whether to refuse a request: at random, with the probability {@link ratio}. */
  refuses(nowMs: number): boolean {
    const ratio = this.ratio(nowMs);
    return ratio > 0 && this.#random() < ratio;
  }

  /** A new request was refused: it counts as asked. */
  refused(nowMs: number): void {
    this.#counts.moveTo(nowMs);
    this.#counts.add(1, 0);
  }
}
