/** One part of the score. */
export interface ScorePart {
  readonly name: 'errors' | 'responsiveness' | 'eventLoop' | 'cpu' | 'memory';
  /** From 0 to 100. */
  readonly score: number;
  /** How much it counts relative to the others. */
  readonly weight: number;
  /** The figure it comes from. */
  readonly value: number;
}

/** What the score is computed from; `null` where it is not known. */
export interface ScoreInput {
  readonly errorRate: number | null;
  readonly apdex: number | null;
  readonly p99DelayMs: number | null;
  readonly cpuRatio: number | null;
  /** The greater of heap and memory use, each to its limit. */
  readonly memoryRatio: number | null;
}

interface PartRule {
  readonly name: ScorePart['name'];
  readonly input: keyof ScoreInput;
  readonly weight: number;
  /** Value with the full score, and value with none; in between it is linear. */
  readonly best: number;
  readonly worst: number;
}

/** The rules in one table; the README shows it. */
const SCORE_RULES: readonly PartRule[] = [
  { name: 'errors', input: 'errorRate', weight: 30, best: 0, worst: 0.2 },
  { name: 'responsiveness', input: 'apdex', weight: 30, best: 1, worst: 0 },
  { name: 'eventLoop', input: 'p99DelayMs', weight: 15, best: 20, worst: 500 },
  { name: 'cpu', input: 'cpuRatio', weight: 10, best: 0.7, worst: 1.2 },
  { name: 'memory', input: 'memoryRatio', weight: 15, best: 0.75, worst: 1 },
];

/** The parts that something is known of. */
export function scoreParts(input: ScoreInput): ScorePart[] {
  return SCORE_RULES.flatMap(({ name, input: key, weight, best, worst }) => {
    const value = input[key];
    if (value === null) return [];
    const score = 100 * Math.min(1, Math.max(0, (worst - value) / (worst - best)));
    return [{ name, score, weight, value }];
  });
}

/**
 * One score of several: their weighted geometric mean, so that a part at 0 brings the whole to 0 and none can
 * be hidden behind the others. 100 when nothing is known.
 */
export function overallScore(parts: readonly ScorePart[]): number {
  const weights = parts.reduce((sum, { weight }) => sum + weight, 0);
  if (weights === 0) return 100;
  const logs = parts.reduce((sum, { score, weight }) => sum + weight * Math.log(score / 100), 0);
  return 100 * Math.exp(logs / weights);
}
