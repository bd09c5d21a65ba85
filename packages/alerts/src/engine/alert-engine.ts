import {
  type Clock,
  ConfigurationError,
  option,
  readValue,
  StateError,
  UnknownNameError,
} from '@evenkeel/core';
import type { AlertInput, Labels, TrackedAlert } from '../alert-state.ts';
import { cutText } from '../labels/labels.ts';
import { matchesAlert } from '../labels/matchers.ts';
import { gravityOf, HEALTH_METRIC, OBSERVED_HEALTH, type ObservedHealth } from '../rules/health-rule.ts';
import { readRule } from '../rules/read-rule.ts';
import type { Rule } from '../rules/rule.ts';
import {
  type MaintenancePlan,
  type MaintenanceWindow,
  readMaintenanceWindow,
} from '../silences/maintenance-window.ts';
import type { Silence } from '../silences/silence.ts';
import { SilenceBook } from '../silences/silence-book.ts';
import { readSilence, type SilenceInput } from '../silences/silence-input.ts';
import { AlertBook, type AlertBookListener } from './alert-book.ts';
import { readAlert } from './alert-draft.ts';
import type { FlapSettings } from './flap-score.ts';
import { Observation } from './observation.ts';
import { RuleRunner } from './rule-runner.ts';
import { SeriesBudget } from './series-budget.ts';
import { Timeline } from './timeline.ts';

/** What the engine tells. */
export interface AlertEngineListener extends AlertBookListener {
  /** To be kept over a restart. */
  keptSilence(silence: Silence): void;
  silenced(silence: Silence): void;
  /** Taken back, or over. */
  unsilenced(silence: Silence): void;
  /** A function of the user's. */
  failed(source: string, thrown: unknown): void;
}

export interface AlertEngineOptions {
  readonly clock: Clock;
  readonly maxAlerts: number;
  readonly maxSeries: number;
  readonly flapping: FlapSettings | undefined;
  readonly resolveAfterMs: number;
  readonly listener: AlertEngineListener;
}

/** How a rule does. */
export interface RuleStatus {
  readonly name: string;
  readonly kind: Rule['kind'];
  /** Label sets that it looks at. */
  readonly series: number;
  /** Whether anything was observed yet that it looks at. */
  readonly wasSeen: boolean;
}

const MAX_RULES = 1000;
const MAX_MAINTENANCE_WINDOWS = 100;
const MAX_NOTE = 1000;
/* Alerts of a rule that does not come back after a restart. */
const ORPHAN_MS = 300_000;

const OVERFLOW = { id: 'evenkeel-alerts-overflow', name: 'alerts-overflow' } as const;

/** Rules, alerts and silences: all that is decided, and nothing that is sent. */
export class AlertEngine {
  readonly #options: AlertEngineOptions;
  readonly #timeline: Timeline;
  readonly #budget: SeriesBudget;
  readonly #book: AlertBook;
  readonly #silences = new SilenceBook();
  readonly #maintenance = new Map<string, MaintenancePlan>();
  readonly #rules = new Map<string, RuleRunner>();
  readonly #byMetric = new Map<string, RuleRunner[]>();
  readonly #orphans = new Map<string, number>();
  #activeMaintenance = '';
  #toldRefused = 0;
  #ignored = 0;

  constructor(options: AlertEngineOptions) {
    this.#options = options;
    this.#timeline = new Timeline(options.clock);
    this.#budget = new SeriesBudget(options.maxSeries);
    this.#book = new AlertBook({
      timeline: this.#timeline,
      maxAlerts: options.maxAlerts,
      flapping: options.flapping,
      resolveAfterMs: options.resolveAfterMs,
      listener: options.listener,
      silencedBy: (alert) => this.#silencedBy(alert),
    });
  }

  /** Observations that were no finite numbers. */
  get ignored(): number {
    return this.#ignored;
  }

  get series(): SeriesBudget {
    return this.#budget;
  }

  /** Alerts that found no place. */
  get refused(): number {
    return this.#book.refused;
  }

  /** Pending and firing ones, in the order in which they began. */
  alerts(): readonly TrackedAlert[] {
    return this.#book.list();
  }

  silences(): readonly Silence[] {
    return this.#silences.list();
  }

  /** Names of the maintenance windows, and whether each is in force. */
  maintenance(): readonly { readonly name: string; readonly isActive: boolean }[] {
    const wallNow = this.#timeline.wallNow();
    return [...this.#maintenance.values()].map((plan) => ({
      name: plan.name,
      isActive: plan.isActive(wallNow),
    }));
  }

  rules(): readonly RuleStatus[] {
    return [...this.#rules.values()].map(({ plan, size, wasSeen }) => ({
      name: plan.name,
      kind: plan.kind,
      series: size,
      wasSeen,
    }));
  }

  /** @throws ConfigurationError, StateError */
  addRule(rule: Rule): void {
    const plan = readRule(rule);
    if (this.#rules.has(plan.name))
      throw new StateError(`a rule called ${JSON.stringify(plan.name)} is there already; remove it first`);
    if (this.#rules.size >= MAX_RULES) throw new StateError(`there are ${MAX_RULES} rules already`);
    const runner = new RuleRunner({
      plan,
      timeline: this.#timeline,
      book: this.#book,
      budget: this.#budget,
      report: this.#options.listener.failed,
    });
    this.#rules.set(plan.name, runner);
    for (const metric of plan.metrics)
      this.#byMetric.set(metric, [...(this.#byMetric.get(metric) ?? []), runner]);
    for (const alert of this.#book.list()) if (alert.rule === plan.name) this.#adopt(alert);
  }

  /** Resolves its alerts; says whether there was such a rule. */
  removeRule(name: string): boolean {
    const runner = this.#rules.get(name);
    if (!runner) return false;
    this.#rules.delete(name);
    for (const metric of runner.plan.metrics) {
      const others = (this.#byMetric.get(metric) ?? []).filter((each) => each !== runner);
      if (others.length > 0) this.#byMetric.set(metric, others);
      else this.#byMetric.delete(metric);
    }
    runner.stop();
    return true;
  }

  /** @throws ConfigurationError */
  observe(metric: string, value: number, labels: unknown, atWall: number | undefined): void {
    if (typeof metric !== 'string' || metric === '' || typeof value !== 'number') {
      readValue('AlertManager.observe', 'metric', metric, option.string());
      throw new ConfigurationError('AlertManager.observe', [{ path: 'value', value, expected: 'a number' }]);
    }
    const runners = this.#byMetric.get(metric);
    if (!runners) return;
    if (!Number.isFinite(value)) {
      this.#ignored += 1;
      return;
    }
    this.#observe(runners, metric, value, labels, atWall, undefined);
  }

  /** @throws ConfigurationError */
  observeHealth(check: string, status: ObservedHealth, message: string | undefined): void {
    readValue('AlertManager.observeHealth', 'check', check, option.string());
    readValue('AlertManager.observeHealth', 'status', status, option.oneOf(OBSERVED_HEALTH));
    const runners = this.#byMetric.get(HEALTH_METRIC);
    const note = typeof message === 'string' ? cutText(message, MAX_NOTE) : undefined;
    if (runners) this.#observe(runners, HEALTH_METRIC, gravityOf(status), { check }, undefined, note);
  }

  /** Gives its id. @throws ConfigurationError */
  raise(input: AlertInput): string {
    const draft = readAlert(input, this.#timeline.wallNow());
    if (!this.#book.raise(draft, { state: 'firing' })) this.#tellOverflow();
    return draft.id;
  }

  /** Says whether there was such an alert. */
  resolve(id: string): boolean {
    const rule = this.#book.get(id)?.rule;
    if (rule !== undefined) this.#rules.get(rule)?.reset(id);
    this.#orphans.delete(id);
    return this.#book.resolve(id);
  }

  /** @throws ConfigurationError, UnknownNameError */
  acknowledge(id: string, by: string): void {
    readValue('AlertManager.acknowledge', 'by', by, option.string());
    if (this.#book.acknowledge(id, by)) return;
    throw new UnknownNameError(
      'alert',
      id,
      this.#book.list().map((alert) => alert.id),
    );
  }

  /** Gives its id. @throws ConfigurationError, StateError */
  silence(input: SilenceInput): string {
    const from = this.#timeline.wallNow();
    const silence: Silence = { id: globalThis.crypto.randomUUID(), from, ...readSilence(input, from) };
    this.#silences.add(silence);
    this.#options.listener.keptSilence(silence);
    this.#book.reviewSilences();
    this.#options.listener.silenced(silence);
    return silence.id;
  }

  /** Says whether there was such a silence. */
  unsilence(id: string): boolean {
    const silence = this.#silences.remove(id);
    if (!silence) return false;
    const over = { ...silence, until: Math.min(silence.until, this.#timeline.wallNow()) };
    this.#options.listener.keptSilence(over);
    this.#book.reviewSilences();
    this.#options.listener.unsilenced(over);
    return true;
  }

  /** @throws ConfigurationError, StateError */
  addMaintenanceWindow(window: MaintenanceWindow): void {
    const plan = readMaintenanceWindow(window);
    if (this.#maintenance.has(plan.name))
      throw new StateError(`a maintenance window called ${JSON.stringify(plan.name)} is there already`);
    if (this.#maintenance.size >= MAX_MAINTENANCE_WINDOWS)
      throw new StateError(`there are ${MAX_MAINTENANCE_WINDOWS} maintenance windows already`);
    this.#maintenance.set(plan.name, plan);
    this.#reviewMaintenance();
  }

  /** Says whether there was one. */
  removeMaintenanceWindow(name: string): boolean {
    const wasThere = this.#maintenance.delete(name);
    this.#reviewMaintenance();
    return wasThere;
  }

  /** Goes on with what was kept over a restart. */
  restore({
    alerts,
    silences,
  }: {
    readonly alerts: readonly TrackedAlert[];
    readonly silences: readonly Silence[];
  }): void {
    for (const silence of silences) {
      if (silence.until > this.#timeline.wallNow() && !this.#silences.get(silence.id))
        this.#silences.add(silence);
    }
    for (const alert of alerts) {
      this.#book.restore(alert);
      this.#adopt(alert);
    }
    this.#book.reviewSilences();
  }

  /** What time does. To be called every few seconds. */
  tick(): void {
    const over = this.#silences.expire(this.#timeline.wallNow());
    if (over.length > 0) this.#book.reviewSilences();
    for (const silence of over) this.#options.listener.unsilenced(silence);
    this.#reviewMaintenance();
    for (const runner of this.#rules.values()) runner.evaluate();
    this.#resolveOrphans();
    this.#book.refresh();
    if (this.#book.refused > this.#toldRefused) this.#tellOverflow();
    else if (this.#book.size < 0.9 * this.#options.maxAlerts) this.#book.resolve(OVERFLOW.id);
  }

  #observe(
    runners: readonly RuleRunner[],
    metric: string,
    value: number,
    given: unknown,
    atWall: number | undefined,
    note: string | undefined,
  ): void {
    const at = atWall === undefined ? this.#timeline.now() : this.#timeline.fromWall(readTime(atWall));
    const observation = new Observation({ metric, value, labels: given, at, note });
    for (const runner of runners) runner.observe(observation);
  }

  #silencedBy(alert: {
    readonly name: string;
    readonly severity: string;
    readonly labels: Labels;
  }): readonly string[] {
    const wallNow = this.#timeline.wallNow();
    const ids = this.#silences.covering(alert, wallNow);
    if (this.#maintenance.size === 0) return ids;
    const windows = [...this.#maintenance.values()].filter(
      (plan) => plan.isActive(wallNow) && matchesAlert(plan.matches, alert),
    );
    return [...ids, ...windows.map(({ name }) => name)];
  }

  #reviewMaintenance(): void {
    const active = this.maintenance().filter(({ isActive }) => isActive);
    const names = JSON.stringify(active.map(({ name }) => name));
    if (names === this.#activeMaintenance) return;
    this.#activeMaintenance = names;
    this.#book.reviewSilences();
  }

  /** Gives an alert of before a restart to its rule, or waits for the rule. */
  #adopt(alert: TrackedAlert): void {
    if (alert.rule === undefined) return;
    const runner = this.#rules.get(alert.rule);
    if (!runner) {
      this.#orphans.set(alert.id, this.#timeline.now());
      return;
    }
    this.#orphans.delete(alert.id);
    runner.adopt(alert);
  }

  #resolveOrphans(): void {
    for (const [id, at] of this.#orphans) {
      if (this.#timeline.now() - at < ORPHAN_MS) continue;
      this.#orphans.delete(id);
      this.#book.resolve(id);
    }
  }

  #tellOverflow(): void {
    const { refused } = this.#book;
    const { maxAlerts } = this.#options;
    const isRepeat = this.#toldRefused > 0;
    this.#toldRefused = refused;
    this.#book.raise(
      {
        ...OVERFLOW,
        severity: 'critical',
        message: `${refused} alerts found no place: there are ${maxAlerts} already, the most that are tracked`,
        labels: {},
        since: this.#timeline.wallNow(),
        value: refused,
        threshold: maxAlerts,
      },
      { state: 'firing', isRepeat },
      true,
    );
  }
}

function readTime(atWall: number): number {
  return readValue('AlertManager.observe', 'at', atWall, option.number());
}
