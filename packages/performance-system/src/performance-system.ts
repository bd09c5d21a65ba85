import {
  type Alert,
  type Clock,
  type Disposer,
  Emitter,
  EvenkeelError,
  errorMessage,
  option,
  type Queryable,
  type Recommendation,
  readValue,
  type Severity,
  StateError,
  toError,
  UnknownNameError,
} from '@evenkeel/core';
import type { ExportFormat } from '@evenkeel/metrics-exporter';
import type { ComponentName, Components } from './components/table.ts';
import { environmentOf, getPerformanceConfig, unknownVariables } from './configuration/performance-config.ts';
import type { PerformanceConfig, PerformanceConfigInput } from './configuration/schema.ts';
import { activeAlerts } from './dashboard/active-alerts.ts';
import {
  buildDashboard,
  type ComponentView,
  orderRecommendations,
  type PerformanceDashboard,
} from './dashboard/dashboard.ts';
import { type PerformanceSystemHost, readHost } from './host.ts';
import { LateDatabase } from './late-database.ts';
import { createParts, type Part } from './part.ts';
import { RaisedAlerts } from './raised-alerts.ts';
import { recordEvents } from './signals/record-events.ts';
import { watchSignals } from './signals/watch-signals.ts';
import type { SystemEvents } from './system-events.ts';

/**
 * All of Evenkeel, wired together: creates the components from one configuration, starts and stops them as
 * one, and tells what they know. A component that can't be started is shown as failed; the rest runs.
 *
 * @example
 * const system = new PerformanceSystem({ performanceMonitor: { collectInterval: '10s' } });
 * await system.initialize(pool);
 * await system.start();
 */
export class PerformanceSystem extends Emitter<SystemEvents> {
  /** The configuration in force, whole. */
  readonly config: PerformanceConfig;
  readonly #clock: Clock;
  readonly #parts: readonly Part[];
  readonly #byName: ReadonlyMap<string, Part>;
  readonly #books = new LateDatabase();
  readonly #raised: RaisedAlerts;
  readonly #isDumping: boolean;
  #isInitialized = false;
  /* Lifecycle calls run one after the other, in the order they came. */
  #lifecycle: Promise<void> = Promise.resolve();
  #startedAt: number | undefined;
  #unfollowMetrics: Disposer | undefined;

  /**
   * @param config any part of the configuration; the rest comes from the environment's defaults, and
   *   `EVENKEEL_*` variables override it
   * @throws ConfigurationError with every fault at once; nothing has been started then
   * @throws StateError where two channels, or two sinks, have the same name
   */
  constructor(config: PerformanceConfigInput = {}, given: PerformanceSystemHost = {}) {
    const host = readHost(given);
    const { clock, dumps } = host;
    super(clock);
    this.config = getPerformanceConfig(config?.environment ?? environmentOf(), config);
    this.#clock = clock;
    this.#isDumping = dumps !== undefined;
    this.#parts = createParts(this.config, host, {
      books: this.#books,
      // Reports know their own.
      advice: () => this.#advice(({ name }) => name !== 'logger'),
    });
    this.#byName = new Map(this.#parts.map((part) => [part.name, part]));
    this.#raised = new RaisedAlerts(
      this.getComponent('alerts'),
      this.config.alertManager.resolveAfter,
      clock,
    );
  }

  /** Whether `start()` has finished, and `stop()` has not been called since. */
  get isRunning(): boolean {
    return this.#startedAt !== undefined;
  }

  /**
   * Wires the components to each other and to the database. Idempotent; `start()` does it where it was not.
   *
   * @param database a `pg` Pool or Client, PGlite, or anything with `query(text, params)`
   * @throws ConfigurationError when the database has no `query`
   * @throws StateError when the system has been initialized before, and this database would come too late
   */
  async initialize(database?: Queryable): Promise<void> {
    if (database !== undefined) {
      readValue('PerformanceSystem.initialize', 'database', database, option.withMethods<Queryable>('query'));
      if (this.#isInitialized) {
        throw new StateError(
          'the system is initialized already; give the database to the first initialize()',
        );
      }
    }
    if (this.#isInitialized) return;
    this.#isInitialized = true;
    this.#connect(database);
    this.emit('initialized', { components: this.#parts.map(({ name }) => name) });
  }

  /** Starts every component. Idempotent. One that fails is reported and shown as failed; the rest runs. */
  start(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.isRunning) return;
      await this.initialize();
      const timeoutMs = this.config.shutdownTimeout;
      for (const part of this.#parts) await this.#isolated(part, () => part.start(timeoutMs));
      this.#raised.start();
      this.#startedAt = this.#clock.now();
      const failed = this.#parts.filter(({ state }) => state.kind === 'failed').map(({ name }) => name);
      this.emit('started', { components: this.#parts.map(({ name }) => name), failed });
    });
  }

  /** Stops every component in the reverse order, and waits for their work in flight. Idempotent. */
  stop(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#startedAt === undefined) return;
      const uptimeMs = this.#clock.now() - this.#startedAt;
      this.#startedAt = undefined;
      const timeoutMs = this.config.shutdownTimeout;
      await this.#raised.stop();
      for (const part of this.#parts.toReversed()) await this.#isolated(part, () => part.stop(timeoutMs));
      this.emit('stopped', { uptimeMs });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** @throws UnknownNameError for a name that no component has; the message lists those that exist */
  getComponent<Name extends ComponentName>(name: Name): Components[Name] {
    const part = this.#byName.get(name);
    if (!part) throw new UnknownNameError('component', String(name), this.#byName.keys());
    // The part was made by the row of that name, from which the type derives.
    return part.component as unknown as Components[Name];
  }

  /** All that the components know, as plain data. Cheap enough to ask every second; never throws. */
  getPerformanceDashboard(): PerformanceDashboard {
    return buildDashboard({
      timestamp: this.#clock.now(),
      startedAt: this.#startedAt,
      health: this.getComponent('health').getHealthSummary(),
      performance: this.getComponent('performance').getPerformanceSummary(),
      components: Object.fromEntries(this.#parts.map((part) => [part.name, this.#view(part)])),
      alerts: activeAlerts(this.getComponent('alerts').alerts()),
      recommendations: this.getOptimizationRecommendations(),
    });
  }

  /** The advice of all components, the most urgent first. */
  getOptimizationRecommendations(): Recommendation[] {
    return this.#advice(() => true);
  }

  #advice(isAsked: (part: Part) => boolean): Recommendation[] {
    return orderRecommendations(
      this.#parts.filter(isAsked).flatMap(({ name, component }) => {
        try {
          return component.recommendations();
        } catch (error) {
          this.reportError(`recommendations of component ${JSON.stringify(name)}`, error);
          return [];
        }
      }),
    );
  }

  /**
   * All metrics as text.
   *
   * @throws ConfigurationError for a format that is not known; the message lists those that are
   */
  exportMetrics(format: ExportFormat): string {
    return this.getComponent('metrics').exportMetrics(format);
  }

  #connect(database: Queryable | undefined): void {
    const components = new Map(
      this.#parts.map(({ row, component }) => [row.checkName ?? row.name, component]),
    );
    for (const { name, row, component, creation } of this.#parts) {
      component.on('error', ({ source, error }) => this.reportError(`${name}: ${source}`, error));
      row.connect?.(component, {
        ...creation,
        components,
        database,
        raise: (alert) => this.#raised.raise(alert),
        resolve: (id) => this.#raised.resolve(id),
        healthChanged: (event) => this.emit('health_changed', event),
      });
    }
    this.getComponent('logger').on('sink_failed', ({ sink, operation, error, failures }) => {
      // Once for an outage, not at each try.
      if (failures === 1) this.reportError(`logger: ${operation} of sink ${JSON.stringify(sink)}`, error);
    });
    const alerts = this.getComponent('alerts');
    const severities = new Map<string, Severity>();
    const tell = (alert: Alert): void => {
      // Other values of the same alert are no news.
      if (severities.get(alert.id) === alert.severity) return;
      severities.set(alert.id, alert.severity);
      this.emit('alert', alert);
    };
    alerts.on('alert', tell);
    alerts.on('alert_updated', tell);
    alerts.on('alert_resolved', ({ id }) => {
      severities.delete(id);
      this.emit('alert_resolved', { id });
    });
    watchSignals(this, this.#clock);
    recordEvents(this, this.#clock, this.#isDumping);
    if (database) this.#books.attach(this.#unwatched(database));
    for (const variable of unknownVariables()) {
      this.reportError(
        `environment variable ${variable}`,
        new EvenkeelError('no part of the configuration is called so', { code: 'UNKNOWN_VARIABLE' }),
      );
    }
  }

  /** The database for tables of our own: what is asked of those is no query of the application. */
  #unwatched(database: Queryable): Queryable {
    const optimizer = this.getComponent('database');
    return { query: (text, params) => optimizer.unwatched(() => database.query(text, params)) };
  }

  #view({ name, state, component }: Part): ComponentView {
    try {
      return { state, snapshot: component.snapshot() };
    } catch (error) {
      this.reportError(`snapshot of component ${JSON.stringify(name)}`, error);
      return { state, snapshot: { error: errorMessage(error) } };
    }
  }

  async #isolated(part: Part, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (thrown) {
      const error = toError(thrown);
      this.emit('component_failed', { name: part.name, error });
      this.reportError(`component ${JSON.stringify(part.name)}`, error);
    }
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    this.#lifecycle = this.#lifecycle.then(action, action);
    return this.#lifecycle;
  }

  /** Follows the metrics only while somebody wants to know: each recording pays for it. */
  protected override listenersChanged(): void {
    const wanted = this.hasListeners('metric_recorded');
    if (wanted && !this.#unfollowMetrics) {
      const metrics = this.getComponent('metrics');
      this.#unfollowMetrics = metrics.on('metric_recorded', (event) => this.emit('metric_recorded', event));
    } else if (!wanted) {
      this.#unfollowMetrics?.();
      this.#unfollowMetrics = undefined;
    }
  }
}
