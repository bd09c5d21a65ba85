import {
  type Clock,
  type ComponentHealth,
  ConfigurationError,
  callWithTimeout,
  type Disposer,
  type Duration,
  Emitter,
  EvenkeelError,
  type ManagedComponent,
  option,
  type Recommendation,
  readOptions,
  readValue,
  StateError,
  TimeoutError,
} from '@evenkeel/core';
import {
  HEALTH_KINDS,
  type HealthCheck,
  type HealthCheckOptions,
  type HealthKind,
  type KnownStatus,
} from './check.ts';
import { defineCheckMetrics, exportStatus } from './check-metrics.ts';
import { missingCheck } from './check-report.ts';
import type { CheckRunner } from './check-runner.ts';
import { type CheckSettings, settingsFields } from './check-settings.ts';
import { type DrainOptions, type DrainResult, readDrainOptions, runDrain } from './drain.ts';
import {
  type HealthCheckerOptions,
  type HealthCheckerSettings,
  readHealthCheckerOptions,
} from './health-checker-options.ts';
import type { CheckChange, HealthEvents } from './health-events.ts';
import { type HealthPhase, type HealthSummary, summarise, worstStatus } from './health-summary.ts';
import type { Observation } from './observation.ts';
import { recommendationsFor } from './recommendations.ts';
import { ScheduledCheck } from './scheduled-check.ts';

/** Which checks, and how. */
export interface RunOptions {
  /** Only what a probe of this kind needs. @defaultValue all checks */
  readonly kind?: HealthKind | undefined;
  /** Ends the wait early, with the signal's reason; the runs go on. */
  readonly signal?: AbortSignal | undefined;
  /** Accepts results up to this age besides those that `cacheFor` covers; never critical ones. @defaultValue 0 */
  readonly maxAge?: Duration | undefined;
}

/* A name made up per request would otherwise grow the list without end. */
const MAX_CHECKS = 1000;

/**
 * Finds out whether the process is alive, has started and may take traffic. Checks run side by side, each one
 * at a time and within its time-out; probes are answered within `totalBudget`, from results that are fresh
 * enough or from new runs that all probes of the moment share.
 *
 * @example
 * const checker = new HealthChecker();
 * checker.registerHealthCheck('database', postgresCheck(pool));
 * checker.start();
 * const { ok } = await checker.runHealthChecks({ kind: 'readiness' });
 */
export class HealthChecker extends Emitter<HealthEvents> implements ManagedComponent {
  /** In ms. */
  readonly totalBudget: number;
  readonly #settings: HealthCheckerSettings;
  readonly #clock: Clock;
  readonly #metricsOf: ReturnType<typeof defineCheckMetrics>;
  readonly #checks = new Map<string, ScheduledCheck>();
  readonly #changes = new Map<string, CheckChange>();
  #status: KnownStatus = 'unknown';
  #isRunning = false;
  #drain: Promise<DrainResult> | undefined;

  /** @throws ConfigurationError */
  constructor(options: HealthCheckerOptions = {}) {
    const settings = readHealthCheckerOptions(options);
    super(settings.clock);
    this.totalBudget = settings.totalBudget;
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#metricsOf = defineCheckMetrics(settings.meter);
    exportStatus(settings.meter, (kind) => this.getHealthSummary({ kind }));
    for (const { name, check, options: own } of settings.builtIn) this.registerHealthCheck(name, check, own);
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** `starting` until every critical start-up check has passed once and every expected check is registered. */
  get phase(): HealthPhase {
    if (this.#drain) return 'draining';
    const isPending =
      this.#missing().length > 0 || [...this.#checks.values()].some((check) => check.holdsUpStart);
    return isPending ? 'starting' : 'running';
  }

  /** Names in the order of registration. */
  names(): string[] {
    return [...this.#checks.keys()];
  }

  /**
   * Adds a check; where the checker is started, it begins to run at once. Returns what removes it again.
   *
   * @throws ConfigurationError for bad options, and for a dependency as a liveness check: restarting this
   * process mends no other
   * @throws StateError when the name is taken, or beyond 1000 checks
   */
  registerHealthCheck(name: string, check: HealthCheck, options: HealthCheckOptions = {}): Disposer {
    const owner = 'HealthChecker.registerHealthCheck';
    readValue(owner, 'name', name, option.string());
    readValue(owner, 'check', check, option.callback());
    const settings = readOptions<CheckSettings>(owner, options, settingsFields(this.#settings.defaults));
    if (check.dependency && settings.kind === 'liveness') {
      const expected = "'readiness' or 'startup': a dependency must not decide whether this process lives";
      throw new ConfigurationError(owner, [{ path: 'kind', value: settings.kind, expected }]);
    }
    if (this.#checks.has(name)) {
      throw new StateError(
        `a health check called ${JSON.stringify(name)} is registered already; unregister it first`,
      );
    }
    if (this.#checks.size >= MAX_CHECKS)
      throw new StateError(`there are ${MAX_CHECKS} health checks already`);
    const scheduled = this.#schedule(name, check, settings);
    this.#checks.set(name, scheduled);
    if (this.#isRunning) scheduled.start();
    return () => {
      if (this.#checks.get(name) === scheduled) this.unregisterHealthCheck(name);
    };
  }

  /** Removes a check, ending its run under way; says whether there was one. */
  unregisterHealthCheck(name: string): boolean {
    const scheduled = this.#checks.get(name);
    if (!scheduled) return false;
    this.#checks.delete(name);
    this.#changes.delete(name);
    void scheduled.stop();
    // A gauge cannot be taken back; its last value would stand for a check that is gone.
    this.#metricsOf(name).status.set(Number.NaN);
    this.#evaluate([{ name, from: scheduled.runner.status, to: 'unknown' }]);
    return true;
  }

  /** What is known, at once and without running anything. */
  getHealthSummary({ kind }: { readonly kind?: HealthKind | undefined } = {}): HealthSummary {
    if (kind !== undefined) this.#readKind('getHealthSummary', kind);
    const missing = kind === undefined || kind === 'readiness' ? this.#missing().map(missingCheck) : [];
    return summarise({
      kind: kind ?? 'all',
      phase: this.phase,
      timestamp: this.#clock.now(),
      reports: [...this.#checksFor(kind).map(({ runner }) => runner.report()), ...missing],
    });
  }

  /**
   * Runs the checks whose results are not fresh enough, side by side, and joins runs under way rather than
   * begin a second one. Ends within `totalBudget`: a check that is still running then is reported by its last
   * known result.
   *
   * @throws the reason of `signal` when that fires first
   */
  async runHealthChecks({ kind, signal, maxAge = 0 }: RunOptions = {}): Promise<HealthSummary> {
    if (kind !== undefined) this.#readKind('runHealthChecks', kind);
    const maxAgeMs = readValue('HealthChecker.runHealthChecks', 'maxAge', maxAge, option.duration());
    // The answer is fixed, and pools are about to close.
    if (kind === 'readiness' && this.#drain) return this.getHealthSummary({ kind });
    const runs: Promise<void>[] = [];
    for (const { runner } of this.#checksFor(kind)) {
      const freshness = runner.freshness(maxAgeMs);
      if (freshness === 'expired') runs.push(runner.refresh());
      else if (freshness === 'stale') void runner.refresh();
    }
    await this.#withinBudget(runs, signal);
    return this.getHealthSummary({ kind });
  }

  /** Runs every check now and then in the background. Idempotent. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (const check of this.#checks.values()) check.start();
  }

  /** Ends background runs, and those under way without a result. Idempotent; checks can still be run by hand. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all([...this.#checks.values()].map((check) => check.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Goes out of service: readiness is 503 from this call on, liveness goes on as before; after `delay` calls
   * `close`, and ends by the deadline. It happens once: a second call joins the first.
   *
   * @throws ConfigurationError for bad options, as for a deadline that does not outlast the delay
   */
  drain(options: DrainOptions = {}): Promise<DrainResult> {
    if (this.#drain) return this.#drain;
    const plan = readDrainOptions(options);
    const drained = runDrain(this.#clock, plan).then((result) => {
      if (result.outcome === 'failed') this.reportError('close of the drain', result.error);
      this.emit('drained', result);
      return result;
    });
    this.#drain = drained;
    this.emit('draining', { delayMs: plan.delay, deadlineMs: plan.deadline });
    return drained;
  }

  /** The summary of all checks. */
  snapshot(): HealthSummary {
    return this.getHealthSummary();
  }

  recommendations(): readonly Recommendation[] {
    return recommendationsFor(Object.values(this.getHealthSummary().checks));
  }

  /** The checks' score and status; `unknown` reads as a warning. */
  healthCheck(): ComponentHealth {
    const { score, status, checks } = this.getHealthSummary();
    const reports = Object.values(checks);
    const count = (wanted: KnownStatus): number => reports.filter((each) => each.status === wanted).length;
    return {
      score,
      status: status === 'unknown' ? 'warning' : status,
      metrics: {
        checks: reports.length,
        healthy: count('healthy'),
        warning: count('warning'),
        critical: count('critical'),
        unknown: count('unknown'),
        lateRuns: reports.reduce((sum, { lateRuns }) => sum + lateRuns, 0),
      },
    };
  }

  /** Emits `error` for what failed on behalf of this checker: an HTTP handler's authorisation hook, a watchdog. */
  reportFailure(source: string, thrown: unknown): void {
    this.reportError(source, thrown);
  }

  #schedule(name: string, check: HealthCheck, settings: CheckSettings): ScheduledCheck {
    const { jitter, random } = this.#settings;
    const scheduled: ScheduledCheck = new ScheduledCheck({
      name,
      check,
      settings: { ...settings, timeout: settings.timeout ?? this.totalBudget },
      clock: this.#clock,
      jitter,
      random,
      metrics: this.#metricsOf(name),
      onResult: (from, observation) => this.#takeResult(scheduled.runner, from, observation),
      onError: (source, thrown) => this.reportError(source, thrown),
    });
    return scheduled;
  }

  /** A process is ready only when it has started, so readiness looks at pending start-up checks too. */
  #checksFor(kind: HealthKind | undefined): ScheduledCheck[] {
    return [...this.#checks.values()].filter(
      ({ runner, holdsUpStart }) =>
        kind === undefined || runner.settings.kind === kind || (kind === 'readiness' && holdsUpStart),
    );
  }

  #missing(): string[] {
    return this.#settings.expected.filter((name) => !this.#checks.has(name));
  }

  async #withinBudget(runs: readonly Promise<void>[], signal: AbortSignal | undefined): Promise<void> {
    try {
      await callWithTimeout(() => Promise.all(runs), {
        timeoutMs: this.totalBudget,
        what: 'health checks',
        signal,
        clock: this.#clock,
      });
    } catch (thrown) {
      if (!(thrown instanceof TimeoutError) || signal?.aborted) throw thrown;
    }
  }

  #takeResult(runner: CheckRunner, from: KnownStatus, { reason, message }: Observation): void {
    const { name, status: to } = runner;
    if (this.#checks.get(name)?.runner !== runner) return;
    if (reason === 'invalid') {
      this.reportError(
        `health check ${JSON.stringify(name)}`,
        new EvenkeelError(message, { code: 'INVALID_RESULT' }),
      );
    }
    if (from !== to) {
      this.#changes.set(name, { name, from: this.#changes.get(name)?.from ?? from, to });
      this.emit('check_changed', { name, from, to, message });
    }
    this.#evaluate();
  }

  /** @param removed what is not among the checks any more */
  #evaluate(removed: readonly CheckChange[] = []): void {
    const present = [...this.#checks.values()].map(({ runner }) => runner);
    const to = worstStatus(present.map(({ status, settings }) => ({ status, critical: settings.critical })));
    // A check that was just added is no news about the whole until it has a result.
    if (to === 'unknown' || to === this.#status) return;
    const from = this.#status;
    this.#status = to;
    const checks = [...this.#changes.values(), ...removed].filter((change) => change.from !== change.to);
    this.#changes.clear();
    this.emit('health_changed', { from, to, checks, summary: this.getHealthSummary() });
  }

  #readKind(method: string, kind: HealthKind): void {
    readValue(`HealthChecker.${method}`, 'kind', kind, option.oneOf(HEALTH_KINDS));
  }
}
