import { type Clock, callWithTimeout, type HealthStatus, TimeoutError } from '@evenkeel/core';
import type { HealthCheck, KnownStatus } from './check.ts';
import { type CheckMetrics, STATUS_VALUE } from './check-metrics.ts';
import type { CheckReport } from './check-report.ts';
import type { CheckSettings } from './check-settings.ts';
import { damp } from './damping.ts';
import { type Observation, readFailure, readResult } from './observation.ts';

/** What a runner is made of and whom it tells. */
export interface CheckRunnerOptions {
  readonly name: string;
  readonly check: HealthCheck;
  readonly settings: CheckSettings & { readonly timeout: number };
  readonly clock: Clock;
  readonly metrics: CheckMetrics;
  /** Called after every result. */
  readonly onResult: (from: KnownStatus, observation: Observation) => void;
}

interface Run {
  readonly startedMs: number;
}

interface LastResult {
  readonly observation: Observation;
  readonly endedMs: number;
  readonly checkedAt: number;
  readonly durationMs: number;
}

/* A run that ignores its signal for so long is taken for lost, and one more is tried. */
const LOST_AFTER_MS = 30_000;
const LOST_AFTER_TIMEOUTS = 10;

/* Each lost run may hold a connection or a closure: past these no further run begins until one has ended. */
const MAX_UNSETTLED_RUNS = 3;

/** Runs one check, one run at a time, and keeps what came of it. */
export class CheckRunner {
  readonly name: string;
  readonly check: HealthCheck;
  readonly settings: CheckSettings & { readonly timeout: number };
  readonly #clock: Clock;
  readonly #metrics: CheckMetrics;
  readonly #onResult: CheckRunnerOptions['onResult'];
  readonly #unsettled = new Set<Run>();
  readonly #recent: HealthStatus[] = [];
  #flight: Promise<void> | undefined;
  #controller = new AbortController();
  #status: KnownStatus = 'unknown';
  #last: LastResult | undefined;
  #passed = false;
  #runs = 0;
  #failures = 0;
  #consecutiveFailures = 0;
  #late: { readonly runs: number; readonly ms: number; readonly status: HealthStatus } | undefined;

  constructor({ name, check, settings, clock, metrics, onResult }: CheckRunnerOptions) {
    this.name = name;
    this.check = check;
    this.settings = settings;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#onResult = onResult;
  }

  get status(): KnownStatus {
    return this.#status;
  }

  /** A start-up check that has passed once: it is never run again. */
  get isDone(): boolean {
    return this.settings.kind === 'startup' && this.#passed;
  }

  /**
   * Whether the last result may answer (`fresh`), may answer while a new run begins behind it (`stale`), or
   * may not (`expired`).
   *
   * @param maxAgeMs accepts results up to this age besides those that `cacheFor` covers; never critical ones
   */
  freshness(maxAgeMs: number): 'fresh' | 'stale' | 'expired' {
    if (this.isDone) return 'fresh';
    if (!this.#last) return 'expired';
    const { cacheFor, cacheFailuresFor, staleFor } = this.settings;
    const ageMs = this.#clock.monotonic() - this.#last.endedMs;
    if (this.#last.observation.status === 'critical') return ageMs < cacheFailuresFor ? 'fresh' : 'expired';
    const lifetimeMs = Math.max(cacheFor, maxAgeMs);
    if (ageMs < lifetimeMs) return 'fresh';
    return ageMs < lifetimeMs + staleFor ? 'stale' : 'expired';
  }

  /** Runs the check or joins the run under way. Ends when the result is recorded; never rejects. */
  refresh(): Promise<void> {
    if (this.isDone) return Promise.resolve();
    this.#flight ??= this.#run().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  /** Ends the run under way, if any, without a result. */
  async cancel(): Promise<void> {
    this.#controller.abort();
    await this.#flight;
  }

  report(): CheckReport {
    const { kind, critical } = this.settings;
    return {
      name: this.name,
      kind,
      critical,
      componentType: this.check.componentType ?? 'component',
      status: this.#status,
      ...this.#describeLast(),
      running: this.#flight !== undefined,
      runs: this.#runs,
      failures: this.#failures,
      consecutiveFailures: this.#consecutiveFailures,
      lateRuns: this.#late?.runs ?? 0,
      ...(this.#late ? { lateMs: this.#late.ms, lateStatus: this.#late.status } : {}),
    };
  }

  #describeLast(): Pick<CheckReport, 'observedStatus' | 'message'> & Partial<CheckReport> {
    if (!this.#last) return { observedStatus: 'unknown', message: 'it has not been checked yet' };
    const { observation, checkedAt, endedMs, durationMs } = this.#last;
    const { status: observedStatus, ...rest } = observation;
    return { observedStatus, ...rest, checkedAt, ageMs: this.#clock.monotonic() - endedMs, durationMs };
  }

  async #run(): Promise<void> {
    const startedMs = this.#clock.monotonic();
    const hangingMs = this.#hangingMs(startedMs);
    if (hangingMs !== undefined) {
      this.#recordHanging(hangingMs, startedMs);
      return;
    }
    const run: Run = { startedMs };
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    const observation = await this.#observe(run, signal);
    if (!signal.aborted) this.#record(observation, startedMs);
  }

  async #observe(run: Run, signal: AbortSignal): Promise<Observation> {
    const call = async (ended: AbortSignal): Promise<unknown> => {
      this.#unsettled.add(run);
      try {
        return await this.check(ended);
      } finally {
        this.#unsettled.delete(run);
      }
    };
    try {
      const value = await callWithTimeout(call, {
        timeoutMs: this.settings.timeout,
        what: `health check ${JSON.stringify(this.name)}`,
        signal,
        clock: this.#clock,
        onLate: (outcome) => {
          if (!signal.aborted) this.#recordLate(run, outcome);
        },
      });
      return readResult(value);
    } catch (thrown) {
      return readFailure(thrown);
    }
  }

  /** For how long a run has been hanging that stands in the way of the next. */
  #hangingMs(nowMs: number): number | undefined {
    if (this.#unsettled.size === 0) return undefined;
    const hangingMs = nowMs - Math.max(...[...this.#unsettled].map(({ startedMs }) => startedMs));
    const isLost = hangingMs >= Math.max(LOST_AFTER_MS, LOST_AFTER_TIMEOUTS * this.settings.timeout);
    return isLost && this.#unsettled.size < MAX_UNSETTLED_RUNS ? undefined : hangingMs;
  }

  /** Fails once for each time-out that the hanging run outlasts, however often it is asked about. */
  #recordHanging(hangingMs: number, nowMs: number): void {
    if (this.#last && nowMs - this.#last.endedMs < this.settings.timeout) return;
    const message = `a run has not returned for ${Math.round(hangingMs)} ms; the next begins when it has`;
    this.#record({ status: 'critical', message, reason: 'hung' }, nowMs);
  }

  #record(observation: Observation, startedMs: number): void {
    const endedMs = this.#clock.monotonic();
    const durationMs = endedMs - startedMs;
    const { failureThreshold, successThreshold } = this.settings;
    const from = this.#status;
    this.#last = { observation, endedMs, checkedAt: this.#clock.now(), durationMs };
    this.#recent.push(observation.status);
    if (this.#recent.length > Math.max(failureThreshold, successThreshold)) this.#recent.shift();
    const status = damp(from, this.#recent, this.settings);
    this.#status = status;
    if (status !== 'critical') this.#passed = true;
    this.#runs += 1;
    this.#metrics.durationSeconds.observe(durationMs / 1000);
    if (status !== 'unknown') this.#metrics.status.set(STATUS_VALUE[status]);
    if (observation.reason) {
      this.#failures += 1;
      this.#consecutiveFailures += 1;
      this.#metrics.failures(observation.reason).inc();
    } else {
      this.#consecutiveFailures = 0;
    }
    this.#onResult(from, observation);
  }

  #recordLate(run: Run, outcome: { readonly value: unknown } | { readonly error: unknown }): void {
    if ('error' in outcome && isAbort(outcome.error)) return;
    const { status } = 'value' in outcome ? readResult(outcome.value) : readFailure(outcome.error);
    const ms = this.#clock.monotonic() - run.startedMs;
    this.#late = { runs: (this.#late?.runs ?? 0) + 1, ms, status };
    this.#metrics.late.inc();
  }
}

/** A check that gave up when it was told to is not late. */
function isAbort(error: unknown): boolean {
  return error instanceof TimeoutError || (error instanceof Error && error.name === 'AbortError');
}
