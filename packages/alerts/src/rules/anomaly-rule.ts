import { option } from '@evenkeel/core';
import type { Labels } from '../alert-state.ts';
import { CLEAR, type Condition, type Judgement, UNKNOWN } from './condition.ts';
import { formatNumber } from './message-template.ts';
import { RobustDetector } from './robust-detector.ts';
import type { AnomalyDetector, AnomalyVerdict } from './rule.ts';
import { FIVE_MINUTES_MS, type RuleKind } from './rule-kind.ts';
import type { ReportFailure } from './rule-plan.ts';

type Direction = 'above' | 'below' | 'both';

interface AnomalySettings {
  readonly metric: string;
  readonly direction: Direction;
  readonly detector: (labels: Labels) => AnomalyDetector;
}

export const anomalyKind: RuleKind<AnomalySettings> = {
  fields: {
    metric: option.string(),
    direction: option.oneOf(['above', 'below', 'both']).default('both'),
    detector: option.callback<(labels: Labels) => AnomalyDetector>().default(() => new RobustDetector()),
  },
  plan({ metric, direction, detector, for: forMs, staleAfter }) {
    return {
      metrics: [metric],
      judgesAtOnce: true,
      forMs,
      staleAfterMs: staleAfter ?? FIVE_MINUTES_MS,
      severity: undefined,
      watchesUnseen: false,
      create: ({ labels, report }) => new AnomalyCondition(metric, direction, () => detector(labels), report),
    };
  },
};

/** Asks a detector, which may be the user's: it may throw and return anything. */
class AnomalyCondition implements Condition {
  readonly #metric: string;
  readonly #direction: Direction;
  readonly #create: () => AnomalyDetector;
  readonly #report: ReportFailure;
  #detector: AnomalyDetector | undefined;
  #judgement: Judgement = UNKNOWN;
  #at = Number.NEGATIVE_INFINITY;
  #fails = false;

  constructor(metric: string, direction: Direction, create: () => AnomalyDetector, report: ReportFailure) {
    this.#metric = metric;
    this.#direction = direction;
    this.#create = create;
    this.#report = report;
  }

  observe(value: number, at: number): void {
    if (at < this.#at) return;
    this.#at = at;
    try {
      this.#detector ??= this.#create();
      this.#judgement = this.#judgementOf(value, readVerdict(this.#detector.observe(value, at)));
      this.#fails = false;
    } catch (thrown) {
      // Once, and not again at every observation.
      if (!this.#fails) this.#report(`detector for ${JSON.stringify(this.#metric)}`, thrown);
      this.#fails = true;
      this.#judgement = UNKNOWN;
    }
  }

  judge(): Judgement {
    return this.#judgement;
  }

  #judgementOf(value: number, { isAnomaly, expected: [from, to], score }: AnomalyVerdict): Judgement {
    const isMeant = this.#direction === 'both' || (this.#direction === 'above' ? value > to : value < from);
    if (!isAnomaly || !isMeant) return CLEAR;
    return {
      kind: 'holds',
      value,
      threshold: value > to ? to : from,
      text: `${this.#metric} is ${formatNumber(value)}, expected ${formatNumber(from)} to ${formatNumber(to)}`,
      evidence: { expectedFrom: from, expectedTo: to, score },
    };
  }
}

/** @throws TypeError for what is no verdict */
function readVerdict(verdict: AnomalyVerdict): AnomalyVerdict {
  const { isAnomaly, expected, score } = verdict;
  const [from, to] = expected;
  if (typeof isAnomaly !== 'boolean' || [from, to, score].some((each) => typeof each !== 'number')) {
    throw new TypeError(
      'a detector must return { isAnomaly: boolean, expected: [number, number], score: number }',
    );
  }
  return { isAnomaly, expected: [from, to], score };
}
