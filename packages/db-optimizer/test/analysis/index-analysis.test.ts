import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExplainableQuery } from '../../src/advice/workload.ts';
import { analyzeIndexes, type IndexAnalysis } from '../../src/analysis/indexes/analyze-indexes.ts';
import { confirmDrops } from '../../src/analysis/indexes/confirm-drops.ts';
import { covers } from '../../src/analysis/indexes/coverage.ts';
import { parsePlan } from '../../src/analysis/plans/parse-plan.ts';
import type { ForeignKey, Table } from '../../src/catalogue/catalogue.ts';
import { PlanError } from '../../src/what-if/plan-error.ts';
import { catalogueOf, DAY, type indexOf, key, NOW, tableOf } from './support/catalogue.ts';

const analyse = (tables: readonly Table[], rest = {}): IndexAnalysis =>
  analyzeIndexes(catalogueOf(tables, rest), { now: NOW });

const pairs = (findings: IndexAnalysis['duplicate']): unknown[] =>
  findings.map(({ index, by }) => [index.name, by?.name]);

describe('duplicate and covered indexes', () => {
  it('keeps the one that something else depends on', () => {
    const { duplicate, covered, unused } = analyse([
      tableOf('t', {
        indexes: [
          { name: 'again', bytes: 10 },
          { name: 'pkey', isPrimary: true, isUnique: true, constraint: 'primary key' },
          { name: 'unique', isUnique: true },
          { name: 'clustered', isClustered: true },
        ],
      }),
    ]);
    expect(pairs(duplicate).sort()).toEqual([
      ['again', 'pkey'],
      ['clustered', 'pkey'],
      ['unique', 'pkey'],
    ]);
    expect(duplicate.every(({ confidence, script }) => confidence === 'high' && script !== undefined)).toBe(
      true,
    );
    expect(covered).toEqual([]);
    expect(unused).toEqual([]);
  });

  it('takes an index read backwards for the same', () => {
    const { duplicate, covered } = analyse([
      tableOf('t', {
        indexes: [
          { name: 'a', keys: [key('a')] },
          { name: 'a_desc', keys: [key('a', { descending: true })] },
          { name: 'b_first', keys: [key('b', { nulls: 'first' })] },
          { name: 'b_c', keys: [key('b'), key('c')] },
        ],
      }),
    ]);
    expect(pairs(duplicate)).toEqual([['a_desc', 'a']]);
    expect(covered).toEqual([]);
  });

  it.each([
    ['another predicate', { where: "status = 'open'" }, {}],
    ['its own predicate', {}, { where: 'b > 0' }],
    ['another method', { method: 'hash' }, { keys: [key('a'), key('b')] }],
    [
      'another operator class',
      { keys: [key('a', { operatorClass: 'text_pattern_ops' })] },
      { keys: [key('a'), key('b')] },
    ],
    ['another collation', { keys: [key('a', { operatorClass: 'collate "C"' })] }, {}],
    ['an expression', { keys: [key('lower(a)', { kind: 'expression' })] }, { keys: [key('a'), key('b')] }],
    ['another order', { keys: [key('b'), key('a')] }, { keys: [key('a'), key('b')] }],
    [
      'mixed directions',
      { keys: [key('a'), key('b')] },
      { keys: [key('a'), key('b', { descending: true })] },
    ],
    ['columns carried along', { include: ['c'] }, { keys: [key('a'), key('b')] }],
    ['uniqueness', { isUnique: true }, { keys: [key('a'), key('b')] }],
    ['uniqueness of fewer columns', { isUnique: true }, { keys: [key('a'), key('b')], isUnique: true }],
    ['a constraint', { constraint: 'unique', isUnique: true }, { isUnique: true, constraint: 'unique' }],
    ['replica identity', { isReplicaIdentity: true }, { keys: [key('a'), key('b')] }],
    ['validity', {}, { keys: [key('a'), key('b')], isValid: false }],
    [
      'another part of a GIN index',
      { method: 'gin', keys: [key('a')] },
      { method: 'gin', keys: [key('a'), key('b')] },
    ],
    [
      'NULLs that are equal',
      { isUnique: true, sql: 'CREATE UNIQUE INDEX one ON public.t USING btree (a) NULLS NOT DISTINCT' },
      { isUnique: true, sql: 'CREATE UNIQUE INDEX other ON public.t USING btree (a)' },
    ],
  ])('tells no index from another by %s', (_, one, other) => {
    const { duplicate, covered } = analyse([
      tableOf('t', {
        indexes: [
          { name: 'one', scans: 1, ...one },
          { name: 'other', scans: 1, ...other },
        ],
      }),
    ]);
    expect([...pairs(duplicate), ...pairs(covered)]).toEqual([]);
  });

  it('says where the wider index is much dearer to read', () => {
    const { covered } = analyse([
      tableOf('t', {
        indexes: [
          { name: 'narrow', bytes: 1e6, scans: 500 },
          { name: 'wide', keys: [key('a'), key('b')], include: ['c'], bytes: 5e6 },
        ],
      }),
    ]);
    expect(covered).toMatchObject([
      {
        index: { name: 'narrow' },
        confidence: 'low',
        caveats: [expect.stringContaining('5.0 times as large')],
      },
    ]);
  });

  it('always leaves an index that covers what it gives up', () => {
    const someKey = fc.record({
      kind: fc.constant('column' as const),
      sql: fc.constantFrom('a', 'b', 'c'),
      descending: fc.boolean(),
    });
    const someIndex = fc.record({
      keys: fc.array(someKey, { minLength: 1, maxLength: 3 }),
      include: fc.subarray(['a', 'b', 'c']),
      where: fc.constantFrom(undefined, undefined, 'a > 0'),
      isUnique: fc.boolean(),
      isPrimary: fc.boolean(),
      isClustered: fc.boolean(),
      isValid: fc.boolean(),
      bytes: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(someIndex, { maxLength: 8 }), (indexes) => {
        const table = tableOf('t', { indexes: indexes.map((index, at) => ({ ...index, name: `i${at}` })) });
        const { duplicate, covered } = analyse([table]);
        const gone = new Set([...duplicate, ...covered].map(({ index }) => index));
        for (const { index, by } of [...duplicate, ...covered]) {
          expect(index.isPrimary).toBe(false);
          expect(by && !gone.has(by) && covers(by, index)).toBe(true);
        }
        // And misses none: of two that are left, neither can do the work of the other unless it is bound.
        const left = table.indexes.filter((index) => index.isValid && !index.isPrimary && !gone.has(index));
        for (const index of left)
          expect(table.indexes.some((other) => !gone.has(other) && covers(other, index))).toBe(false);
      }),
    );
  });
});

describe('unused indexes', () => {
  const unused = { name: 'i', scans: 0 };

  it('wants a month of counting', () => {
    const [found] = analyse([tableOf('t', { indexes: [unused] })]).unused;
    expect(found).toMatchObject({
      confidence: 'medium',
      evidence: { idleMs: 60 * DAY },
      script: expect.any(String),
    });
    expect(found?.caveats.some((caveat) => caveat.includes('replicas'))).toBe(true);
    const [early] = analyse([tableOf('t', { indexes: [unused] })], { statisticsSince: NOW - 5 * DAY }).unused;
    expect(early).toMatchObject({ confidence: 'low', script: undefined });
    expect(early?.caveats.join()).toContain('5 d');
  });

  it('takes the counts to be as old as the oldest ANALYZE they remember', () => {
    const table = (lastAnalyze?: number): Table =>
      tableOf('t', { indexes: [unused], activity: { lastAnalyze } as never });
    const rest = { statisticsSince: undefined };
    expect(analyse([table(NOW - 40 * DAY)], rest).unused).toMatchObject([{ evidence: { idleMs: 40 * DAY } }]);
    expect(analyse([table(undefined)], rest).unused).toMatchObject([
      { script: undefined, confidence: 'low' },
    ]);
  });

  it('forgets old scans where the last one is known', () => {
    const scanned = (lastScan: number | undefined) => [
      tableOf('t', { indexes: [{ ...unused, scans: 9, lastScan }] }),
    ];
    expect(analyse(scanned(NOW - 50 * DAY)).unused).toMatchObject([{ evidence: { idleMs: 50 * DAY } }]);
    expect(analyse(scanned(NOW - 3 * DAY)).unused).toEqual([]);
    expect(analyse(scanned(undefined)).unused).toEqual([]);
  });

  it.each([
    ['unique', { isUnique: true }],
    ['of a constraint', { constraint: 'exclusion' }],
    ['the replica identity', { isReplicaIdentity: true }],
    ['invalid', { isValid: false }],
    ['tiny', { bytes: 8192 }],
  ])('says nothing of one that is %s', (_, fields) => {
    expect(analyse([tableOf('t', { indexes: [{ ...unused, ...fields }] })]).unused).toEqual([]);
  });

  it('says nothing of one that a plan uses', () => {
    const plan = parsePlan({ Plan: { 'Node Type': 'Index Scan', 'Index Name': 'i' } });
    const catalogue = catalogueOf([tableOf('t', { indexes: [unused] })]);
    expect(analyzeIndexes(catalogue, { now: NOW, queries: [{ id: 'q', plan }, { id: 'r' }] }).unused).toEqual(
      [],
    );
  });

  it('keeps the only support of a foreign key', () => {
    const [found] = analyse([tableOf('t', { indexes: [unused], foreignKeys: [foreignKey(['a'])] })]).unused;
    expect(found).toMatchObject({ confidence: 'low', script: undefined });
    expect(found?.caveats.join()).toContain('t_a_fkey');
  });

  it('adds up the partitions', () => {
    const parent = tableOf('p', {
      kind: 'partitioned',
      bytes: 0,
      indexes: [{ ...unused, name: 'p_a', bytes: 0 }],
    });
    const part = (name: string, scans: number): Table =>
      tableOf(name, {
        kind: 'partition',
        parent: { schema: 'public', name: 'p' },
        indexes: [{ name: `${name}_a`, scans, bytes: 1e6 }],
      });
    expect(analyse([parent, part('p1', 0), part('p2', 0)]).unused).toMatchObject([
      { index: { name: 'p_a' }, evidence: { bytes: 2e6 } },
    ]);
    expect(analyse([parent, part('p1', 0), part('p2', 7)]).unused).toEqual([]);
  });

  it('refuses a time that is none', () => {
    expect(() => analyzeIndexes(catalogueOf([]), { now: Number.NaN })).toThrow(
      'now must be a time in epoch ms, got NaN',
    );
  });
});

function foreignKey(columns: readonly string[], rest: Partial<ForeignKey> = {}): ForeignKey {
  return {
    name: `t_${columns.join('_')}_fkey`,
    columns,
    references: { schema: 'public', table: 'parents', columns: ['id'] },
    onDelete: 'no action',
    ...rest,
  };
}

describe('foreign keys', () => {
  const parents = tableOf('parents', { activity: { deletes: 50 } });

  it('wants an index that begins with their columns, in any order', () => {
    const missing = (...indexes: Parameters<typeof indexOf>[1][]): unknown[] =>
      analyse([parents, tableOf('t', { indexes, foreignKeys: [foreignKey(['a', 'b'])] })]).missing.map(
        ({ definition }) => definition.keys.map(({ sql }) => sql),
      );
    expect(missing()).toEqual([['a', 'b']]);
    expect(missing({ name: 'i', keys: [key('b'), key('a'), key('c')] })).toEqual([]);
    expect(missing({ name: 'i', keys: [key('b'), key('c'), key('a')] })).toEqual([['a', 'b']]);
    expect(missing({ name: 'i', keys: [key('a'), key('b')], isValid: false })).toEqual([['a', 'b']]);
    expect(missing({ name: 'i', keys: [key('a'), key('b')], where: 'c > 5' })).toEqual([['a', 'b']]);
    expect(missing({ name: 'i', keys: [key('a'), key('b')], where: 'a IS NOT NULL' })).toEqual([]);
    expect(missing({ name: 'i', keys: [key('a'), key('b')], method: 'gin' })).toEqual([['a', 'b']]);
  });

  it('tells one index for several, with what would make use of it', () => {
    const { missing } = analyse([
      parents,
      tableOf('t', {
        foreignKeys: [
          foreignKey(['a']),
          foreignKey(['a', 'b']),
          foreignKey(['a'], { name: 'again' }),
          foreignKey(['c'], { onDelete: 'cascade' }),
        ],
      }),
    ]);
    expect(missing.map(({ foreignKeys }) => foreignKeys)).toEqual([['t_a_b_fkey'], ['t_c_fkey']]);
    expect(missing[1]).toMatchObject({ evidence: { referencedDeletes: 50, onDelete: ['cascade'] } });
    expect(missing[1]?.message).toContain('to change the rows that refer to it');
  });

  it('leaves small tables and partitions alone', () => {
    const foreignKeys = [foreignKey(['a'])];
    expect(analyse([parents, tableOf('t', { pages: 3, foreignKeys })]).missing).toEqual([]);
    const parent = tableOf('p', { kind: 'partitioned', foreignKeys });
    const part = tableOf('p1', { kind: 'partition', parent: { schema: 'public', name: 'p' }, foreignKeys });
    expect(analyse([parents, parent, part]).missing.map(({ definition }) => definition.table)).toEqual(['p']);
  });
});

describe('invalid indexes', () => {
  it('says how each came about', () => {
    const { invalid } = analyse([
      tableOf('t', {
        indexes: [
          { name: 'failed', isValid: false, isUnique: true },
          { name: 'i_ccnew', isValid: false },
        ],
      }),
      tableOf('p', { kind: 'partitioned', indexes: [{ name: 'half', isValid: false }] }),
    ]);
    const told = Object.fromEntries(invalid.map((finding) => [finding.index.name, finding]));
    expect(told.failed?.message).toContain('make it again: CREATE UNIQUE INDEX CONCURRENTLY "failed"');
    expect(told.failed?.script).toContain('pg_stat_progress_create_index');
    expect(told.i_ccnew?.message).toContain('REINDEX CONCURRENTLY left it behind');
    expect(told.half).toMatchObject({ script: undefined });
  });
});

describe('the script', () => {
  it('keeps names within strings and comments', () => {
    const name = `x"; drop table t; --\n\\! echo 'y'`;
    const [found] = analyse([
      tableOf('t', {
        indexes: [
          { name, bytes: 10 },
          { name: 'kept', keys: [key('a'), key('b')] },
        ],
      }),
    ]).covered;
    expect(found?.script?.split('\n').at(-2)).toMatch(/^-- CREATE INDEX CONCURRENTLY .* 'y'.*;$/);
    expect(found?.script).toContain(String.raw`\\! echo ''y'''`);
  });
});

describe('what writing costs', () => {
  it('finds updates that go through all indexes, and indexes heavier than their table', () => {
    const { burdened } = analyse([
      tableOf('counters', {
        indexes: [{ name: 'a' }, { name: 'b', keys: [key('b')] }],
        activity: { updates: 1_000_000, hotUpdates: 100_000 },
      }),
      tableOf('calm', {
        indexes: [{ name: 'a' }, { name: 'b', keys: [key('b')] }],
        activity: { updates: 1_000_000, hotUpdates: 950_000 },
      }),
      tableOf('heavy', { indexes: [{ name: 'a', bytes: 1e9 }], activity: { inserts: 20_000 }, bytes: 1e8 }),
    ]);
    expect(burdened.map(({ table, kind }) => [table, kind])).toEqual([
      ['counters', 'few heap-only updates'],
      ['heavy', 'heavy indexes'],
    ]);
    expect(burdened[0]).toMatchObject({ evidence: { hotShare: 0.1, indexWalBytes: 75 * 2 * 900_000 } });
  });
});

describe('confirming drops', () => {
  const query = (id: string): ExplainableQuery => ({
    id,
    text: id,
    weight: 1,
    variants: [{ text: id, share: 1, parameters: 0 }],
  });
  const queries = [query('q1'), query('q2')];
  const findings = analyse([
    tableOf('t', {
      indexes: [
        { name: 'narrow' },
        { name: 'wide', keys: [key('a'), key('b')] },
        { name: 'broken', isValid: false },
      ],
    }),
  ]);
  const planned = (cost: number) => ({ cost, rawCost: cost, used: new Set<string>() });

  it('takes back what makes a query dearer, and names it', async () => {
    const [found] = await confirmDrops(findings.covered, {
      whatIf: {
        method: 'twin',
        cost: async () => planned(10),
        costWithout: async ({ id }) => planned(id === 'q2' ? 30 : 10),
      },
      queries,
    });
    expect(found).toMatchObject({
      script: undefined,
      confidence: 'low',
      evidence: { worstRatio: 3, dearerQuery: 'q2', queriesCosted: 2 },
    });
    expect(found?.caveats.at(-1)).toBe('Without it the query q2 costs 3.00 times as much.');
  });

  it('is surer of what changes nothing', async () => {
    const asked: string[] = [];
    const confirmed = await confirmDrops([...findings.covered, ...findings.invalid], {
      whatIf: {
        method: 'twin',
        cost: async () => planned(10),
        costWithout: async (_, { name }) => {
          asked.push(name);
          return planned(10.1);
        },
      },
      queries,
    });
    expect(confirmed[0]).toMatchObject({
      confidence: 'high',
      evidence: { verifiedBy: 'twin' },
      script: expect.any(String),
    });
    expect(confirmed[1]).toBe(findings.invalid[0]);
    expect(asked).toEqual(['narrow', 'narrow']);
  });

  it('says what it could not see', async () => {
    const [hidden] = await confirmDrops(findings.covered, {
      whatIf: { method: 'hypopg', cost: async () => planned(10), costWithout: async () => undefined },
      queries,
    });
    expect(hidden?.caveats.at(-1)).toContain('hypopg cannot hide an index');
    const [partly] = await confirmDrops(findings.covered, {
      whatIf: {
        method: 'twin',
        cost: async () => planned(10),
        costWithout: async ({ id }) => {
          if (id === 'q1') throw new PlanError(id, new Error('no'));
          return planned(10);
        },
      },
      queries,
    });
    expect(partly).toMatchObject({ confidence: 'medium' });
    expect(partly?.caveats.at(-1)).toBe('1 of 2 queries were costed without it.');
  });
});
