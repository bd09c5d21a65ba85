import type { Labels, TrackedAlert } from '../alert-state.ts';
import { alertId } from '../labels/labels.ts';
import type { Condition, Judgement } from '../rules/condition.ts';
import type { ReportFailure, RulePlan } from '../rules/rule-plan.ts';
import type { AlertBook } from './alert-book.ts';
import { type AlertDraft, boundedMessage } from './alert-draft.ts';
import { advance, INACTIVE, type Lifecycle } from './lifecycle.ts';
import type { Observation } from './observation.ts';
import type { SeriesBudget } from './series-budget.ts';
import type { Timeline } from './timeline.ts';

export interface RuleRunnerOptions {
  readonly plan: RulePlan;
  readonly timeline: Timeline;
  readonly book: AlertBook;
  readonly budget: SeriesBudget;
  readonly report: ReportFailure;
}

/** A label set that the rule looks at. */
interface Series {
  /** Of its alert. */
  readonly id: string;
  readonly labels: Labels;
  readonly condition: Condition;
  lifecycle: Lifecycle;
  seenAt: number;
}

type Holding = Extract<Judgement, { readonly kind: 'holds' }>;

/* No observation has this key: theirs is empty or begins with a number. */
const WHOLE = 'whole';

/** Runs one rule: each label set has its own condition and its own alert. */
export class RuleRunner {
  readonly plan: RulePlan;
  readonly #options: RuleRunnerOptions;
  readonly #series = new Map<string, Series>();
  /* Alerts of before a restart whose label set was not seen yet, with the time from which on it is missed. */
  readonly #adopted = new Map<string, { readonly alert: TrackedAlert; readonly at: number }>();
  #wasSeen = false;
  #messageFails = false;

  constructor(options: RuleRunnerOptions) {
    this.plan = options.plan;
    this.#options = options;
    if (this.plan.watchesUnseen) this.#add(WHOLE, {});
  }

  /** Whether an observation was ever meant for it. */
  get wasSeen(): boolean {
    return this.#wasSeen;
  }

  /** Label sets that are remembered. */
  get size(): number {
    return this.#series.size;
  }

  observe(observation: Observation): void {
    const { key, value, at, metric, note } = observation;
    let series = this.#series.get(key);
    if (!series) {
      if (!this.plan.matches(observation.labels)) return;
      series = this.#add(key, observation.labels);
      if (!series) return;
    }
    if (!this.#wasSeen) this.#firstSeen();
    series.condition.observe(value, at, metric, note);
    series.seenAt = Math.max(series.seenAt, at);
    if (this.plan.judgesAtOnce) this.#judge(series, this.#options.timeline.now());
  }

  /** Judges all label sets, as time passes, and forgets those that are not observed any more. */
  evaluate(): void {
    const now = this.#options.timeline.now();
    for (const [key, series] of this.#series) {
      if (key !== WHOLE && now - series.seenAt >= this.plan.staleAfterMs) this.#drop(key, series);
      else this.#judge(series, now);
    }
    for (const [id, { at }] of this.#adopted) {
      if (now - at < this.plan.staleAfterMs) continue;
      this.#adopted.delete(id);
      this.#options.book.resolve(id);
    }
  }

  /** Takes over an alert of before a restart. */
  adopt(alert: TrackedAlert): void {
    for (const series of this.#series.values()) {
      if (series.id !== alert.id) continue;
      if (series.lifecycle.kind === 'inactive') series.lifecycle = this.#lifecycleOf(alert);
      return;
    }
    this.#adopted.set(alert.id, { alert, at: this.#options.timeline.now() });
  }

  /** Forgets that a condition holds: its alert was resolved by hand. */
  reset(id: string): void {
    this.#adopted.delete(id);
    for (const series of this.#series.values()) if (series.id === id) series.lifecycle = INACTIVE;
  }

  /** Resolves its alerts. */
  stop(): void {
    for (const [key, series] of this.#series) this.#drop(key, series);
    for (const id of this.#adopted.keys()) this.#options.book.resolve(id);
    this.#adopted.clear();
  }

  #add(key: string, labels: Labels): Series | undefined {
    if (!this.#options.budget.take()) return undefined;
    const now = this.#options.timeline.now();
    const id = alertId(this.plan.name, { ...labels, ...this.plan.labels });
    const adopted = this.#adopted.get(id);
    this.#adopted.delete(id);
    const series: Series = {
      id,
      labels,
      condition: this.plan.create({ labels, now, report: this.#options.report }),
      lifecycle: adopted ? this.#lifecycleOf(adopted.alert) : INACTIVE,
      seenAt: Number.NEGATIVE_INFINITY,
    };
    this.#series.set(key, series);
    return series;
  }

  /** From here on each label set speaks for itself. */
  #firstSeen(): void {
    this.#wasSeen = true;
    const whole = this.#series.get(WHOLE);
    if (whole) this.#drop(WHOLE, whole);
  }

  #drop(key: string, series: Series): void {
    this.#series.delete(key);
    this.#options.budget.giveBack();
    if (series.lifecycle.kind !== 'inactive') this.#options.book.resolve(series.id);
  }

  #judge(series: Series, now: number): void {
    const before = series.lifecycle;
    const judgement = series.condition.judge(now, before.kind !== 'inactive' && before.kind !== 'clearing');
    series.lifecycle = advance(before, judgement.kind, now, this.plan);
    const { kind } = series.lifecycle;
    if (kind === 'inactive') {
      if (before.kind !== 'inactive') this.#options.book.resolve(series.id);
      return;
    }
    if (judgement.kind !== 'holds') return;
    this.#options.book.raise(this.#draftOf(series, judgement), {
      state: kind === 'pending' ? 'pending' : 'firing',
      rule: this.plan.name,
      isRepeat: before.kind !== 'inactive',
    });
  }

  #draftOf(series: Series, { value, threshold, text, evidence = {}, severity }: Holding): AlertDraft {
    const context = {
      name: this.plan.name,
      severity: this.plan.severity ?? severity ?? 'warning',
      labels: { ...series.labels, ...this.plan.labels },
      value,
      ...(threshold !== undefined && { threshold }),
    };
    const { since } = series.lifecycle as Exclude<Lifecycle, { readonly kind: 'inactive' }>;
    return {
      ...context,
      id: series.id,
      message: this.#message({ ...context, evidence, text }),
      since: this.#options.timeline.toWall(since),
      ...(Object.keys(evidence).length > 0 && { evidence }),
    };
  }

  #message(context: Parameters<RulePlan['message']>[0]): string {
    try {
      const message: unknown = this.plan.message(context);
      if (typeof message !== 'string' || message === '')
        throw new TypeError('it must return a text that is not empty');
      this.#messageFails = false;
      return boundedMessage(message);
    } catch (thrown) {
      // Once, and not again every few seconds.
      if (!this.#messageFails)
        this.#options.report(`message of rule ${JSON.stringify(this.plan.name)}`, thrown);
      this.#messageFails = true;
      return boundedMessage(context.text);
    }
  }

  #lifecycleOf({ state, since }: TrackedAlert): Lifecycle {
    return {
      kind: state === 'pending' ? 'pending' : 'firing',
      since: this.#options.timeline.fromWall(since),
    };
  }
}
