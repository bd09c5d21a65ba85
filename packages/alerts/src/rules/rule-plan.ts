import type { Severity } from '@evenkeel/core';
import type { Labels } from '../alert-state.ts';
import type { LifecycleTimes } from '../engine/lifecycle.ts';
import type { Matches } from '../labels/matchers.ts';
import type { Condition } from './condition.ts';
import type { MessageContext, Rule } from './rule.ts';

/** Told what failed in a function of the user's. */
export type ReportFailure = (source: string, thrown: unknown) => void;

/** For which label set a condition is made, and when. */
interface ConditionContext {
  readonly labels: Labels;
  /** The engine's time. */
  readonly now: number;
  readonly report: ReportFailure;
}

/** What is particular to a kind of rule, read and ready to run. */
export interface RuleKindPlan {
  /** Which metrics it looks at. */
  readonly metrics: readonly string[];
  /** Whether to judge after each observation too; all are judged from time to time. */
  readonly judgesAtOnce: boolean;
  readonly forMs: number;
  readonly staleAfterMs: number;
  /** Where the rule does not say; `undefined`: that of the judgement. */
  readonly severity: Severity | undefined;
  /** Watches the metric as a whole until a label set is seen. */
  readonly watchesUnseen: boolean;
  create(context: ConditionContext): Condition;
}

/** A rule, read and ready to run. */
export interface RulePlan extends RuleKindPlan, LifecycleTimes {
  readonly name: string;
  readonly kind: Rule['kind'];
  readonly matches: Matches;
  readonly labels: Labels;
  /** @throws whatever a function of the user's does */
  message(context: MessageContext): string;
}
