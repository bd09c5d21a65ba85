import { describe, expect, it } from 'vitest';
import type { IndexRecommendation } from '../../src/advice/recommendation.ts';
import { analyzeIndexes } from '../../src/analysis/indexes/analyze-indexes.ts';
import { findInPlan } from '../../src/analysis/plans/find-in-plan.ts';
import { parsePlan } from '../../src/analysis/plans/parse-plan.ts';
import type { PlanChange, SeenPlan } from '../../src/analysis/plans/plan-history.ts';
import { staleStatistics } from '../../src/analysis/statistics/stale-statistics.ts';
import type { SuggestionSources } from '../../src/analysis/suggestions/suggestion-sources.ts';
import { suggestionsOf } from '../../src/analysis/suggestions/suggestions-of.ts';
import { catalogueOf, DAY, key, NOW, tableOf } from './support/catalogue.ts';

const advised: IndexRecommendation = {
  id: 'orders-status',
  name: 'orders_status_idx',
  definition: {
    schema: 'public',
    table: 'orders',
    method: 'btree',
    keys: [key('status')],
    include: [],
    where: undefined,
  },
  sql: 'create index concurrently …',
  script: '',
  reason: 'equality on status',
  queries: [{ id: 'q1', text: 'select 1', calls: 10, costBefore: 1000, costAfter: 20 }],
  costSaved: 9800,
  share: 0.6,
  bytes: 2_097_152,
  writes: { walBytesPerInsert: 75, rows: 0, hotUpdatesLost: 0, cost: undefined },
  verifiedBy: 'twin',
  confidence: 'high',
  caveats: [],
};

const scanned = findInPlan(
  parsePlan({
    Plan: {
      'Node Type': 'Seq Scan',
      'Relation Name': 'orders',
      Filter: "(status = 'open')",
      'Actual Rows': 5,
      'Actual Loops': 1,
      'Actual Total Time': 90,
      'Rows Removed by Filter': 100_000,
      'Plan Rows': 5,
    },
  }),
);

const slow = {
  id: 'q1',
  normalized: 'select  *\nfrom orders',
  p95Ms: 120,
  calls: 1000,
  meanMs: 90,
  totalMs: 90_000,
  share: 0.7,
};

const lines = (sources: SuggestionSources): string[] =>
  suggestionsOf(sources).map(({ priority, id }) => `${priority} ${id}`);

describe('suggestions', () => {
  it('is nothing where nothing is known', () => {
    expect(suggestionsOf({})).toEqual([]);
  });

  it('tells an index to make in plain words', () => {
    const [made] = suggestionsOf({ advice: { recommendations: [advised] } });
    expect(made).toMatchObject({
      id: 'db-optimizer:index:make:orders-status',
      component: 'database',
      priority: 'high',
      automated: false,
    });
    expect(made?.message).toBe(
      'Make the index orders_status_idx on public.orders (equality on status): it helps 1 query, whose cost falls by 98 %, and takes 2.0 MB and 75 bytes of WAL for each inserted row.',
    );
  });

  it('does not tell twice what one index answers', () => {
    const query = { id: 'q1', text: slow.normalized };
    const findings = [{ query, findings: scanned }];
    expect(lines({ slowQueries: [slow] })).toEqual(['high db-optimizer:query:slow:q1']);
    expect(lines({ slowQueries: [slow], findings })).toEqual([
      'high db-optimizer:query:indexable-scan:q1:orders',
    ]);
    expect(lines({ slowQueries: [slow], findings, advice: { recommendations: [advised] } })).toEqual([
      'high db-optimizer:index:make:orders-status',
    ]);
  });

  it('leaves out the foreign key that an advised index supports', () => {
    const references = { schema: 'public', table: 'states', columns: ['id'] };
    const orders = tableOf('orders', {
      columns: ['id', 'status'],
      foreignKeys: [{ name: 'fk', columns: ['status'], references, onDelete: 'no action' }],
    });
    const indexes = analyzeIndexes(
      catalogueOf([orders, tableOf('states', { activity: { deletes: 1000 } })]),
      { now: NOW },
    );
    expect(lines({ indexes })).toEqual(['medium db-optimizer:index:foreign-key:public.orders:status']);
    expect(lines({ indexes, advice: { recommendations: [advised] } })).toEqual([
      'high db-optimizer:index:make:orders-status',
    ]);
  });

  it('pushes no drop that is not proven', () => {
    const table = tableOf('t', { indexes: [{ name: 'i', scans: 0, bytes: 1e9 }] });
    const indexes = (statisticsSince: number) =>
      analyzeIndexes(catalogueOf([table], { statisticsSince }), { now: NOW });
    expect(lines({ indexes: indexes(NOW - 40 * DAY) })).toEqual([
      'medium db-optimizer:index:unused:public.i',
    ]);
    expect(lines({ indexes: indexes(NOW - 5 * DAY) })).toEqual([]);
  });

  it('weighs a finding by what its query takes of all', () => {
    const findings = [{ query: { id: 'q1', text: 'select 1' }, findings: scanned }];
    expect(lines({ findings })).toEqual(['high db-optimizer:query:indexable-scan:q1:orders']);
    expect(lines({ findings, slowQueries: [{ ...slow, share: 0.2 }] })).toEqual([
      'medium db-optimizer:query:indexable-scan:q1:orders',
    ]);
    expect(lines({ findings, slowQueries: [{ ...slow, share: 0.01 }] })).toEqual([
      'low db-optimizer:query:indexable-scan:q1:orders',
    ]);
  });

  it('speaks of a plan that got worse, not of one that got better or of old changes', () => {
    const seen = (meanMs: number | undefined, cost: number, calls = 100): SeenPlan => ({
      fingerprint: 'f',
      shape: 's',
      firstSeen: 0,
      lastSeen: 1,
      cost,
      calls,
      meanMs,
    });
    const change = (before: SeenPlan, after: SeenPlan): PlanChange => ({
      query: 'q',
      text: 'select a\n from b',
      at: NOW,
      before,
      after,
      isReturn: false,
    });
    expect(lines({ plans: [change(seen(2, 10), seen(20, 10))] })).toEqual(['high db-optimizer:plan:worse:q']);
    const [suggestion] = suggestionsOf({ plans: [change(seen(2, 10), seen(20, 10))] });
    expect(suggestion?.message).toMatch(/^"select a from b" is planned in another way since /);
    expect(lines({ plans: [change(seen(2, 10), seen(4, 10))] })).toEqual([
      'medium db-optimizer:plan:worse:q',
    ]);
    expect(lines({ plans: [change(seen(2, 10), seen(2.1, 100))] })).toEqual([]);
    expect(lines({ plans: [change(seen(undefined, 10, 0), seen(undefined, 100, 0))] })).toEqual([
      'low db-optimizer:plan:worse:q',
    ]);
    expect(lines({ plans: [change(seen(2, 10), seen(20, 10)), change(seen(20, 10), seen(2, 10))] })).toEqual(
      [],
    );
  });

  it('sorts by urgency, then by worth, keeps ids apart, and stops somewhere', () => {
    const tables = Array.from({ length: 150 }, (_, at) =>
      tableOf(`t${at}`, { activity: { modifiedSinceAnalyze: 20_100 + at } }),
    );
    const statistics = staleStatistics(catalogueOf(tables), NOW);
    const pool = [
      {
        id: 'db-optimizer:pool:a:leak',
        component: 'database',
        priority: 'critical',
        message: 'm',
        evidence: {},
        automated: false,
      },
    ] as const;
    const repeated = {
      pattern: 'n-plus-one',
      statementId: 'q9',
      normalized: 'select * from lines where order_id = $1',
      request: 'r',
      callSite: ['orders.ts:12'],
      requests: 5,
      maxRuns: 40,
      totalMs: 80,
      lastSeen: NOW,
    } as const;
    const missing = ['orders may not be read: grant select …', 'more'];
    const found = suggestionsOf({ statistics, pool, repeatedQueries: [repeated], missing });
    expect(found).toHaveLength(100);
    expect(found.slice(0, 2).map(({ id }) => id)).toEqual([
      'db-optimizer:pool:a:leak',
      'db-optimizer:statistics:public.t149',
    ]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(100);
    const alone = suggestionsOf({ repeatedQueries: [repeated, repeated], missing });
    expect(alone.map(({ message }) => message)).toEqual([
      'Fetch all rows at once, by = any($1) or a join, instead of running "select * from lines where order_id = $1" up to 40 times in one request, at orders.ts:12.',
      'Some of the database could not be read, so advice on it is missing: orders may not be read: grant select …, and 1 more.',
    ]);
  });
});

describe('stale statistics', () => {
  const judge = (fields: Parameters<typeof tableOf>[1], settings = new Map<string, string>()) =>
    staleStatistics(catalogueOf([tableOf('t', fields)], { settings }), NOW).map(({ reason }) => reason);

  it('goes by what autovacuum would have done long ago', () => {
    expect(judge({ activity: { modifiedSinceAnalyze: 20_099 } })).toEqual([]);
    expect(judge({ activity: { modifiedSinceAnalyze: 20_100 } })).toEqual(['many changes']);
    const lazy = new Map([['autovacuum_analyze_scale_factor', '0.5']]);
    expect(judge({ activity: { modifiedSinceAnalyze: 20_100 } }, lazy)).toEqual([]);
    expect(judge({ rows: 100, activity: { modifiedSinceAnalyze: 900 } })).toEqual([]);
  });

  it('knows what was never analysed from what may not be read, or was forgotten', () => {
    const blank = tableOf('t').columns.map((column) => ({ ...column, statistics: undefined }));
    const never = { lastAnalyze: undefined } as never;
    expect(judge({ rows: undefined, columns: blank, activity: never })).toEqual(['never analysed']);
    expect(judge({ rows: undefined, columns: blank, activity: never, pages: 2 })).toEqual([]);
    expect(judge({ columns: blank })).toEqual([]);
    expect(judge({ activity: never })).toEqual([]);
    expect(judge({ kind: 'partitioned', columns: blank, activity: never })).toEqual([
      'parent never analysed',
    ]);
  });

  it('gives the statement, quoted', () => {
    const [found] = staleStatistics(
      catalogueOf([tableOf('a "b"', { activity: { modifiedSinceAnalyze: 50_000 } })]),
      NOW,
    );
    expect(found).toMatchObject({ sql: 'analyze "public"."a ""b""";', changedShare: 0.5, ageMs: DAY });
  });
});
