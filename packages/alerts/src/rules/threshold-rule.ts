import { option } from '@evenkeel/core';
import { type Bounds, boundsFields, describeBounds, exceeds, readBounds } from './bounds.ts';
import { CLEAR, type Condition, type Judgement, UNKNOWN } from './condition.ts';
import { formatNumber } from './message-template.ts';
import type { Aggregate } from './rule.ts';
import { FIVE_MINUTES_MS, type RuleKind, WINDOW } from './rule-kind.ts';
import { WindowAggregate } from './window-aggregate.ts';

const AGGREGATES = ['last', 'mean', 'min', 'max', 'sum', 'count', 'p50', 'p90', 'p95', 'p99'] as const;

interface ThresholdSettings {
  readonly metric: string;
  readonly above: number | undefined;
  readonly below: number | undefined;
  readonly clear: number | undefined;
  readonly aggregate: Aggregate;
  readonly window: number;
}

export const thresholdKind: RuleKind<ThresholdSettings> = {
  fields: {
    metric: option.string(),
    ...boundsFields,
    aggregate: option.oneOf(AGGREGATES).default('last'),
    window: WINDOW.default(60_000),
  },
  plan(settings, issues) {
    const { metric, aggregate, window, staleAfter } = settings;
    const bounds = readBounds(settings, issues);
    return {
      metrics: [metric],
      judgesAtOnce: aggregate === 'last',
      staleAfterMs: staleAfter ?? Math.max(FIVE_MINUTES_MS, aggregate === 'last' ? 0 : window),
      forMs: settings.for,
      severity: undefined,
      watchesUnseen: false,
      create: () =>
        aggregate === 'last'
          ? new LastCondition(metric, bounds)
          : new AggregateCondition(
              `${aggregate} of ${metric}`,
              bounds,
              new WindowAggregate(aggregate, window),
            ),
    };
  },
};

/** Looks at the latest observation. */
class LastCondition implements Condition {
  readonly #metric: string;
  readonly #bounds: Bounds;
  #value: number | undefined;
  #at = Number.NEGATIVE_INFINITY;

  constructor(metric: string, bounds: Bounds) {
    this.#metric = metric;
    this.#bounds = bounds;
  }

  observe(value: number, at: number): void {
    // One that was under way for longer is no news.
    if (at < this.#at) return;
    this.#value = value;
    this.#at = at;
  }

  judge(_now: number, isActive: boolean): Judgement {
    return judgeValue(this.#metric, this.#bounds, this.#value, isActive);
  }
}

/** Looks at the observations of a window as a whole. */
class AggregateCondition implements Condition {
  readonly #what: string;
  readonly #bounds: Bounds;
  readonly #aggregate: WindowAggregate;

  constructor(what: string, bounds: Bounds, aggregate: WindowAggregate) {
    this.#what = what;
    this.#bounds = bounds;
    this.#aggregate = aggregate;
  }

  observe(value: number, at: number): void {
    this.#aggregate.add(value, at);
  }

  judge(now: number, isActive: boolean): Judgement {
    return judgeValue(this.#what, this.#bounds, this.#aggregate.value(now), isActive);
  }
}

function judgeValue(what: string, bounds: Bounds, value: number | undefined, isActive: boolean): Judgement {
  if (value === undefined) return UNKNOWN;
  if (!exceeds(bounds, value, isActive)) return CLEAR;
  // Between the two bounds of the hysteresis it is not beyond the threshold, but not clear yet.
  const text = exceeds(bounds, value, false)
    ? `${what} is ${formatNumber(value)}, ${describeBounds(bounds)}`
    : `${what} is ${formatNumber(value)}, not yet clear at ${formatNumber(bounds.clear)}`;
  return { kind: 'holds', value, threshold: bounds.threshold, text };
}
