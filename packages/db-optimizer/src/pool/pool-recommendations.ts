import type { Priority, Recommendation } from '@evenkeel/core';
import type { PoolAdvice, PoolProblem } from './pool-advice.ts';

const PRIORITIES: Readonly<Record<PoolProblem, Priority>> = {
  leak: 'critical',
  'held-idle': 'high',
  'database-slow': 'high',
  'too-small': 'high',
  'max-connections': 'medium',
  'too-large': 'low',
};

/** Advice on a pool as recommendations, in its order. */
export function poolRecommendations({ pool, diagnoses, size }: PoolAdvice): readonly Recommendation[] {
  return diagnoses.map(({ problem, reason, evidence }) => ({
    id: `db-optimizer:pool:${pool.name}:${problem}`,
    component: 'database',
    priority: PRIORITIES[problem],
    message: `Pool "${pool.name}": ${whatToDo(problem, size)}: ${reason}`,
    evidence: { ...evidence, size },
    automated: false,
  }));
}

function whatToDo(problem: PoolProblem, { current, recommended, room }: PoolAdvice['size']): string {
  switch (problem) {
    case 'leak':
      return 'give connections back in a finally block, or use pool.query';
    case 'held-idle':
      return 'hold connections only while they are used, and not over other calls';
    case 'database-slow':
      return 'look at the slow queries and leave the pool as it is, as more connections would not help';
    case 'too-small':
      return recommended > current
        ? `raise max from ${current} to ${recommended}, and look again`
        : 'it is too small, and the server has no room for more connections; ask for fewer or use a pooler such as PgBouncer';
    case 'too-large':
      return `lower max from ${current} to ${recommended}`;
    case 'max-connections':
      return `lower max to ${Math.min(current, room ?? current)} or raise max_connections`;
  }
}
