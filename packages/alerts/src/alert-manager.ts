import {
  type Clock,
  type ComponentHealth,
  Emitter,
  type ManagedComponent,
  option,
  PeriodicTask,
  type Recommendation,
  readOptions,
  readValue,
} from '@evenkeel/core';
import type { AlertEvents } from './alert-events.ts';
import {
  type AlertManagerOptions,
  type AlertManagerSettings,
  readAlertManagerOptions,
} from './alert-manager-options.ts';
import { type AlertMetrics, defineAlertMetrics } from './alert-metrics.ts';
import { type AlertSnapshot, alertHealth, alertSnapshot } from './alert-snapshot.ts';
import type { AlertInput, TrackedAlert } from './alert-state.ts';
import { type AlertStats, alertStats } from './alert-stats.ts';
import type { Channel } from './channels/channel.ts';
import { namedChannels } from './delivery/delivery-options.ts';
import { Notifier } from './delivery/notifier.ts';
import type { AlertNotifier } from './delivery/notifier-interface.ts';
import { AlertEngine, type AlertEngineListener } from './engine/alert-engine.ts';
import { HeldChanges } from './held-changes.ts';
import { adviceOf } from './recommendations.ts';
import { addressReport, type ReportMessage } from './report-messages.ts';
import type { ObservedHealth } from './rules/health-rule.ts';
import type { Rule } from './rules/rule.ts';
import type { MaintenanceWindow } from './silences/maintenance-window.ts';
import type { Silence } from './silences/silence.ts';
import type { SilenceInput } from './silences/silence-input.ts';
import type { AlertHistoryQuery, Delivery } from './store/alert-store.ts';

/* What is asked for without a limit is for a person. */
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;

/**
 * Finds out by rules what is wrong, takes what others raise, and sees that people are told: once, in few messages,
 * and through channels that lose nothing silently.
 *
 * Alerts can be raised before `start()`; they are told from then on.
 *
 * @example
 * const alerts = new AlertManager({ channels: [consoleChannel()] });
 * alerts.addRule({ kind: 'threshold', name: 'slow', metric: 'response-time', above: 500, clear: 400, for: '1m' });
 * await alerts.start();
 * alerts.observe('response-time', 620, { route: '/checkout' });
 */
export class AlertManager extends Emitter<AlertEvents> implements ManagedComponent {
  readonly #settings: AlertManagerSettings;
  readonly #clock: Clock;
  readonly #engine: AlertEngine;
  readonly #notifier: AlertNotifier;
  readonly #metrics: AlertMetrics;
  readonly #evaluation: PeriodicTask;
  readonly #held: HeldChanges;
  /* By channel: why its last try has failed. */
  readonly #failing = new Map<string, string>();
  #isHolding = true;
  #isRestored = false;
  #startedMs: number | undefined;
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #fired = 0;
  #resolved = 0;

  /** @throws ConfigurationError that names each fault, of rules and windows too */
  constructor(options: AlertManagerOptions = {}) {
    const settings = readAlertManagerOptions(options);
    super(settings.clock);
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#held = new HeldChanges(2 * settings.maxAlerts);
    this.#engine = new AlertEngine({
      clock: settings.clock,
      maxAlerts: settings.maxAlerts,
      maxSeries: settings.maxSeries,
      flapping: settings.flapping,
      resolveAfterMs: settings.resolveAfter,
      listener: this.#engineListener(),
    });
    this.#notifier = this.#createNotifier(settings);
    this.#metrics = defineAlertMetrics(settings.meter, () => this.getStats());
    this.#evaluation = new PeriodicTask(() => this.#engine.tick(), {
      intervalMs: settings.evaluationInterval,
      clock: settings.clock,
      onError: (thrown) => this.reportError('evaluation', thrown),
    });
    for (const channel of settings.channels) this.#notifier.addChannel(channel);
    for (const window of settings.maintenance) this.#engine.addMaintenanceWindow(window);
    for (const rule of settings.rules) this.#engine.addRule(rule);
  }

  get isRunning(): boolean {
    return this.#startedMs !== undefined;
  }

  /**
   * Says that something is wrong; saying it again is the same alert, with the latest message and values. Gives its id,
   * by which it is resolved.
   *
   * @throws ConfigurationError
   */
  raise(alert: AlertInput): string {
    return this.#engine.raise(alert);
  }

  /**
   * Says that it is over; gives whether there was such an alert. That of a rule fires again where its condition still
   * holds.
   */
  resolve(id: string): boolean {
    return this.#engine.resolve(id);
  }

  /**
   * Takes an alert over: nobody is reminded of it, and it does not escalate any more.
   *
   * @param by who
   * @throws ConfigurationError, UnknownNameError
   */
  acknowledge(id: string, by: string): void {
    this.#engine.acknowledge(id, by);
  }

  /**
   * Keeps alerts that match from being told for a time. Gives the id of the silence.
   *
   * @throws ConfigurationError; StateError beyond 1000
   */
  silence(silence: SilenceInput): string {
    return this.#engine.silence(silence);
  }

  /** Takes a silence back; says whether there was one. Alerts that still fire are told now. */
  unsilence(id: string): boolean {
    return this.#engine.unsilence(id);
  }

  /** In force. */
  silences(): readonly Silence[] {
    return this.#engine.silences();
  }

  /** @throws ConfigurationError; StateError for a name that is taken, or beyond 100 */
  addMaintenanceWindow(window: MaintenanceWindow): void {
    this.#engine.addMaintenanceWindow(window);
  }

  /** Says whether there was one. */
  removeMaintenanceWindow(name: string): boolean {
    return this.#engine.removeMaintenanceWindow(name);
  }

  /** @throws ConfigurationError that names each fault; StateError for a name that is taken, or beyond 1000 */
  addRule(rule: Rule): void {
    this.#engine.addRule(rule);
  }

  /** Resolves its alerts; says whether there was such a rule. */
  removeRule(name: string): boolean {
    return this.#engine.removeRule(name);
  }

  /**
   * Takes a value for the rules that look at the metric. NaN and infinite values are left out and counted.
   *
   * @param at when it was observed, in ms since 1970; what lies in the future counts as now @defaultValue now
   * @throws ConfigurationError
   */
  observe(
    metric: string,
    value: number,
    labels?: Readonly<Record<string, string | number | boolean>>,
    at?: number,
  ): void {
    this.#engine.observe(metric, value, labels, at);
  }

  /**
   * Takes the status of a health check for the rules of kind `health`. It holds until there is another.
   *
   * @throws ConfigurationError
   */
  observeHealth(check: string, status: ObservedHealth, message?: string): void {
    this.#engine.observeHealth(check, status, message);
  }

  /** Those that are pending or firing, in the order in which they began. */
  alerts(): readonly TrackedAlert[] {
    return this.#engine.alerts();
  }

  /**
   * Alerts of the past and present as the store has them, newest first.
   *
   * @param query `limit` is 100 unless told otherwise
   * @throws ConfigurationError, or what the store rejects with
   */
  async history(query: Partial<AlertHistoryQuery> = {}): Promise<readonly TrackedAlert[]> {
    const { from, to, name, limit } = readOptions('AlertManager.history', query, {
      from: option.number().optional(),
      to: option.number().optional(),
      name: option.string().optional(),
      limit: option.integer({ min: 1, max: MAX_LIMIT }).default(DEFAULT_LIMIT),
    });
    return await this.#notifier.history({
      limit,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      ...(name !== undefined && { name }),
    });
  }

  /** @throws ConfigurationError; StateError for a name that is taken */
  addChannel(channel: Channel): void {
    this.#notifier.addChannel(channel);
  }

  /** Says whether there was one. */
  removeChannel(name: string): boolean {
    this.#failing.delete(name);
    return this.#notifier.removeChannel(name);
  }

  /**
   * Sends a test message now; resolves when the receiver has taken it.
   *
   * @throws UnknownNameError, TimeoutError, or what the channel rejects with
   */
  async sendTest(channelName: string): Promise<void> {
    readValue('AlertManager.sendTest', 'channelName', channelName, option.string());
    await this.#notifier.sendTest(channelName);
  }

  /**
   * Brings a report to people; resolves when it has taken charge of it, not when it has arrived.
   *
   * @param recipients names of channels, or addresses of mail, which go to the first e-mail channel; none for all
   * channels that take reports
   * @throws ConfigurationError, UnknownNameError, StateError where no channel takes reports
   */
  async deliverReport(message: ReportMessage, recipients: readonly string[] = []): Promise<void> {
    const addressed = addressReport(message, recipients, this.#notifier.channels(), this.#clock.now());
    await Promise.all(addressed.map((each) => this.#notifier.deliver(each.message, each.channels)));
  }

  /**
   * Messages that were given up, newest first.
   *
   * @throws ConfigurationError, or what the store rejects with
   */
  async deadLetters(query: { readonly limit?: number } = {}): Promise<readonly Delivery[]> {
    const { limit } = readOptions('AlertManager.deadLetters', query, {
      limit: option.integer({ min: 1, max: MAX_LIMIT }).default(DEFAULT_LIMIT),
    });
    return await this.#notifier.deadLetters({ limit });
  }

  /**
   * Puts a message that was given up in the queue again.
   *
   * @throws UnknownNameError, or what the store rejects with
   */
  async retryDeadLetter(id: string): Promise<void> {
    readValue('AlertManager.retryDeadLetter', 'id', id, option.string());
    await this.#notifier.retryDeadLetter(id);
  }

  getStats(): AlertStats {
    return alertStats(this.#engine, {
      fired: this.#fired,
      resolved: this.#resolved,
      delivery: this.#notifier.stats(),
    });
  }

  snapshot(): AlertSnapshot {
    return alertSnapshot({
      isRunning: this.isRunning,
      engine: this.#engine,
      channels: this.#notifier.channels(),
      failing: this.#failing,
      stats: this.getStats(),
    });
  }

  recommendations(): readonly Recommendation[] {
    return adviceOf({
      wallNow: this.#clock.now(),
      runningMs: this.#startedMs === undefined ? 0 : this.#clock.monotonic() - this.#startedMs,
      alerts: this.#engine.alerts(),
      rules: this.#engine.rules(),
      stats: this.getStats(),
      channels: this.#notifier.channels().map(({ name }) => name),
      named: namedChannels(this.#settings.delivery),
      failing: this.#failing,
    });
  }

  /** How well it can do its work; firing alerts are no fault of it. */
  healthCheck(): ComponentHealth {
    return alertHealth(this.getStats(), this.#notifier.channels().length, this.#failing.size);
  }

  /** Goes on with what the store holds, and begins to judge and to tell. Idempotent; never rejects. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Sends what it can within the delivery's `stopTimeout`; the store keeps the rest. Idempotent. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined;
    });
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #start(): Promise<void> {
    await this.#stopping;
    this.#startedMs = this.#clock.monotonic();
    const stored = await this.#notifier.start();
    // What was not stopped in this process is known better here.
    if (!this.#isRestored) this.#engine.restore(stored);
    const told = new Set(stored.alerts.flatMap(({ id, told: wasTold }) => (wasTold ? [id] : [])));
    this.#isRestored = true;
    this.#isHolding = false;
    for (const held of this.#held.release((id) => told.has(id))) {
      if (held.kind === 'kept') this.#notifier.keep({ alerts: [held.alert] });
      else this.#notifier.accept(held);
    }
    this.#evaluation.start();
  }

  async #stop(): Promise<void> {
    await this.#starting;
    if (!this.#starting) return;
    await this.#evaluation.stop();
    this.#isHolding = true;
    await this.#notifier.stop();
    this.#startedMs = undefined;
    this.#starting = undefined;
  }

  #createNotifier({ clock, meter, random, delivery, store }: AlertManagerSettings): AlertNotifier {
    return new Notifier({
      clock,
      meter,
      random,
      delivery,
      ...(store && { store }),
      events: {
        sent: (sent) => {
          this.#failing.delete(sent.channel);
          this.emit('delivered', sent);
        },
        failed: (failed) => {
          this.#failing.set(failed.channel, failed.error ?? 'it failed');
          this.emit('delivery_failed', failed);
        },
        dead: (dead) => {
          this.#failing.set(dead.channel, dead.error ?? 'it failed');
          this.emit('dead_letter', dead);
        },
        escalated: (alert, level) => this.emit('escalated', { alert, level }),
        restored: ({ alerts, silences = [] }) => this.#engine.restore({ alerts, silences }),
        error: (source, thrown) => this.reportError(source, thrown),
      },
    });
  }

  #engineListener(): AlertEngineListener {
    return {
      changed: (change) => (this.#isHolding ? this.#hold(change.alert) : this.#notifier.accept(change)),
      kept: (alert) => (this.#isHolding ? this.#hold(alert) : this.#notifier.keep({ alerts: [alert] })),
      keptSilence: (silence) => this.#notifier.keep({ silences: [silence] }),
      happened: (what, alert) => this.#happened(what, alert),
      silenced: (silence) => this.emit('silenced', silence),
      unsilenced: (silence) => this.emit('unsilenced', silence),
      failed: (source, thrown) => this.reportError(source, thrown),
    };
  }

  #happened(what: Parameters<AlertEngineListener['happened']>[0], alert: TrackedAlert): void {
    switch (what) {
      case 'pending':
        this.emit('alert_pending', alert);
        return;
      case 'fired':
        this.#fired += 1;
        this.#metrics.fired(alert.severity);
        this.emit('alert', alert);
        return;
      case 'updated':
        this.emit('alert_updated', alert);
        return;
      case 'resolved':
        this.#resolved += 1;
        this.#metrics.resolved.inc();
        this.emit('alert_resolved', alert);
        return;
      case 'flapping':
        this.#metrics.flapping.inc();
        this.emit('alert_flapping', alert);
        return;
      case 'acknowledged':
        this.emit('alert_acknowledged', alert);
    }
  }

  #hold(alert: TrackedAlert): void {
    if (this.#held.hold(alert)) return;
    this.reportError(
      'alerts before start()',
      new Error(`more than ${2 * this.#settings.maxAlerts} alerts wait for it`),
    );
  }
}
