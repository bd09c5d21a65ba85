import type { Alert } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overallScore } from '../../src/dashboard/score.ts';

function alert(severity: Alert['severity']): Alert {
  return { id: severity, name: severity, severity, message: severity, since: 0, labels: {} };
}

describe('overallScore', () => {
  it('is the weighted geometric mean of its parts, and shows them', () => {
    const result = overallScore({
      health: { score: 79, status: 'warning' },
      performance: { score: 90, reason: 'memory 40 (0.9)' },
      alerts: [alert('warning'), alert('info')],
    });
    expect(result).toEqual({
      overallScore: Math.round(100 * 0.79 ** 0.4 * 0.9 ** 0.4 * 0.85 ** 0.2),
      parts: [
        { name: 'health', score: 79, weight: 0.4, reason: 'health checks are warning' },
        { name: 'performance', score: 90, weight: 0.4, reason: 'memory 40 (0.9)' },
        { name: 'alerts', score: 85, weight: 0.2, reason: '0 critical alerts and 1 warnings are on' },
      ],
    });
  });

  it('shares the weight of what is not known yet among the others', () => {
    const { overallScore: score, parts } = overallScore({
      performance: { score: 50, reason: '' },
      alerts: [],
    });
    expect(parts.map(({ name, weight }) => [name, weight.toFixed(3)])).toEqual([
      ['performance', '0.667'],
      ['alerts', '0.333'],
    ]);
    expect(score).toBe(Math.round(100 * 0.5 ** (2 / 3)));
  });

  it('lies between the worst and the best part, and is 0 where a part is', () => {
    const part = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(part, part, fc.integer({ min: 0, max: 4 }), (health, performance, criticals) => {
        const result = overallScore({
          health: { score: health, status: 'healthy' },
          performance: { score: performance, reason: '' },
          alerts: Array.from({ length: criticals }, () => alert('critical')),
        });
        const scores = result.parts.map(({ score }) => score);
        expect(result.overallScore).toBeGreaterThanOrEqual(Math.min(...scores));
        expect(result.overallScore).toBeLessThanOrEqual(Math.max(...scores));
        if (Math.min(...scores) === 0) expect(result.overallScore).toBe(0);
        expect(result.parts.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
      }),
    );
  });
});
