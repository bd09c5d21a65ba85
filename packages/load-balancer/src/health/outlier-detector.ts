import { divergence, SURPRISE } from './divergence.ts';
import { FailureRates } from './failure-rates.ts';
import type { OutlierSettings } from './outlier-settings.ts';

/** A request that failed. */
export interface Failure {
  /** When it began and ended, by any one clock. */
  readonly startedMs: number;
  readonly endedMs: number;
  /** Whether the server got it. */
  readonly sent: boolean;
}

/* How fast present rates of failures follow: the last 39 requests or so count, (2 - w) / w. */
const NEWEST_WEIGHT = 0.05;

/* What a fleet fails with that nothing is known of yet, and how many successes this counts for. */
const PRIOR_RATE = 0.01;
const PRIOR_SUCCESSES = 100;

/* No fleet is better than can be known, and when nearly all requests fail there are no outliers. */
const LEAST_RATE = 0.001;
const MOST_RATE = 0.9;

/* What happened this many requests ago counts half. */
const MEMORY = 20_000;

/* A refused connection is not one of the errors that some requests meet by chance. */
const NOT_SENT_FAILURES = 2;

/* The rates of large fleets are sorted once for so many failures as are this part of the servers. */
const FAILURES_PER_SORT = 1 / 8;

/*
 * Where the other servers fail that often, the median of them, it is the fleet that is in trouble: its requests fail in
 * rows, as those behind one queue do, and taking servers out would leave the more to the rest.
 */
const TROUBLED = 0.2;

/*
 * A streak must last for this part of the time that its requests take: where time-outs are due to what has befallen the
 * whole fleet, the other servers show it by then.
 */
const PATIENCE = 0.5;

/**
 * Finds the servers whose requests fail as chance and the state of the whole fleet don't explain: by failures in a
 * row, or by the rate of failures. Knows no clock; servers are slots.
 *
 * In a row means in the order in which they began: of requests that begin together, those that fail by a time-out end
 * last, and all at once.
 *
 * What the fleet usually fails with is the rate of failures that come right after a success: for errors at random it
 * is their rate, and a server that is dead adds one failure to it, however many requests it gets. When all of the fleet
 * is in trouble, the median of the other servers' present rates is above it, and holds instead.
 */
export class OutlierDetector {
  readonly #settings: OutlierSettings;
  readonly #failureRates: FailureRates;
  #streaks = new Float64Array(16);
  #streakSinceMs = new Float64Array(16);
  /* When the last request began that went well. */
  #wellAtMs = new Float64Array(16);
  /* -1: no request yet. */
  #rates = new Float64Array(16).fill(-1);
  #sorted = new Float64Array(16);
  #successes = 0;
  #firstFailures = 0;
  #failuresSinceSort = Number.POSITIVE_INFINITY;
  #median = 0;

  constructor(settings: OutlierSettings) {
    this.#settings = settings;
    this.#failureRates = new FailureRates(settings.excessFailures);
  }

  /** Failures in a row, those that were not sent counted twice. */
  streak(slot: number): number {
    return this.#streaks[slot] ?? 0;
  }

  /** So many more failures in a row would make the server stand out, in the fleet's usual state. */
  missing(slot: number): number {
    const enough = Math.ceil(SURPRISE / divergence(1, this.usualRate));
    return Math.max(this.#settings.consecutiveFailures, enough) - this.streak(slot);
  }

  /** Part of the recent requests that failed. */
  failureRate(slot: number): number {
    return Math.max(0, this.#rates[slot] ?? 0);
  }

  /** Part of the fleet's requests that fail in its usual state. */
  get usualRate(): number {
    return this.#usualRate(this.#firstFailures);
  }

  /** The server has come, or goes: what it did before says nothing of it, and it is no measure of the others. */
  forget(slot: number): void {
    this.#failureRates.forget(slot);
    this.#makeRoom(slot);
    this.#streaks[slot] = 0;
    this.#wellAtMs[slot] = Number.NEGATIVE_INFINITY;
    this.#rates[slot] = -1;
  }

  /** @param startedMs when the request began, by any clock */
  succeeded(slot: number, startedMs: number): void {
    this.#failureRates.succeeded(slot);
    this.#streaks[slot] = 0;
    if (startedMs > (this.#wellAtMs[slot] as number)) this.#wellAtMs[slot] = startedMs;
    this.#rates[slot] = Math.max(0, (this.#rates[slot] as number) * (1 - NEWEST_WEIGHT));
    this.#successes += 1;
    if (this.#successes < MEMORY) return;
    this.#successes /= 2;
    this.#firstFailures /= 2;
  }

  /**
   * @param servers slots of the whole fleet
   * @returns why the server should be taken out; `undefined` where it should not
   */
  failed(
    slot: number,
    { startedMs, endedMs, sent }: Failure,
    servers: readonly number[],
  ): string | undefined {
    const before = this.#streaks[slot] as number;
    const isInRow = startedMs >= (this.#wellAtMs[slot] as number);
    const streak = isInRow ? before + (sent ? 1 : NOT_SENT_FAILURES) : before;
    this.#streaks[slot] = streak;
    if (before === 0) this.#streakSinceMs[slot] = endedMs;
    this.#rates[slot] = 1 - (1 - Math.max(0, this.#rates[slot] as number)) * (1 - NEWEST_WEIGHT);
    if (before === 0 || !isInRow) this.#firstFailures += 1;
    this.#failuresSinceSort += 1;
    // The streak in question is not part of what is usual.
    const usual = this.#usualRate(Math.max(0, this.#firstFailures - 1));
    const reason = this.#failureRates.failed(slot, endedMs, servers, usual);
    if (reason !== undefined || streak < this.#settings.consecutiveFailures) return reason;
    if (endedMs - (this.#streakSinceMs[slot] as number) < PATIENCE * (endedMs - startedMs)) return undefined;
    const others = this.#medianOfOthers(slot, servers);
    if (others > TROUBLED || this.#mostOthersFailed(slot, servers)) return undefined;
    const expected = clampRate(Math.max(usual, others));
    return streak * divergence(1, expected) >= SURPRISE ? 'requests fail one after the other' : undefined;
  }

  #usualRate(firstFailures: number): number {
    const failures = firstFailures + PRIOR_RATE * PRIOR_SUCCESSES;
    return clampRate(failures / (this.#successes + PRIOR_SUCCESSES));
  }

  /** By their last requests: where there are few to each server, rates take too long to tell. */
  #mostOthersFailed(slot: number, servers: readonly number[]): boolean {
    let failed = 0;
    for (const other of servers) if (other !== slot && (this.#streaks[other] as number) > 0) failed += 1;
    return 2 * failed > servers.length - 1;
  }

  /** The lower one of the two in the middle where their number is even: in doubt half of the fleet is well. */
  #medianOfOthers(slot: number, servers: readonly number[]): number {
    if (this.#failuresSinceSort < servers.length * FAILURES_PER_SORT) return this.#median;
    this.#failuresSinceSort = 0;
    if (this.#sorted.length < servers.length) this.#sorted = new Float64Array(2 * servers.length);
    let others = 0;
    for (const other of servers) {
      const rate = this.#rates[other] ?? -1;
      if (rate < 0 || other === slot) continue;
      this.#sorted[others] = rate;
      others += 1;
    }
    this.#median = this.#sorted.subarray(0, others).sort()[(others - 1) >> 1] ?? 0;
    return this.#median;
  }

  #makeRoom(slot: number): void {
    if (slot < this.#rates.length) return;
    const length = Math.max(2 * this.#rates.length, slot + 1);
    const streaks = new Float64Array(length);
    streaks.set(this.#streaks);
    this.#streaks = streaks;
    const wellAtMs = new Float64Array(length);
    wellAtMs.set(this.#wellAtMs);
    this.#wellAtMs = wellAtMs;
    const streakSinceMs = new Float64Array(length);
    streakSinceMs.set(this.#streakSinceMs);
    this.#streakSinceMs = streakSinceMs;
    const rates = new Float64Array(length).fill(-1);
    rates.set(this.#rates);
    this.#rates = rates;
  }
}

function clampRate(rate: number): number {
  return Math.min(MOST_RATE, Math.max(LEAST_RATE, rate));
}
