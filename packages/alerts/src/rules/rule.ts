import type { Duration, Severity } from '@evenkeel/core';
import type { Labels } from '../alert-state.ts';
import type { Matchers } from '../labels/matchers.ts';

/** What a message is made of. */
export interface MessageContext {
  /** Of the rule. */
  readonly name: string;
  readonly severity: Severity;
  readonly labels: Labels;
  readonly value?: number;
  readonly threshold?: number;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** What the rule says by itself: `response-time is 512, above 500`. */
  readonly text: string;
}

/** What all rules have. Rules are data: functions may stand in a few places, but need not. */
export interface RuleBasics {
  /** Unique among the rules; the name of its alerts. */
  readonly name: string;
  /** @defaultValue 'warning'; 'critical' for burn rates; that of the status for health */
  readonly severity?: Severity;
  /**
   * A text with `{{name}}`, `{{value}}`, `{{threshold}}`, `{{severity}}`, `{{text}}` and `{{labels.route}}`, or a
   * function; one that fails is reported, and the default stands in.
   * @defaultValue '{{text}}'
   */
  readonly message?: string | ((context: MessageContext) => string);
  /** Which observations, by their labels. @defaultValue all */
  readonly matchers?: Matchers;
  /** Added to the labels of its alerts. @defaultValue none */
  readonly labels?: Labels;
  /** How long the condition must hold before the alert fires. @defaultValue 0 */
  readonly for?: Duration;
  /** How long the condition must be gone before the alert is resolved. @defaultValue 0 */
  readonly keepFiringFor?: Duration;
  /**
   * A label set that was not observed for so long is forgotten, and its alert resolved.
   * @defaultValue '5m' or the rule's window, whichever is longer; '1d' for absence and health
   */
  readonly staleAfter?: Duration;
}

/** How observations of a window become one value. */
export type Aggregate = 'last' | 'mean' | 'min' | 'max' | 'sum' | 'count' | 'p50' | 'p90' | 'p95' | 'p99';

/** A value is too high or too low. */
export interface ThresholdRule extends RuleBasics {
  readonly kind: 'threshold';
  readonly metric: string;
  /** It holds above this. Either this or `below`. */
  readonly above?: number;
  /** It holds below this. */
  readonly below?: number;
  /** Once it holds, it does so until the value is no longer beyond this. @defaultValue the threshold */
  readonly clear?: number;
  /** @defaultValue 'last' */
  readonly aggregate?: Aggregate;
  /** Of the aggregate. @defaultValue '1m' */
  readonly window?: Duration;
}

/**
 * A metric is not observed any more: for each label set that was seen, and, where none was yet, for the metric as a
 * whole.
 */
export interface AbsenceRule extends RuleBasics {
  readonly kind: 'absence';
  readonly metric: string;
  /** How long without an observation. */
  readonly for: Duration;
}

/** A value changes too fast, averaged over a window. */
export interface RateRule extends RuleBasics {
  readonly kind: 'rate';
  readonly metric: string;
  /** Change per `per`. Either this or `below`. */
  readonly above?: number;
  readonly below?: number;
  readonly clear?: number;
  /** At least half of it must have been observed. @defaultValue '5m' */
  readonly window?: Duration;
  /** @defaultValue '1s' */
  readonly per?: Duration;
  /** Whether the metric is a counter: a value lower than the one before is then a restart from 0. @defaultValue false */
  readonly counter?: boolean;
}

/** What a detector says of one value. */
export interface AnomalyVerdict {
  readonly isAnomaly: boolean;
  /** What was to be expected, from and to. */
  readonly expected: readonly [number, number];
  /** How far out it is; 1 is just unusual. */
  readonly score: number;
}

/** Judges a stream of values and learns from it. */
export interface AnomalyDetector {
  /** @param at in ms, growing */
  observe(value: number, at: number): AnomalyVerdict;
}

/** A value is unlike what it used to be. */
export interface AnomalyRule extends RuleBasics {
  readonly kind: 'anomaly';
  readonly metric: string;
  /** @defaultValue 'both' */
  readonly direction?: 'above' | 'below' | 'both';
  /** A new detector for a label set; one that fails is reported and its verdict left out. @defaultValue `RobustDetector` */
  readonly detector?: (labels: Labels) => AnomalyDetector;
}

/** A health check, as `observeHealth` tells of it; the label `check` has its name. */
export interface HealthRule extends RuleBasics {
  readonly kind: 'health';
  /** Name of the check; `*` stands for any text. @defaultValue '*' */
  readonly check?: string;
  /** From which status on it holds. @defaultValue 'critical' */
  readonly status?: 'warning' | 'critical';
}

/** Two windows that must both burn too fast: the long one says that it matters, the short one that it goes on. */
export interface BurnRateWindow {
  readonly long: Duration;
  readonly short: Duration;
  /** How many times as fast as the objective allows. */
  readonly factor: number;
}

/** What goes wrong, of what. Counters that only grow; a lower value is a restart from 0. */
export type ServiceLevelIndicator =
  | { readonly good: string; readonly total: string }
  | { readonly errors: string; readonly total: string }
  /** A ratio from 0 to 1, observed at even times. */
  | { readonly errorRatio: string };

/**
 * The error budget of a service-level objective is spent too fast: multi-window, multi-burn-rate alerts of
 * B. Beyer et al., "The Site Reliability Workbook" (2018), chapter 5.
 */
export interface BurnRateRule extends RuleBasics {
  readonly kind: 'burn-rate';
  /** Part of the events that are to be good: 0.999. */
  readonly objective: number;
  readonly indicator: ServiceLevelIndicator;
  /** It holds where any pair does. @defaultValue 14.4 over 1h and 5m, 6 over 6h and 30m */
  readonly windows?: readonly BurnRateWindow[];
  /** Events that a long window must have: one failure of one request is no burn rate. @defaultValue 10 */
  readonly minEvents?: number;
}

/** When to raise an alert by itself. */
export type Rule = ThresholdRule | AbsenceRule | RateRule | AnomalyRule | HealthRule | BurnRateRule;
