import { formatDuration, option } from '@evenkeel/core';
import { CLEAR, type Condition, type Judgement, UNKNOWN } from './condition.ts';
import { DAY_MS, type RuleKind } from './rule-kind.ts';

interface AbsenceSettings {
  readonly metric: string;
}

export const absenceKind: RuleKind<AbsenceSettings> = {
  fields: { metric: option.string() },
  plan({ metric, for: forMs, staleAfter }, issues) {
    if (forMs < 1000)
      issues.push({ path: 'for', value: forMs, expected: 'at least 1s: how long it is to be absent' });
    const staleAfterMs = staleAfter ?? Math.max(DAY_MS, 2 * forMs);
    if (staleAfterMs <= forMs)
      issues.push({ path: 'staleAfter', value: staleAfterMs, expected: `longer than \`for\`, ${forMs} ms` });
    return {
      metrics: [metric],
      judgesAtOnce: true,
      // The condition is the time itself.
      forMs: 0,
      staleAfterMs,
      severity: undefined,
      watchesUnseen: true,
      create: ({ now }) => new AbsenceCondition(metric, forMs, now),
    };
  },
};

/** Time since the last observation, or since it began to watch. */
class AbsenceCondition implements Condition {
  readonly #metric: string;
  readonly #absentAfterMs: number;
  #since: number;
  #wasSeen = false;

  constructor(metric: string, absentAfterMs: number, now: number) {
    this.#metric = metric;
    this.#absentAfterMs = absentAfterMs;
    this.#since = now;
  }

  observe(_value: number, at: number): void {
    this.#since = this.#wasSeen ? Math.max(at, this.#since) : at;
    this.#wasSeen = true;
  }

  judge(now: number): Judgement {
    const absentMs = now - this.#since;
    if (absentMs < this.#absentAfterMs) return this.#wasSeen ? CLEAR : UNKNOWN;
    const text = this.#wasSeen
      ? `${this.#metric} was last observed ${formatDuration(absentMs)} ago`
      : `${this.#metric} has not been observed for ${formatDuration(absentMs)}`;
    // In seconds, the unit that metrics have.
    return { kind: 'holds', value: absentMs / 1000, threshold: this.#absentAfterMs / 1000, text };
  }
}
