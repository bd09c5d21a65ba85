import { readOptions } from '@evenkeel/core';
import { BOUNDS_FIELDS, initialLimitWithin } from './limit-bounds.ts';
import type { EndedCall, LimitBounds, LimitStrategy } from './limit-strategy.ts';

/** Options of {@link gradient}. */
export type GradientOptions = LimitBounds;

interface GradientSettings {
  readonly initialLimit: number | undefined;
  readonly minLimit: number;
  readonly maxLimit: number;
}

/* Latencies vary; a window may be so much slower than the baseline before that is taken for a queue. */
const TOLERANCE = 1.5;

/* With fewer calls in flight than this part of the limit, none of them waits for another. */
const LOW_SHARE = 1 / 8;

/* With this part of the limit in use it may be what holds the load back. */
const USED_SHARE = 3 / 4;

/* So many calls a window, or as many as the limit: fewer say little of a spread as wide as that of latencies. */
const WINDOW_CALLS = 50;

/* Standard errors that the mean of a window may be off by. */
const CONFIDENCE = 2;

/* The baseline is the mean of so many calls, the older ones fading. */
const BASELINE_CALLS = 100;

/* Part of the way to the limit that a window suggests. */
const STEP = 0.5;

/* A clock may not have moved since. */
const LEAST_TICK_MS = 0.001;

/* What a dropped call lowers the limit by, as AIMD does. */
const BACKOFF = 0.9;

/* Little's law tells how many calls are in service; a limit of more than this many times that is for waiting. */
const MOST_TIMES_IN_SERVICE = 4;

/* Calls in flight have become fewer by enough to see what it did to the throughput, and what counts as a loss. */
const FEWER = 0.75;
const LESS = 0.85;

/**
 * Finds the limit at which calls begin to queue, by their latency. A window of calls suggests
 *
 *     limit × min(1, 1.5 × baseline / latency) + √limit
 *
 * and the limit goes half the way there: where the work is done by `n` servers, it settles at `1.5 n + √n` or so,
 * which keeps them busy at the price of a short queue. It changes only while it is used. The baseline, the latency
 * of calls that wait for no other, is learnt from calls that started while few were in flight; a faster window
 * lowers it. Under a load that never ends there are none of the former. If there the work itself gets slower,
 * the limit comes down and the latency does not: so it was not for the calls in flight, and becomes the baseline.
 * The limit is never lowered just to measure.
 *
 * Latencies are averaged as the square of the mean of square roots: between the mean, which one call of a heavy
 * tail can spoil, and the median, which would not see the queue that the slow tenth of the calls stands in.
 *
 * After Gradient2 of Netflix's concurrency-limits, whose baseline follows the latency under overload so that its
 * limit drifts upwards; the update is that of FAST TCP (C. Jin, D. Wei and S. Low, INFOCOM 2004); √n as in
 * square-root staffing (S. Halfin and W. Whitt, Operations Research 29, 1981); J. Little, "A Proof for the Queuing
 * Formula: L = λW", Operations Research 9 (1961), for the bound.
 *
 * @throws ConfigurationError
 */
export function gradient(options: GradientOptions = {}): LimitStrategy {
  const settings = readOptions<GradientSettings>('gradient', options, BOUNDS_FIELDS);
  return new Gradient(settings, initialLimitWithin('gradient', settings));
}

/** How the calls of a window did. */
interface Load {
  readonly calls: number;
  /** Mean, at the start of a call. */
  readonly inFlight: number;
  readonly latencyMs: number;
  /** Standard deviation of the roots of the latencies. */
  readonly spread: number;
  readonly perMs: number;
}

class Gradient implements LimitStrategy {
  readonly #settings: GradientSettings;
  /* With a fraction: small steps add up. */
  #limit: number;
  readonly #baseline = new Baseline();
  #window = new Window(Number.NEGATIVE_INFINITY);
  #reference: Load | undefined;
  #changedMs = Number.NEGATIVE_INFINITY;

  constructor(settings: GradientSettings, initialLimit: number) {
    this.#settings = settings;
    this.#limit = initialLimit;
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  record(call: EndedCall): void {
    const latencyMs = Math.max(0, call.endedMs - call.startedMs);
    if (call.outcome === 'dropped') {
      // Those that began before the limit was changed tell of the load that it was changed for.
      if (call.startedMs >= this.#changedMs) this.#change(this.#limit * BACKOFF, call.endedMs, 0);
      return;
    }
    if (call.inFlight <= Math.max(1, this.#limit * LOW_SHARE)) this.#baseline.add(latencyMs);
    if (call.endedMs < this.#window.sinceMs) return;
    this.#window.add(call, latencyMs);
    if (this.#window.calls >= Math.max(WINDOW_CALLS, this.#limit)) this.#evaluate(call.endedMs);
  }

  #evaluate(nowMs: number): void {
    const load = this.#window.load(nowMs);
    this.#baseline.lowerTo(load);
    if (load.inFlight < this.limit * USED_SHARE) {
      this.#reference = undefined;
      this.#window = new Window(nowMs);
      return;
    }
    this.#compare(load);
    const baselineMs = this.#baseline.atMost(load.spread);
    const gradient = load.latencyMs > 0 ? Math.min(1, (TOLERANCE * baselineMs) / load.latencyMs) : 1;
    const room = Math.sqrt(this.#limit);
    const suggested = Math.min(
      this.#limit * gradient + room,
      Math.max(this.#limit, MOST_TIMES_IN_SERVICE * load.perMs * baselineMs + room),
    );
    this.#change(this.#limit + STEP * (suggested - this.#limit), nowMs, load.latencyMs);
  }

  /** Whether fewer calls in flight got less done. Then none of them waits: it takes as long as that. */
  #compare(load: Load): void {
    const before = this.#reference;
    if (before && load.inFlight <= before.inFlight * FEWER) {
      // Throughput by Little's law: less noisy than counting.
      const less = load.inFlight / load.latencyMs < (LESS * before.inFlight) / before.latencyMs;
      if (less) this.#baseline.replace(load.latencyMs);
      this.#reference = load;
    } else if (!before || load.inFlight > before.inFlight || load.latencyMs > before.latencyMs) {
      this.#reference = load;
    }
  }

  #change(limit: number, nowMs: number, settlingMs: number): void {
    const { minLimit, maxLimit } = this.#settings;
    this.#limit = Math.max(minLimit, Math.min(maxLimit, limit));
    this.#changedMs = nowMs;
    // Calls that end before began under the old limit; those that both began and ended since are the short ones.
    this.#window = new Window(nowMs + settlingMs);
  }
}

/** The latency of calls that wait for no other. Roots, as all that is averaged here. */
class Baseline {
  #root = 0;
  #calls = 0;

  add(latencyMs: number): void {
    this.#calls = Math.min(BASELINE_CALLS, this.#calls + 1);
    this.#root += (Math.sqrt(latencyMs) - this.#root) / this.#calls;
  }

  /** Waiting only adds: what the calls of a window were served in, others can be. */
  lowerTo({ latencyMs, spread, calls }: Load): void {
    const root = Math.sqrt(latencyMs) + (CONFIDENCE * spread) / Math.sqrt(calls);
    if (this.#calls === 0 || root < this.#root) this.replace(root ** 2);
  }

  replace(latencyMs: number): void {
    this.#root = Math.sqrt(latencyMs);
    this.#calls = WINDOW_CALLS;
  }

  /** What it may be, in ms, where calls spread so. */
  atMost(spread: number): number {
    return (this.#root + (CONFIDENCE * spread) / Math.sqrt(this.#calls)) ** 2;
  }
}

/** Calls that ended in some time. */
class Window {
  readonly sinceMs: number;
  calls = 0;
  #inFlight = 0;
  #roots = 0;
  #latenciesMs = 0;

  constructor(sinceMs: number) {
    this.sinceMs = sinceMs;
  }

  add(call: EndedCall, latencyMs: number): void {
    this.calls += 1;
    this.#inFlight += call.inFlight;
    this.#roots += Math.sqrt(latencyMs);
    this.#latenciesMs += latencyMs;
  }

  load(nowMs: number): Load {
    const root = this.#roots / this.calls;
    return {
      calls: this.calls,
      inFlight: this.#inFlight / this.calls,
      latencyMs: root ** 2,
      // The square of a root is the latency itself.
      spread: Math.sqrt(Math.max(0, this.#latenciesMs / this.calls - root ** 2)),
      perMs: this.calls / Math.max(LEAST_TICK_MS, nowMs - this.sinceMs),
    };
  }
}
