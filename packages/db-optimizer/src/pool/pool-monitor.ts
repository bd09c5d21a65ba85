import {
  type Clock,
  type Duration,
  option,
  type Recommendation,
  readOptions,
  readValue,
  systemClock,
} from '@evenkeel/core';
import { traceAbove } from './call-site.ts';
import { Checkout, type CheckoutCounts } from './checkout.ts';
import { MeasurementWindow, type TimesMs } from './measurement-window.ts';
import { adviseOnPool, type PoolAdvice } from './pool-advice.ts';
import type { PoolCounts } from './pool-counts.ts';
import { poolRecommendations } from './pool-recommendations.ts';
import type { ServerConnections } from './server-connections.ts';
import { type CurvePoint, kneeOf, ThroughputCurve } from './throughput-curve.ts';

export interface PoolMonitorOptions {
  /** Tells it from others in messages. @defaultValue 'default' */
  readonly name?: string;
  /** What the figures of a snapshot are taken over; a second or more. @defaultValue '1m' */
  readonly window?: Duration;
  /** A connection that is held for so long without a query counts as leaked. @defaultValue '30s' */
  readonly leakAfter?: Duration;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
}

/** A connection that is held, and not used. */
export interface Leak {
  readonly heldMs: number;
  readonly idleMs: number;
  /**
   * Where it was asked for, innermost frame first. Recorded for some of the connections that are asked for, and for all
   * once a leak was seen; undefined for the others.
   */
  readonly site: readonly string[] | undefined;
}

/** How a pool does. Rates and times are of the last window. */
export interface PoolSnapshot {
  readonly name: string;
  /** Most connections that it may have. */
  readonly max: number;
  /** Connections now, in use or not. */
  readonly total: number;
  readonly idle: number;
  /** Those who wait for one now. */
  readonly waiting: number;
  /** Time the figures below were taken over, in ms. */
  readonly spanMs: number;
  readonly requestsPerSecond: number;
  readonly completionsPerSecond: number;
  /** In use, in the mean. By Little's law this is the rate of completions times how long connections are held. */
  readonly meanInUse: number;
  readonly meanWaiting: number;
  /** Part of `max` that is in use in the mean. */
  readonly utilisation: number;
  /** Most in use at once, within an hour. */
  readonly peakInUse: number;
  /** For how long there are figures of that, in ms. */
  readonly peakSpanMs: number;
  /** From asking for a connection to having it. */
  readonly waitMs: TimesMs;
  /** From having it to giving it back. */
  readonly holdMs: TimesMs;
  /** Of single queries in it. */
  readonly queryMs: TimesMs;
  /** Median time of a query in the hour before the window, in ms; NaN while that is not known. */
  readonly usualQueryMs: number;
  /** Part of the time held in which a query was under way. */
  readonly queryShare: number;
  /** Connections that were not to be had in time, and for another reason. */
  readonly timeouts: number;
  readonly failures: number;
  readonly leaks: readonly Leak[];
  /** Throughput by connections in use, of about the last ten minutes. */
  readonly curve: readonly CurvePoint[];
  /** Connections from which on more bring hardly more; undefined while no knee was seen. */
  readonly knee: number | undefined;
}

interface Settings {
  readonly name: string;
  readonly window: number;
  readonly leakAfter: number;
  readonly clock: Clock;
}

/* A trace costs more than all else that is measured: one in so many, and after a leak all for a while. */
const TRACE_ONE_IN = 8;
const SUSPICION_MS = 600_000;

/* What was seen of a concurrency counts half after so long. */
const CURVE_HALF_LIFE_MS = 300_000;

const HOUR_MS = 3_600_000;

/* As `pg` says it; there is no code. */
const POOL_TIMEOUT = 'timeout exceeded when trying to connect';

/**
 * Measures a pool: how long connections are waited for and held, how many are in use, and what throughput that brings.
 * `instrumentPool` feeds it. It takes memory for the last window only.
 *
 * J. Little, "A Proof for the Queuing Formula: L = λW", Operations Research 9 (1961).
 *
 * @example
 * const monitor = new PoolMonitor(pool);
 * const stop = instrumentPool(pool, { observe, measurements: monitor });
 * monitor.snapshot().utilisation;
 */
export class PoolMonitor {
  readonly name: string;
  readonly #pool: PoolCounts;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #window: MeasurementWindow;
  readonly #curve = new ThroughputCurve();
  readonly #startedMs: number;
  readonly #counts: CheckoutCounts;
  /* As many as the pool has connections. */
  readonly #held = new Set<Checkout>();
  #waiting = 0;
  #integratedMs: number;
  #fadedMs: number;
  #untraced = 0;
  #suspiciousUntilMs = Number.NEGATIVE_INFINITY;

  /** @throws ConfigurationError */
  constructor(pool: PoolCounts, options?: PoolMonitorOptions) {
    const settings = readOptions<Settings>('PoolMonitor', options, {
      name: option.string().default('default'),
      window: option.duration({ min: 1000 }).default(60_000),
      leakAfter: option.duration({ min: 1 }).default(30_000),
      clock: option.withMethods<Clock>('now', 'monotonic').default(systemClock),
    });
    readValue('PoolMonitor', 'pool', pool, option.withMethods<PoolCounts>());
    this.name = settings.name;
    this.#pool = pool;
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#startedMs = this.#clock.monotonic();
    this.#integratedMs = this.#startedMs;
    this.#fadedMs = this.#startedMs;
    this.#window = new MeasurementWindow(settings.window, this.#startedMs);
    this.#counts = {
      acquired: (checkout, nowMs) => this.#acquired(checkout, nowMs),
      failed: (checkout, error, nowMs) => this.#failed(checkout, error, nowMs),
      queryEnded: (durationMs, nowMs) => this.#window.at(nowMs).queries.add(durationMs),
      released: (checkout, nowMs) => this.#released(checkout, nowMs),
    };
  }

  /**
   * Somebody asks for a connection.
   *
   * @param askedBy the function that was called for it, where the caller has to give it back himself
   */
  requested(askedBy?: unknown): Checkout {
    const trace = askedBy === undefined ? undefined : this.#trace(askedBy);
    const checkout = new Checkout(this.#clock, this.#counts, trace);
    this.#integrate(checkout.requestedMs);
    this.#window.at(checkout.requestedMs).requested += 1;
    this.#waiting += 1;
    return checkout;
  }

  snapshot(): PoolSnapshot {
    const nowMs = this.#clock.monotonic();
    this.#integrate(nowMs);
    const measured = this.#window.measured(nowMs);
    const { spanMs, waits, holds, queries } = measured;
    const past = this.#window.past(nowMs - HOUR_MS, nowMs);
    const before = past.filter(({ atMs }) => atMs < nowMs - this.#settings.window);
    const usual = before.map(({ queryMs }) => queryMs).filter((ms) => !Number.isNaN(ms));
    const leaks = this.#leaks(nowMs);
    const curve = this.#curve.points();
    const { max } = this.#pool.options;
    const per = (count: number, ms: number): number => (ms > 0 ? count / ms : 0);
    const meanInUse = per(measured.inUseMs, spanMs);
    return {
      name: this.name,
      max,
      total: this.#pool.totalCount,
      idle: this.#pool.idleCount,
      waiting: this.#pool.waitingCount,
      spanMs,
      requestsPerSecond: 1000 * per(measured.requested, spanMs),
      completionsPerSecond: 1000 * per(measured.released, spanMs),
      meanInUse,
      meanWaiting: per(measured.waitingMs, spanMs),
      utilisation: per(meanInUse, max),
      peakInUse: Math.max(this.#window.at(nowMs).peakInUse, ...past.map(({ peakInUse }) => peakInUse)),
      peakSpanMs: Math.min(HOUR_MS, nowMs - this.#startedMs),
      waitMs: waits,
      holdMs: holds,
      queryMs: queries,
      usualQueryMs: usual.length < USUAL_SLOTS ? Number.NaN : median(usual),
      queryShare: Math.min(1, per(queries.count * queries.mean, holds.count * holds.mean)),
      timeouts: measured.timeouts,
      failures: measured.failures,
      leaks,
      curve,
      knee: kneeOf(curve),
    };
  }

  /**
   * What is wrong with the pool, if anything, and how large it should be.
   *
   * @param server what the server has room for, as `readServerConnections` reads it @defaultValue not known
   */
  advice(server?: ServerConnections): PoolAdvice {
    return adviseOnPool(this.snapshot(), server);
  }

  /** The advice as recommendations; none where all is well. */
  recommendations(server?: ServerConnections): readonly Recommendation[] {
    return poolRecommendations(this.advice(server));
  }

  #acquired(checkout: Checkout, nowMs: number): void {
    this.#integrate(nowMs);
    this.#waiting -= 1;
    this.#held.add(checkout);
    const slot = this.#window.at(nowMs);
    slot.waits.add(nowMs - checkout.requestedMs);
    if (this.#held.size > slot.peakInUse) slot.peakInUse = this.#held.size;
  }

  #failed(_checkout: Checkout, error: unknown, nowMs: number): void {
    this.#integrate(nowMs);
    this.#waiting -= 1;
    const slot = this.#window.at(nowMs);
    if (error instanceof Error && error.message === POOL_TIMEOUT) slot.timeouts += 1;
    else slot.failures += 1;
  }

  #released(checkout: Checkout, nowMs: number): void {
    this.#integrate(nowMs);
    const slot = this.#window.at(nowMs);
    slot.released += 1;
    slot.holds.add(nowMs - checkout.acquiredMs);
    this.#curve.end(this.#held.size);
    this.#held.delete(checkout);
  }

  /** Brings the integrals up to now, by slots. */
  #integrate(nowMs: number): void {
    const inUse = this.#held.size;
    // What is older than the window is only of use for the curve.
    const skippedMs = nowMs - this.#integratedMs - (inUse + this.#waiting > 0 ? this.#settings.window : 0);
    if (skippedMs > 0) {
      if (inUse > 0) this.#curve.spend(inUse, skippedMs);
      this.#integratedMs += skippedMs;
    }
    while (this.#integratedMs < nowMs) {
      const slot = this.#window.at(this.#integratedMs);
      const endMs = Math.min(nowMs, this.#window.endsMs);
      // A slot begins where the one before ends, but sums of floats may say otherwise.
      const toMs = endMs > this.#integratedMs ? endMs : nowMs;
      const ms = toMs - this.#integratedMs;
      slot.inUseMs += inUse * ms;
      slot.waitingMs += this.#waiting * ms;
      if (inUse > slot.peakInUse) slot.peakInUse = inUse;
      if (inUse > 0) this.#curve.spend(inUse, ms);
      this.#integratedMs = toMs;
      if (toMs < nowMs) this.#slotEnded(nowMs);
    }
  }

  #slotEnded(nowMs: number): void {
    this.#curve.fade(2 ** ((this.#fadedMs - nowMs) / CURVE_HALF_LIFE_MS));
    this.#fadedMs = nowMs;
    this.#leaks(nowMs);
  }

  #leaks(nowMs: number): Leak[] {
    const { leakAfter } = this.#settings;
    const leaked = [...this.#held].filter((checkout) => checkout.idleMs(nowMs) >= leakAfter);
    if (leaked.length > 0) this.#suspiciousUntilMs = nowMs + SUSPICION_MS;
    return leaked.map((checkout) => ({
      heldMs: nowMs - checkout.acquiredMs,
      idleMs: checkout.idleMs(nowMs),
      site: checkout.site(),
    }));
  }

  #trace(askedBy: unknown): { readonly stack?: string } | undefined {
    this.#untraced += 1;
    const isDue = this.#untraced >= TRACE_ONE_IN || this.#integratedMs < this.#suspiciousUntilMs;
    if (!isDue) return undefined;
    this.#untraced = 0;
    return traceAbove(askedBy);
  }
}

/* A few slots are no habit. */
const USUAL_SLOTS = 12;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
