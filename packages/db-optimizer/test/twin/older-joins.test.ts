import { describe, expect, it } from 'vitest';
import { costOfOlderJoins, hasNewerJoins, type JoinCosts } from '../../src/twin/older-joins.ts';
import type { PlanNode } from '../../src/what-if/plan-node.ts';

const COSTS: JoinCosts = {
  operator: 0.0025,
  tuple: 0.01,
  sequentialPage: 1,
  hashBytes: 8 * 1024 * 1024,
  keyOf: () => ({ rows: 150_000, distinct: 9_900, mostCommon: 0 }),
};

/* The plan of PostgreSQL 18 for shops of certain towns without a purchase. */
const purchases = {
  'Node Type': 'Seq Scan',
  'Parent Relationship': 'Outer',
  'Startup Cost': 0,
  'Total Cost': 3808,
  'Plan Rows': 150_000,
  'Plan Width': 4,
  'Relation Name': 'purchase',
  Alias: 'purchase',
};
const shops = {
  'Node Type': 'Seq Scan',
  'Parent Relationship': 'Outer',
  'Startup Cost': 0,
  'Total Cost': 670.25,
  'Plan Rows': 175,
  'Plan Width': 20,
  'Relation Name': 'shop',
  Alias: 'shop',
};
const hash = {
  ...shops,
  'Node Type': 'Hash',
  'Parent Relationship': 'Inner',
  'Startup Cost': 670.25,
  Plans: [shops],
};
const join: PlanNode = {
  'Node Type': 'Hash Join',
  'Join Type': 'Right Anti',
  'Startup Cost': 672.44,
  'Total Cost': 5977.27,
  'Plan Rows': 59,
  ...{ 'Hash Cond': '(purchase.shop_id = shop.id)' },
  Plans: [purchases, hash],
};

const above = (type: string, rows: number): PlanNode => ({
  ...join,
  'Node Type': type,
  'Join Type': '',
  'Plan Rows': rows,
  Plans: [join],
});

describe('costOfOlderJoins', () => {
  it('tells what the same join costs PostgreSQL 15, which hashes the other side', () => {
    expect(hasNewerJoins(join, 150_018)).toBe(true);
    const cost = 5977.27 + costOfOlderJoins(join, 150_018, COSTS);
    expect(cost).toBeGreaterThan(6355.45 * 0.999);
    expect(cost).toBeLessThan(6355.45 * 1.001);
  });

  it('adds nothing where the version has such joins', () => {
    expect(hasNewerJoins(join, 160_000)).toBe(false);
    expect(costOfOlderJoins(join, 160_000, COSTS)).toBe(0);
    const semi = { ...join, 'Join Type': 'Right Semi' };
    expect(hasNewerJoins(semi, 170_000)).toBe(true);
    expect(hasNewerJoins(semi, 180_000)).toBe(false);
  });

  it('charges for a table that has to be written out', () => {
    const small = costOfOlderJoins(join, 150_018, { ...COSTS, hashBytes: 1024 * 1024 });
    expect(small - costOfOlderJoins(join, 150_018, COSTS)).toBeGreaterThan(1000);
  });

  it('counts of a join under a limit what is run of it, and all of one that is sorted first', () => {
    const whole = costOfOlderJoins(join, 150_018, COSTS);
    const startup = 5683 - 672.44;
    const limited = costOfOlderJoins(above('Limit', 1), 150_018, COSTS);
    expect(limited).toBeCloseTo(startup + (whole - startup) / 59, 0);
    const sorted = { ...above('Limit', 1), Plans: [above('Sort', 59)] };
    expect(costOfOlderJoins(sorted, 150_018, COSTS)).toBeCloseTo(whole, 6);
  });
});
