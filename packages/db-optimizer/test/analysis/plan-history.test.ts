import { describe, expect, it } from 'vitest';
import { parsePlan } from '../../src/analysis/plans/parse-plan.ts';
import type { Plan } from '../../src/analysis/plans/plan.ts';
import { PlanHistory } from '../../src/analysis/plans/plan-history.ts';

const plan = (index: string, cost = 10): Plan =>
  parsePlan({ Plan: { 'Node Type': 'Index Scan', 'Index Name': index, 'Total Cost': cost } });

describe('PlanHistory', () => {
  it('tells a change with cost and time before and after', () => {
    const history = new PlanHistory();
    const look = (at: number, index: string, cost: number, calls: number, totalMs: number) =>
      history.record({ query: 'q', text: 'select 1', plan: plan(index, cost), at, calls, totalMs });
    expect(look(1, 'good', 10, 100, 100)).toBeUndefined();
    expect(look(2, 'good', 12, 200, 300)).toBeUndefined();
    // Between 2 and 3 it changed: those 100 calls are of neither.
    expect(look(3, 'bad', 90, 300, 9999)).toMatchObject({
      query: 'q',
      text: 'select 1',
      at: 3,
      isReturn: false,
      before: { cost: 12, calls: 100, meanMs: 2, firstSeen: 1, lastSeen: 2, shape: 'Index Scan using good' },
      after: { cost: 90, calls: 0, meanMs: undefined },
    });
    look(4, 'bad', 95, 350, 10_999);
    const [change] = history.changes();
    expect(change).toMatchObject({ before: { meanMs: 2 }, after: { cost: 95, calls: 50, meanMs: 20 } });
    expect(history.current('q')).toMatchObject({ meanMs: 20 });
    expect(look(5, 'good', 10, 400, 11_000)).toMatchObject({ isReturn: true, before: { meanMs: 20 } });
    expect(history.plans('q').map(({ shape }) => shape)).toEqual([
      'Index Scan using bad',
      'Index Scan using good',
    ]);
  });

  it('takes nothing from counts that were reset, or are missing', () => {
    const history = new PlanHistory();
    for (const counts of [
      { calls: 100, totalMs: 1000 },
      { calls: 5, totalMs: 10 },
      {},
      { calls: 10, totalMs: 20 },
    ])
      history.record({ query: 'q', plan: plan('i'), at: 1, ...counts });
    expect(history.current('q')).toMatchObject({ calls: 0, meanMs: undefined });
    history.record({ query: 'q', plan: plan('i'), at: 2, calls: 20, totalMs: 70 });
    expect(history.current('q')).toMatchObject({ calls: 10, meanMs: 5 });
  });

  it('keeps queries apart, and no more than it may', () => {
    const history = new PlanHistory({ maxQueries: 2, maxPlans: 2, maxChanges: 3 });
    for (const index of ['a', 'b', 'c', 'd', 'e']) history.record({ query: 'q', plan: plan(index), at: 1 });
    expect(history.plans('q').map(({ shape }) => shape)).toEqual([
      'Index Scan using d',
      'Index Scan using e',
    ]);
    expect(history.changes()).toHaveLength(3);
    expect(history.forgotten).toBe(4);
    history.record({ query: 'r', plan: plan('a'), at: 2 });
    history.record({ query: 'q', plan: plan('e'), at: 3 });
    history.record({ query: 's', plan: plan('a'), at: 4 });
    expect(history.current('r')).toBeUndefined();
    expect(history.current('q')).toBeDefined();
  });

  it('refuses bounds that are none', () => {
    expect(() => new PlanHistory({ maxPlans: 1 })).toThrow(
      'maxPlans must be an integer of at least 2, got 1',
    );
  });
});
