import { type ConfigurationIssue, type Fields, option, type Severity } from '@evenkeel/core';
import type { Labels } from '../alert-state.ts';
import { labelsField } from '../labels/labels.ts';
import { type Matchers, matchersField } from '../labels/matchers.ts';
import { messageField } from './message-template.ts';
import type { MessageContext } from './rule.ts';
import type { RuleKindPlan } from './rule-plan.ts';

export const SEVERITIES = ['info', 'warning', 'critical'] as const satisfies readonly Severity[];

/** {@link RuleBasics}, read: times in ms. */
export interface BasicSettings {
  readonly kind: string;
  readonly name: string;
  readonly severity: Severity | undefined;
  readonly message: (context: MessageContext) => string;
  readonly matchers: Matchers;
  readonly labels: Labels;
  readonly for: number;
  readonly keepFiringFor: number;
  readonly staleAfter: number | undefined;
}

/** How a kind of rule is read and planned. */
export interface RuleKind<Settings extends object> {
  readonly fields: Fields<Settings>;
  /** What is wrong beyond single fields goes to `issues`; the plan is then not used. */
  plan(settings: Settings & BasicSettings, issues: ConfigurationIssue[]): RuleKindPlan;
}

export const FIVE_MINUTES_MS = 300_000;
export const DAY_MS = 86_400_000;

/* A window of milliseconds has nothing in it. */
export const WINDOW = option.duration({ min: 1000, max: 31 * DAY_MS });

export const basicFields: Fields<BasicSettings> = {
  kind: option.string(),
  name: option.string(),
  severity: option.oneOf(SEVERITIES).optional(),
  message: messageField.default(({ text }) => text),
  matchers: matchersField.default({}),
  labels: labelsField.default({}),
  for: option.duration().default(0),
  keepFiringFor: option.duration().default(0),
  staleAfter: option.duration({ min: 1 }).optional(),
};
