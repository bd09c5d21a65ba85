import type { HealthStatus } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KnownStatus } from '../src/check.ts';
import { type DampingThresholds, damp, SEVERITY } from '../src/damping.ts';

const status = fc.constantFrom<HealthStatus>('healthy', 'warning', 'critical');
const threshold = fc.integer({ min: 1, max: 5 });
const thresholds = fc.record({ failureThreshold: threshold, successThreshold: threshold });

/** The status after each result. */
function follow(results: readonly HealthStatus[], given: DampingThresholds): KnownStatus[] {
  const statuses: KnownStatus[] = [];
  let current: KnownStatus = 'unknown';
  results.forEach((_result, index) => {
    current = damp(current, results.slice(0, index + 1), given);
    statuses.push(current);
  });
  return statuses;
}

describe('damping', () => {
  it.each<[string, DampingThresholds, readonly HealthStatus[], readonly KnownStatus[]]>([
    [
      'takes the first result at once',
      { failureThreshold: 3, successThreshold: 3 },
      ['critical', 'healthy', 'healthy', 'healthy'],
      ['critical', 'critical', 'critical', 'healthy'],
    ],
    [
      'worsens to the least bad of the streak',
      { failureThreshold: 2, successThreshold: 1 },
      ['healthy', 'warning', 'critical', 'critical'],
      ['healthy', 'healthy', 'warning', 'critical'],
    ],
    [
      'improves to the worst of the streak',
      { failureThreshold: 1, successThreshold: 2 },
      ['critical', 'healthy', 'warning', 'healthy', 'healthy'],
      ['critical', 'critical', 'warning', 'warning', 'healthy'],
    ],
    [
      'follows every result with thresholds of 1',
      { failureThreshold: 1, successThreshold: 1 },
      ['healthy', 'critical', 'warning', 'healthy'],
      ['healthy', 'critical', 'warning', 'healthy'],
    ],
  ])('%s', (_name, given, results, expected) => {
    expect(follow(results, given)).toEqual(expected);
  });

  it('holds on to a status that fewer results speak against', () => {
    const given = { failureThreshold: 3, successThreshold: 2 };
    expect(damp('critical', ['healthy'], given)).toBe('critical');
    expect(damp('healthy', ['critical', 'critical'], given)).toBe('healthy');
    expect(damp('warning', [], given)).toBe('warning');
  });

  it('needs as many worse or better results in a row as its threshold says (property)', () => {
    fc.assert(
      fc.property(fc.array(status, { minLength: 1, maxLength: 60 }), thresholds, (results, given) => {
        const statuses = follow(results, given);
        expect(statuses[0]).toBe(results[0]);
        statuses.slice(1).forEach((after, offset) => {
          const index = offset + 1;
          const before = SEVERITY[statuses[index - 1] as HealthStatus];
          const now = SEVERITY[after as HealthStatus];
          const last = (count: number): number[] =>
            results.slice(Math.max(0, index + 1 - count), index + 1).map((each) => SEVERITY[each]);
          const worse = last(given.failureThreshold);
          const better = last(given.successThreshold);
          const allWorse = worse.length === given.failureThreshold && worse.every((each) => each > before);
          const allBetter = better.length === given.successThreshold && better.every((each) => each < before);
          expect(now > before).toBe(allWorse);
          expect(now < before).toBe(allBetter);
          if (allWorse) expect(now).toBe(Math.min(...worse));
          if (allBetter) expect(now).toBe(Math.max(...better));
        });
      }),
    );
  });

  it('never moves on results that alternate, with thresholds of 2 and more (property)', () => {
    const above1 = fc.integer({ min: 2, max: 5 });
    fc.assert(
      fc.property(status, status, above1, above1, (a, b, failureThreshold, successThreshold) => {
        const results = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? a : b));
        const statuses = follow(results, { failureThreshold, successThreshold });
        expect(new Set(statuses)).toEqual(new Set([a]));
      }),
    );
  });
});
