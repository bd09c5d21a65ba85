import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KnownStatus } from '../src/check.ts';
import { type CheckReport, missingCheck } from '../src/check-report.ts';
import { type HealthPhase, summarise } from '../src/health-summary.ts';

const report = fc.record({
  name: fc.string({ minLength: 1 }),
  status: fc.constantFrom<KnownStatus>('healthy', 'warning', 'critical', 'unknown'),
  critical: fc.boolean(),
  ageMs: fc.nat(),
});
const reports = fc
  .uniqueArray(report, { selector: ({ name }) => name, maxLength: 12 })
  .map((list): CheckReport[] => list.map((each) => ({ ...missingCheck(each.name), ...each })));
const phase = fc.constantFrom<HealthPhase>('starting', 'running', 'draining');
const kind = fc.constantFrom('liveness', 'readiness', 'startup', 'all');
const RANK: Readonly<Record<KnownStatus, number>> = { healthy: 0, warning: 1, unknown: 2, critical: 3 };

describe('the summary', () => {
  it('is exactly as bad as the worst contribution: never better than its worst critical check (property)', () => {
    fc.assert(
      fc.property(reports, (list) => {
        const { status } = summarise({ kind: 'all', phase: 'running', timestamp: 0, reports: list });
        const critical = list.filter((each) => each.critical).map((each) => RANK[each.status]);
        const degradable = list.filter((each) => !each.critical && each.status !== 'unknown');
        const limit = Math.max(0, ...degradable.map((each) => Math.min(1, RANK[each.status])));
        expect(RANK[status]).toBe(Math.max(limit, ...critical));
      }),
    );
  });

  it('is never made critical by degradable checks (property)', () => {
    fc.assert(
      fc.property(reports, (list) => {
        const degradable = list.map((each) => ({ ...each, critical: false }));
        const summary = summarise({ kind: 'readiness', phase: 'running', timestamp: 0, reports: degradable });
        expect(summary.ok).toBe(true);
      }),
    );
  });

  it('scores within the range of its status, and 100 only when all is healthy (property)', () => {
    fc.assert(
      fc.property(reports, phase, kind, (list, inPhase, ofKind) => {
        const { status, score, ageMs, checks } = summarise({
          kind: ofKind,
          phase: inPhase,
          timestamp: 0,
          reports: list,
        });
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual({ healthy: 100, warning: 79, unknown: 79, critical: 39 }[status]);
        if (status === 'healthy') expect(score).toBe(100);
        expect(ageMs).toBe(list.length === 0 ? undefined : Math.max(...list.map((each) => each.ageMs ?? 0)));
        expect(Object.values(checks)).toHaveLength(list.length);
      }),
    );
  });

  it('does not get better when a check gets worse (property)', () => {
    fc.assert(
      fc.property(reports, fc.nat(), (list, pick) => {
        fc.pre(list.length > 0);
        const index = pick % list.length;
        const worse = list.map((each, at) =>
          at === index ? { ...each, status: 'critical' as const } : each,
        );
        const rank = (of: readonly CheckReport[]): number =>
          RANK[summarise({ kind: 'all', phase: 'running', timestamp: 0, reports: of }).status];
        fc.pre(list[index]?.status !== 'unknown' || list[index]?.critical === true);
        expect(rank(worse)).toBeGreaterThanOrEqual(rank(list));
      }),
    );
  });

  it.each([
    ['liveness', 'draining', 'unknown', true],
    ['liveness', 'running', 'critical', false],
    ['readiness', 'running', 'unknown', false],
    ['readiness', 'running', 'warning', true],
    ['readiness', 'draining', 'healthy', false],
    ['readiness', 'starting', 'healthy', false],
    ['startup', 'starting', 'healthy', false],
    ['startup', 'draining', 'healthy', true],
    ['all', 'running', 'healthy', true],
    ['all', 'draining', 'healthy', false],
  ] as const)('of kind %s is, while %s with status %s, ok: %s', (ofKind, inPhase, status, ok) => {
    const reports = [{ ...missingCheck('only'), status }];
    expect(summarise({ kind: ofKind, phase: inPhase, timestamp: 0, reports }).ok).toBe(ok);
  });
});
