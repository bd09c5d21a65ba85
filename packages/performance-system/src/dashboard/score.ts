import type { Alert } from '@evenkeel/core';

/** One of the things that the overall score is made of. */
export interface ScorePart {
  readonly name: 'health' | 'performance' | 'alerts';
  /** From 0 to 100. */
  readonly score: number;
  /** Its share of the whole; the shares of the parts that are known add up to 1. */
  readonly weight: number;
  /** Where the score comes from, in words and numbers. */
  readonly reason: string;
}

export interface OverallScore {
  /** From 0 to 100, a whole number. */
  readonly overallScore: number;
  readonly parts: readonly ScorePart[];
}

/** What the score is made of; a part that is not known yet is left out, and the others share its weight. */
export interface ScoreInput {
  /** The health checker's score and what it is about. */
  readonly health?: { readonly score: number; readonly status: string } | undefined;
  /** The monitor's score. */
  readonly performance?: { readonly score: number; readonly reason: string } | undefined;
  readonly alerts: readonly Alert[];
}

/* Health and performance say how things are; alerts only that somebody should look. */
const WEIGHTS = { health: 0.4, performance: 0.4, alerts: 0.2 } as const;
const ALERT_COST = { critical: 40, warning: 15, info: 0 } as const;

/**
 * The weighted geometric mean of the parts that are known, so that one in a bad state can't be hidden behind
 * the others: `overallScore = round(100 × Π (score / 100) ^ weight)`, the weights scaled to add up to 1.
 *
 * - `health`, 0.4: the score of the health checks,
 * - `performance`, 0.4: the score of the monitor's summary,
 * - `alerts`, 0.2: 100, less 40 for each critical alert that is on and 15 for each warning, at least 0.
 */
export function overallScore({ health, performance, alerts }: ScoreInput): OverallScore {
  const known: Omit<ScorePart, 'weight'>[] = [];
  if (health)
    known.push({ name: 'health', score: health.score, reason: `health checks are ${health.status}` });
  if (performance) known.push({ name: 'performance', ...performance });
  known.push(alertPart(alerts));
  const total = known.reduce((sum, { name }) => sum + WEIGHTS[name], 0);
  const parts = known.map((part) => ({ ...part, weight: WEIGHTS[part.name] / total }));
  const mean = parts.reduce((product, { score, weight }) => product * (score / 100) ** weight, 1);
  return { overallScore: Math.round(100 * mean), parts };
}

function alertPart(alerts: readonly Alert[]): Omit<ScorePart, 'weight'> {
  const cost = alerts.reduce((sum, { severity }) => sum + ALERT_COST[severity], 0);
  const count = (severity: Alert['severity']): number =>
    alerts.filter((alert) => alert.severity === severity).length;
  return {
    name: 'alerts',
    score: Math.max(0, 100 - cost),
    reason: `${count('critical')} critical alerts and ${count('warning')} warnings are on`,
  };
}
