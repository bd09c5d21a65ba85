import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { timePlan } from '../../src/analysis/plans/exclusive-time.ts';
import { findInPlan } from '../../src/analysis/plans/find-in-plan.ts';
import { PlanFormatError, parsePlan } from '../../src/analysis/plans/parse-plan.ts';
import type { Plan } from '../../src/analysis/plans/plan.ts';
import { planFingerprint, planShape } from '../../src/analysis/plans/plan-fingerprint.ts';
import { catalogueOf, key, tableOf } from './support/catalogue.ts';

type Json = Record<string, unknown>;

/** A node as EXPLAIN (ANALYZE) writes it. */
function node(
  type: string,
  [ms, rows, loops]: [number, number, number],
  fields: Json = {},
  plans: Json[] = [],
): Json {
  return {
    'Node Type': type,
    'Total Cost': 10,
    'Plan Rows': rows,
    'Actual Startup Time': 0,
    'Actual Total Time': ms,
    'Actual Rows': rows,
    'Actual Loops': loops,
    ...fields,
    Plans: plans,
  };
}

const OUTER = { 'Parent Relationship': 'Outer' };
const INNER = { 'Parent Relationship': 'Inner' };

function exclusive(plan: Json, rest: Json = {}): number[] | undefined {
  return timePlan(parsePlan({ Plan: plan, ...rest }))?.map(
    ({ exclusiveMs }) => Math.round(1000 * exclusiveMs) / 1000,
  );
}

describe('reading a plan', () => {
  const plain = { Plan: { 'Node Type': 'Result', 'Total Cost': 0.01, 'Plan Rows': 1 } };

  it('takes text, what it parses to, and a row of a driver', () => {
    for (const given of [
      plain,
      [plain],
      JSON.stringify([plain]),
      { 'QUERY PLAN': [plain] },
      { 'QUERY PLAN': JSON.stringify([plain]) },
    ])
      expect(parsePlan(given).root).toMatchObject({
        type: 'Result',
        cost: { startup: 0, total: 0.01 },
        run: undefined,
      });
  });

  it.each([
    ['no JSON', 'Seq Scan on t'],
    ['two statements', [plain, plain]],
    ['none', []],
    ['a number', 5],
    ['nothing', undefined],
    ['no plan', { Planning: {} }],
    ['a node without a type', { Plan: { Plans: [] } }],
    ['a child without a type', { Plan: { 'Node Type': 'Append', Plans: [{}] } }],
    ['rows within rows', { 'QUERY PLAN': { 'QUERY PLAN': [plain] } }],
  ])('refuses %s', (_, given) => {
    expect(() => parsePlan(given)).toThrow(PlanFormatError);
  });

  it('refuses what is too deep or too large, and survives it', () => {
    let deep: Json = { 'Node Type': 'Limit' };
    for (let level = 0; level < 100_000; level++) deep = { 'Node Type': 'Limit', Plans: [deep] };
    expect(() => parsePlan({ Plan: deep })).toThrow('deeper than 2500 levels');
    const wide = {
      'Node Type': 'Append',
      Plans: Array.from({ length: 50_001 }, () => ({ 'Node Type': 'Result' })),
    };
    expect(() => parsePlan({ Plan: wide })).toThrow('more than 50000 nodes');
  });

  it('reads whatever else is there without failing', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(
            'Plan Rows',
            'Actual Rows',
            'Actual Loops',
            'Plans',
            'Workers',
            'Filter',
            'Sort Key',
            'Hash Batches',
            'Sort Method',
            'Timing',
          ),
          fc.jsonValue(),
        ),
        (fields) => {
          const given = {
            Plan: { 'Node Type': 'Seq Scan', ...fields, Plans: [] },
            JIT: fields,
            Triggers: [fields],
            Settings: fields,
          };
          const plan = parsePlan(given);
          expect(plan.nodes).toHaveLength(1);
          expect(() => [timePlan(plan), planFingerprint(plan), findInPlan(plan)]).not.toThrow();
        },
      ),
    );
  });

  it('takes the worst of all processes', () => {
    const plan = parsePlan({
      Plan: node('Sort', [5, 10, 3], {
        'Sort Method': 'quicksort',
        'Sort Space Used': 900,
        'Sort Space Type': 'Memory',
        Workers: [
          { 'Sort Method': 'external merge', 'Sort Space Used': 100, 'Sort Space Type': 'Disk' },
          { 'Sort Method': 'external merge', 'Sort Space Used': 700, 'Sort Space Type': 'Disk' },
        ],
      }),
    });
    expect(plan.root.sort).toEqual({ method: 'external merge', bytes: 700 * 1024, isOnDisk: true });
  });
});

describe('where the time went', () => {
  it('counts loops, and processes side by side', () => {
    const plan = node('Gather', [30, 100, 1], { 'Workers Launched': 2 }, [
      node('Nested Loop', [24, 33, 3], OUTER, [
        node('Seq Scan', [4, 100, 3], OUTER),
        node('Index Scan', [0.1, 1, 300], INNER),
      ]),
    ]);
    // Each process: 24 ms, of which 4 in the outer scan and 100 × 0.1 in the inner.
    expect(exclusive(plan)).toEqual([6, 10, 4, 10]);
  });

  it('finds a CTE by the nearest name, and leaves an outer one of the same name alone', () => {
    const inner = node('Limit', [5, 1, 1], { 'Parent Relationship': 'Subquery' }, [
      node('Result', [3, 1, 1], { 'Parent Relationship': 'InitPlan', 'Subplan Name': 'CTE c' }),
      node('CTE Scan', [4, 1, 1], { ...OUTER, 'CTE Name': 'c' }),
    ]);
    const plan = node('Append', [20, 1, 1], {}, [
      node('Result', [8, 1, 1], { 'Parent Relationship': 'InitPlan', 'Subplan Name': 'CTE c' }),
      node('CTE Scan', [9, 1, 1], { 'Parent Relationship': 'Member', 'CTE Name': 'c' }),
      inner,
    ]);
    expect(exclusive(plan)).toEqual([6, 8, 1, 1, 3, 1]);
  });

  it('splits a CTE over the scans that ran it', () => {
    const scan = (ms: number): Json => node('CTE Scan', [ms, 1, 1], { ...OUTER, 'CTE Name': 'c' });
    const cte = node('Result', [10, 1, 1], { 'Parent Relationship': 'InitPlan', 'Subplan Name': 'CTE c' });
    expect(exclusive(node('Merge Join', [14, 1, 1], {}, [cte, scan(7), scan(6)]))).toEqual([1, 10, 0, 3]);
  });

  it('gives a CTE to the scan that ran it, not to one whose time an InitPlan took', () => {
    const scan = (relationship: Json, ms: number, fields: Json = {}): Json =>
      node('CTE Scan', [ms, 1, 1], { ...relationship, 'CTE Name': 'c', ...fields });
    const initial = (name: string, ms: number, plans: Json[] = []): Json =>
      node('Result', [ms, 1, 1], { 'Parent Relationship': 'InitPlan', 'Subplan Name': name }, plans);
    const plan = node('Hash Join', [24, 1, 1], {}, [
      initial('CTE c', 10),
      initial('InitPlan 2', 11, [scan(OUTER, 10)]),
      scan(OUTER, 12, { Filter: '(n > (InitPlan 2).col1)' }),
      scan(INNER, 11),
    ]);
    expect(exclusive(plan)).toEqual([1, 10, 1, 10, 1, 1]);
  });

  it.each([
    ['InitPlan 1 (returns $0)', '(total > $0)', '(total > $01)'],
    ['InitPlan 1', '(total > (InitPlan 1).col1)', '(total > (InitPlan 11).col1)'],
  ])('finds where %s ran', (name, filter, other) => {
    const initial = node('Result', [6, 1, 1], { 'Parent Relationship': 'InitPlan', 'Subplan Name': name });
    const scan = (text: string): Json => node('Seq Scan', [8, 1, 1], { ...OUTER, Filter: text });
    expect(exclusive(node('Limit', [9, 1, 1], {}, [initial, scan(filter)]))).toEqual([1, 6, 2]);
    // Nobody says that it needs the result: it is the node's own it is shown under.
    expect(exclusive(node('Limit', [15, 1, 1], {}, [initial, scan(other)]))).toEqual([1, 6, 8]);
  });

  it('takes what the workers need for the time of their Gather', () => {
    const initial = node('Result', [6, 1, 1], {
      'Parent Relationship': 'InitPlan',
      'Subplan Name': 'InitPlan 1 (returns $0)',
    });
    const gather = node('Gather', [12, 1, 1], OUTER, [
      node('Seq Scan', [4, 1, 2], { ...OUTER, Filter: '(a > $0)' }),
    ]);
    expect(exclusive(node('Aggregate', [13, 1, 1], {}, [initial, gather]))).toEqual([1, 6, 2, 4]);
  });

  it('knows nothing of a plan without timing', () => {
    expect(exclusive({ 'Node Type': 'Result', 'Actual Rows': 1, 'Actual Loops': 1 })).toBeUndefined();
    expect(exclusive({ 'Node Type': 'Result' })).toBeUndefined();
  });

  it('never gives a node less than nothing, nor more than all', () => {
    const tree = fc.letrec<{ node: Json }>((tie) => ({
      node: fc
        .tuple(
          fc.constantFrom('Gather', 'Limit', 'CTE Scan', 'Nested Loop', 'Sort'),
          fc.double({ min: 0, max: 100, noNaN: true }),
          fc.integer({ min: 0, max: 4 }),
          fc.constantFrom('Outer', 'InitPlan', 'SubPlan'),
          fc.constantFrom('CTE c', 'InitPlan 1 (returns $0)'),
          fc.oneof({ maxDepth: 4 }, fc.constant<Json[]>([]), fc.array(tie('node'), { maxLength: 3 })),
        )
        .map(([type, ms, loops, relationship, name, plans]) =>
          node(
            type,
            [ms, 1, loops],
            { 'Parent Relationship': relationship, 'Subplan Name': name, 'CTE Name': 'c', Filter: '$0' },
            plans,
          ),
        ),
    })).node;
    fc.assert(
      fc.property(tree, (plan) => {
        for (const { inclusiveMs, exclusiveMs } of timePlan(parsePlan({ Plan: plan })) ?? []) {
          expect(exclusiveMs).toBeGreaterThanOrEqual(0);
          expect(exclusiveMs).toBeLessThanOrEqual(inclusiveMs);
        }
      }),
    );
  });
});

describe('the shape of a plan', () => {
  const scan = (fields: Json): Plan => parsePlan({ Plan: node('Index Scan', [1, 1, 1], fields) });

  it('is that of what is done, not of how many rows or which values', () => {
    const one = scan({ 'Index Name': 'i', Alias: 't', 'Relation Name': 't', 'Index Cond': '(a = 1)' });
    const other = parsePlan({
      Plan: {
        'Node Type': 'Index Scan',
        'Index Name': 'i',
        Alias: 't',
        'Total Cost': 1e6,
        'Index Cond': '(a = 2)',
      },
    });
    expect(planFingerprint(one)).toBe(planFingerprint(other));
    expect(planShape(one)).toBe('Index Scan using i on t');
    for (const fields of [
      { 'Index Name': 'j', Alias: 't' },
      { 'Index Name': 'i', Alias: 'u' },
      { 'Index Name': 'i', Alias: 't', 'Scan Direction': 'Backward' },
    ])
      expect(planFingerprint(scan(fields))).not.toBe(planFingerprint(one));
  });

  it('is the same whichever partitions are left', () => {
    const part = (number: number, alias: string): Json =>
      node('Index Scan', [1, 1, 1], {
        'Parent Relationship': 'Member',
        'Index Name': `p${number}_k_idx`,
        'Relation Name': `p${number}`,
        Alias: alias,
      });
    const append = (...parts: Json[]): Plan => parsePlan({ Plan: node('Append', [1, 1, 1], {}, parts) });
    const parent = { schema: 'public', name: 'p' };
    const catalogue = catalogueOf(
      [1, 2, 3].map((number) =>
        tableOf(`p${number}`, {
          kind: 'partition',
          parent,
          indexes: [{ name: `p${number}_k_idx`, keys: [key('k')] }],
        }),
      ),
    );
    const shapes = [
      append(part(1, 'p_1'), part(2, 'p_2')),
      append(part(2, 'p_1'), part(1, 'p_2'), part(3, 'p_3')),
      parsePlan({ Plan: part(3, 'p') }),
    ].map((plan) => planShape(plan, catalogue));
    expect(new Set(shapes)).toEqual(new Set(['Index Scan using (k) on p']));
  });
});

describe('findings', () => {
  it('gives the share of cost where a plan was not run', () => {
    const table = tableOf('t', { rows: 1_000_000 });
    const plan = parsePlan({
      Plan: {
        'Node Type': 'Nested Loop',
        'Total Cost': 1000,
        'Plan Rows': 10,
        Plans: [
          {
            'Node Type': 'Seq Scan',
            'Relation Name': 't',
            ...OUTER,
            'Total Cost': 100,
            'Plan Rows': 10,
            Filter: '(a = 5)',
          },
          { 'Node Type': 'Index Scan', ...INNER, 'Total Cost': 80, 'Plan Rows': 1 },
        ],
      },
    });
    expect(findInPlan(plan, catalogueOf([table]))).toMatchObject([
      {
        kind: 'indexable scan',
        share: 0.1,
        priority: 'medium',
        evidence: { columns: ['a'], rowsRead: 1_000_000 },
      },
    ]);
    expect(findInPlan(plan)).toEqual([]);
  });

  it('finds columns beside strings, casts, functions and those of other tables', () => {
    const filter = `((o.status = 'a and b'::c) AND (lower("B""x") = c(1)) AND ("t t".a IS NULL) AND (o.total > p.c))`;
    const table = tableOf('t', { columns: ['status', 'a', 'B"x', 'c', 'lower', 'o', 'p', 'total'] });
    const plan = parsePlan({
      Plan: node('Seq Scan', [5, 1, 1], {
        'Relation Name': 't',
        Alias: 'o',
        Filter: filter,
        'Rows Removed by Filter': 99_999,
      }),
    });
    const [found] = findInPlan(plan, catalogueOf([table]));
    expect(found?.evidence.columns).toEqual(['status', 'B"x', 'total']);
  });

  it('names the index that was there and not used', () => {
    const table = tableOf('t', { indexes: [{ name: 't_a' }] });
    const plan = parsePlan({
      Plan: node('Seq Scan', [5, 1, 1], {
        'Relation Name': 't',
        Filter: '((a)::numeric = 1.5)',
        'Rows Removed by Filter': 99_999,
      }),
    });
    const [found] = findInPlan(plan, catalogueOf([table]));
    expect(found?.message).toContain('its index t_a was not used');
  });

  it.each([
    ['heap fetches', 'Index Only Scan', { 'Heap Fetches': 60_000, 'Relation Name': 't' }, 'VACUUM t'],
    [
      'filtered index scan',
      'Index Scan',
      { 'Index Name': 'i', 'Relation Name': 't', Filter: '(b = 1)', 'Rows Removed by Filter': 5_000_000 },
      'kept 2 %',
    ],
  ])('finds %s', (kind, type, fields, words) => {
    const [found] = findInPlan(parsePlan({ Plan: node(type, [50, 100_000, 1], fields) }));
    expect(found).toMatchObject({ kind, priority: 'high', share: 1 });
    expect(found?.message).toContain(words);
  });

  it('finds compiling and triggers that take long', () => {
    const found = findInPlan(
      parsePlan({
        Plan: node('Result', [1, 1, 1]),
        'Execution Time': 100,
        JIT: { Functions: 9, Timing: { Total: 30 } },
        Triggers: [
          { 'Trigger Name': 'RI_1', 'Constraint Name': 'fk', Relation: 't', Time: 60, Calls: 5 },
          { 'Trigger Name': 'quick', Relation: 't', Time: 1, Calls: 5 },
        ],
      }),
    );
    expect(found).toMatchObject([
      { kind: 'slow trigger', priority: 'high', table: { name: 't' } },
      { kind: 'compilation', priority: 'medium' },
    ]);
    expect(found[0]?.message).toContain('foreign key has no index');
  });

  it('blames stale statistics for a misestimate where they are', () => {
    const plan = parsePlan({
      Plan: node('Seq Scan', [5, 50_000, 1], { 'Relation Name': 't', 'Plan Rows': 10, Filter: '(a = 1)' }),
    });
    const stale = tableOf('t', { activity: { modifiedSinceAnalyze: 90_000 } });
    expect(findInPlan(plan, catalogueOf([stale]))[0]).toMatchObject({
      kind: 'misestimate',
      evidence: { stale: true, factor: 5000 },
    });
    expect(findInPlan(plan, catalogueOf([stale]))[0]?.message).toContain(
      '5,000 times fewer rows of t than came',
    );
    expect(findInPlan(plan, catalogueOf([tableOf('t')]))[0]?.message).toContain('statistics target');
  });

  it('knows no one index for either of two conditions', () => {
    const table = tableOf('t', { indexes: [{ name: 't_a' }] });
    const plan = parsePlan({
      Plan: node('Seq Scan', [5, 1, 1], {
        'Relation Name': 't',
        Filter: '((a = 1) OR (b = 2))',
        'Rows Removed by Filter': 99_999,
      }),
    });
    expect(findInPlan(plan, catalogueOf([table]))[0]?.message).toContain('an index for each side of the OR');
  });

  it('makes little of rows that did not come', () => {
    const plan = (expected: number, rows: number): Json =>
      node('CTE Scan', [5, rows, 1], { 'Plan Rows': expected });
    expect(findInPlan(parsePlan({ Plan: plan(100_000, 0) }))).toMatchObject([
      { kind: 'misestimate', priority: 'medium' },
    ]);
    expect(findInPlan(parsePlan({ Plan: plan(0, 100_000) }))).toMatchObject([
      { kind: 'misestimate', priority: 'high' },
    ]);
  });

  it('tells a misestimate once, where it begins', () => {
    const scan = node('Seq Scan', [5, 50_000, 1], { ...OUTER, 'Relation Name': 't', 'Plan Rows': 10 });
    const plan = node('Sort', [9, 50_000, 1], { 'Plan Rows': 10 }, [scan]);
    expect(findInPlan(parsePlan({ Plan: plan })).map((finding) => finding.node)).toEqual([1]);
  });

  it.each([
    ['the inner side of a merge join, which goes back', 'Merge Join', INNER, { 'Plan Rows': 10 }, 50_000],
    ['a merge join, which ends with its shorter side', 'Merge Join', OUTER, { 'Plan Rows': 1e6 }, 10],
    ['a limit', 'Limit', OUTER, { 'Plan Rows': 1e6 }, 10],
    ['the first match', 'Nested Loop', INNER, { 'Plan Rows': 1e6 }, 1],
  ])('takes no misestimate from %s', (_, type, place, fields, rows) => {
    const child = node('Index Scan', [5, rows, 1], { ...place, ...fields });
    const plan = node(type, [9, 1, 1], { 'Join Type': 'Semi' }, [child]);
    expect(findInPlan(parsePlan({ Plan: plan }))).toEqual([]);
  });
});
