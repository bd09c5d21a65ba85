import { ConfigurationError, StateError, VirtualClock } from '@evenkeel/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { DatabaseOptimizer } from '../src/index.ts';
import { DATABASES, type OpenDatabase } from './support/databases.ts';

const TABLES = `
create table customers (id integer primary key, name text not null);
create table orders (id integer primary key, customer integer not null references customers, status text not null, total integer not null);
insert into customers select n, 'customer ' || n from generate_series(1, 500) n;
insert into orders select n, 1 + n % 500, case when n % 50 = 0 then 'open' else 'done' end, n % 977 from generate_series(1, 10000) n;
create index orders_total_twice on orders (total);
create index orders_total_again on orders (total);
analyze`;

/* Texts are read in another thread, which a busy machine may not start at once. */
const PATIENCE = { timeout: 15_000, interval: 10 };

for (const { name, open, isThere, method } of DATABASES) {
  describe.skipIf(!isThere)(name, () => {
    let kept: OpenDatabase;
    let optimizer: DatabaseOptimizer;

    beforeAll(async () => {
      kept = await open();
      for (const statement of TABLES.split(';')) await kept.pool.query(statement);
    }, 60_000);

    beforeEach(() => {
      // Everything that takes any time is slow here.
      optimizer = new DatabaseOptimizer(kept.pool, { slowThreshold: 0 });
      return () => optimizer.stop();
    });

    afterAll(() => kept?.close());

    async function ask(times: number): Promise<void> {
      for (let call = 0; call < times; call++) {
        await optimizer.optimizeQuery('select total from orders where customer = $1', [1 + call]);
      }
    }

    it('runs queries and transactions, and counts them once, watched or not', async () => {
      const { rows } = await optimizer.optimizeQuery<{ total: number }>(
        'select total from orders where id = $1',
        [7],
      );
      expect(rows).toEqual([{ total: 7 }]);
      const stop = optimizer.instrument(kept.pool);
      await optimizer.optimizeQuery('select total from orders where id = $1', [8]);
      await kept.pool.query('select total from orders where id = $1', [9]);
      stop();
      await optimizer.transaction(async (transaction) => {
        await transaction.query('select total from orders where id = $1', [10]);
      });
      await vi.waitFor(
        () => expect(optimizer.getStatements().find(({ kind }) => kind === 'select')?.calls).toBe(4),
        PATIENCE,
      );
      expect(optimizer.snapshot().execution).toMatchObject({ queries: 2, transactions: 1, retries: {} });
    });

    it('watches again what it watched, once it is started again', async () => {
      const stop = optimizer.instrument(kept.pool);
      await optimizer.stop();
      await kept.pool.query('select total from orders where id = $1', [1]);
      optimizer.start();
      await kept.pool.query('select total from orders where id = $1', [2]);
      await vi.waitFor(() => expect(optimizer.getStatements()).toMatchObject([{ calls: 1 }]), PATIENCE);
      stop();
    });

    it('does not count what others ask it not to', async () => {
      const stop = optimizer.instrument(kept.pool);
      await optimizer.unwatched(async () => {
        await kept.pool.query('select total from orders where id = $1', [1]);
        await kept.pool.query('select total from orders where id = $1', [2]);
      });
      await kept.pool.query('select total from orders where id = $1', [3]);
      await vi.waitFor(() => expect(optimizer.getStatements()).toMatchObject([{ calls: 1 }]), PATIENCE);
      stop();
    });

    it('does not count what it asks for itself', async () => {
      const stop = optimizer.instrument(kept.pool);
      await ask(3);
      await optimizer.analyzeIndexes();
      await optimizer.explain('select total from orders where customer = $1', { values: [1] });
      await optimizer.recommendIndexes();
      await optimizer.getPoolRecommendations();
      stop();
      expect(optimizer.getStatements().map(({ normalized, calls }) => [normalized, calls])).toEqual([
        ['select total from orders where customer = $1', 3],
      ]);
    });

    it('recommends the index that the queries it saw lack, and leaves none behind', async () => {
      await ask(20);
      const advice = await optimizer.recommendIndexes();
      expect(advice).toMatchObject({ verifiedBy: method, skipped: [] });
      const [first] = advice.recommendations;
      expect(first).toMatchObject({
        definition: { table: 'orders', keys: [{ kind: 'column', sql: 'customer' }] },
        // A server learns of what was just loaded with some delay, and may take it for changes since ANALYZE.
        confidence: expect.stringMatching(/^(high|medium)$/),
        queries: [{ calls: 20 }],
      });
      const [query] = first?.queries ?? [];
      expect(query?.costAfter).toBeLessThan(0.5 * (query?.costBefore ?? 0));
      const { rows } = await kept.pool.query(
        "select indexname from pg_indexes where tablename = 'orders' order by 1",
      );
      expect(rows.map(({ indexname }) => indexname)).toEqual([
        'orders_pkey',
        'orders_total_again',
        'orders_total_twice',
      ]);
    });

    it('recommends for queries that are given, by their weight, within the storage', async () => {
      const workload = [
        { text: 'select sum(total) from orders where customer = 5', calls: 100 },
        { text: "select id from orders where status = 'open' and total = 7", calls: 1 },
        { text: 'vacuum orders' },
        { text: 'select no_such_column from orders' },
        { text: 'select from where' },
      ];
      const advice = await optimizer.recommendIndexes({ workload, maxIndexes: 1 });
      expect(advice.recommendations).toHaveLength(1);
      expect(advice.recommendations[0]?.definition.keys[0]?.sql).toBe('customer');
      expect(advice.skipped.map(({ text }) => text).sort()).toEqual([
        'select from where',
        'select no_such_column from orders',
        'vacuum orders',
      ]);
      expect(advice.cost.after).toBeLessThan(advice.cost.before);
      expect(advice.queries).toHaveLength(2);
      const none = await optimizer.recommendIndexes({ workload, storageBudget: 1 });
      expect(none.recommendations).toEqual([]);
      expect(none.rejected.map(({ reason }) => reason)).toContain(
        'it is larger than all the storage allowed',
      );
    });

    it('finds superfluous indexes and foreign keys without one', async () => {
      const { duplicate, missing } = await optimizer.analyzeIndexes();
      expect(duplicate.map(({ index }) => index.name)).toEqual([expect.stringMatching(/^orders_total_/)]);
      expect(missing).toHaveLength(1);
    });

    it('has the planner confirm what is superfluous, where it can', async () => {
      await optimizer.optimizeQuery('select id from orders where total = $1', [5]);
      const { duplicate } = await optimizer.analyzeIndexes({ confirm: true });
      expect(duplicate).toHaveLength(1);
      if (method === 'hypopg') {
        expect(duplicate[0]?.caveats.join()).toMatch('hypopg cannot hide an index');
      } else {
        expect(duplicate[0]).toMatchObject({
          confidence: 'high',
          evidence: { verifiedBy: method, worstRatio: 1 },
        });
      }
    });

    it('compares the plan without values with those for values', async () => {
      const { chosen, custom } = await optimizer.compareGenericPlan('select id from orders where id = $1', [
        [1],
        [2],
      ]);
      expect(custom).toHaveLength(2);
      expect(chosen).toMatch(/^(generic|custom)$/);
    });

    it('suggests in plain words, the most urgent first, and keeps it for whoever asks', async () => {
      await ask(20);
      const surveyed = vi.fn();
      optimizer.on('surveyed', surveyed);
      const suggestions = await optimizer.getOptimizationSuggestions();
      expect(suggestions[0]?.message).toMatch(/^Make the index orders_customer\w* on public.orders/);
      expect(optimizer.recommendations()).toBe(suggestions);
      expect(surveyed).toHaveBeenCalledOnce();
      expect(optimizer.snapshot().advisedIndexes).toMatchObject([{ verifiedBy: method }]);
      expect(JSON.parse(JSON.stringify(optimizer.snapshot()))).toMatchObject({
        slowQueries: [{ calls: 20 }],
      });
    });

    it('refuses what would write, and says why', async () => {
      await expect(optimizer.explain('delete from orders', { analyze: true })).rejects.toThrow(
        /not proven to read only/,
      );
      await expect(optimizer.explain('select 1; drop table orders')).rejects.toThrow(/one statement/);
      await expect(optimizer.recommendIndexes({ workload: [] })).rejects.toMatchObject({
        code: 'EMPTY_WORKLOAD',
      });
      await expect(optimizer.recommendIndexes({ workload: 'pg_stat_statements' })).rejects.toMatchObject({
        code: 'NO_STATEMENT_STATISTICS',
      });
    });

    it('ends a recommendation that is aborted, and is of use afterwards', async () => {
      await ask(5);
      const controller = new AbortController();
      const reason = new Error('enough');
      const advice = optimizer.recommendIndexes({ signal: controller.signal });
      controller.abort(reason);
      await expect(advice).rejects.toBe(reason);
      await expect(optimizer.recommendIndexes()).resolves.toMatchObject({ isCutShort: false });
    });
  });
}

describe('DatabaseOptimizer', () => {
  it.each([
    [{ slowThreshold: 'soon' }, 'slowThreshold'],
    [{ retries: -1 }, 'retries'],
    [{ retryBudget: 2 }, 'retryBudget'],
    [{ surveyInterval: -5 }, 'surveyInterval'],
    [{ slowTreshold: 5 }, 'slowTreshold'],
  ])('names a bad option: %o', (options, path) => {
    // @ts-expect-error: what JavaScript may pass
    expect(() => new DatabaseOptimizer(undefined, options)).toThrow(new RegExp(path));
    // @ts-expect-error: what JavaScript may pass
    expect(() => new DatabaseOptimizer(undefined, options)).toThrow(ConfigurationError);
  });

  it.each([
    ['nonsense', 'workload'],
    [[{ sql: 'select 1' }], 'workload\\[0\\].sql'],
    [[{ text: 'select 1', calls: -1 }], 'workload\\[0\\].calls'],
    [{ files: 'a.sql' }, 'workload.files'],
  ])('names a bad workload: %o', async (workload, path) => {
    const optimizer = new DatabaseOptimizer({ query: () => Promise.reject(new Error('not asked')) });
    // @ts-expect-error: what JavaScript may pass
    await expect(optimizer.recommendIndexes({ workload })).rejects.toThrow(new RegExp(path));
    await optimizer.stop();
  });

  it.each<[string, (optimizer: DatabaseOptimizer, bad: never) => unknown, string]>([
    ['optimizeQuery', (optimizer, bad) => optimizer.optimizeQuery(bad), 'sql must be a non-empty string'],
    ['optimizeQuery', (optimizer, bad) => optimizer.optimizeQuery('', bad), 'params must be a list'],
    ['optimizeQuery', (optimizer, bad) => optimizer.optimizeQuery('', [], bad), 'options must be an object'],
    ['transaction', (optimizer, bad) => optimizer.transaction(bad), 'callback must be a function'],
    [
      'transaction',
      (optimizer, bad) => optimizer.transaction(async () => 1, bad),
      'options must be an object',
    ],
    [
      'instrument',
      (optimizer, bad) => optimizer.instrument(bad),
      'pool must be an object with query(), conn',
    ],
    ['instrument', (optimizer, bad) => optimizer.instrument(bad, bad), 'options must be an object with name'],
    ['request', (optimizer, bad) => optimizer.request(bad, () => 1), 'name must be a non-empty string'],
    ['request', (optimizer, bad) => optimizer.request('r', bad), 'callback must be a function'],
    ['unwatched', (optimizer, bad) => optimizer.unwatched(bad), 'work must be a function'],
    ['analyzeIndexes', (optimizer, bad) => optimizer.analyzeIndexes(bad), 'an object with confirm'],
    ['recommendIndexes', (optimizer, bad) => optimizer.recommendIndexes(bad), 'options must be an object'],
    ['explain', (optimizer, bad) => optimizer.explain(bad), 'sql must be a non-empty string'],
    ['explain', (optimizer, bad) => optimizer.explain('select 1', bad), 'an object with values, analyze'],
    ['explain', (optimizer, bad) => optimizer.explain('', { values: bad }), 'values must be a list'],
    ['compareGenericPlan', (optimizer, bad) => optimizer.compareGenericPlan(bad, []), 'sql must be'],
    [
      'compareGenericPlan',
      (optimizer, bad) => optimizer.compareGenericPlan('', bad),
      'samples must be a list',
    ],
    ['compareGenericPlan', (optimizer, bad) => optimizer.compareGenericPlan('', [bad]), 'samples[0] must be'],
  ])('names a bad argument of %s', async (method, call, expected) => {
    const query = vi.fn(() => Promise.resolve({ rows: [] }));
    const optimizer = new DatabaseOptimizer({ query });
    const error = await (async () => call(optimizer, null as never))().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain(`${method}: `);
    expect(String(error)).toContain(expected);
    expect(String(error)).toContain('got null');
    expect(query).not.toHaveBeenCalled();
    await optimizer.stop();
  });

  it('says what is missing without a database, and takes one later, once', async () => {
    const optimizer = new DatabaseOptimizer();
    await expect(optimizer.optimizeQuery('select 1')).rejects.toThrow(StateError);
    await expect(optimizer.recommendIndexes()).rejects.toThrow('attach()');
    expect(optimizer.snapshot()).toMatchObject({ statements: [], execution: undefined });
    expect(optimizer.healthCheck()).toMatchObject({ score: 100, status: 'healthy' });
    // @ts-expect-error: what JavaScript may pass
    expect(() => optimizer.attach(undefined)).toThrow(ConfigurationError);
    const database = { query: () => Promise.resolve({ rows: [] }) };
    optimizer.attach(database);
    expect(() => optimizer.attach(database)).toThrow(StateError);
    await optimizer.stop();
    await optimizer.stop();
    optimizer.start();
    expect(optimizer.isRunning).toBe(true);
    await optimizer.stop();
    expect(optimizer.isRunning).toBe(false);
  });

  it('surveys at its interval once started, tells what fails, and leaves no timer', async () => {
    const clock = new VirtualClock();
    const query = vi.fn(() => Promise.reject(new Error('no database')));
    const optimizer = new DatabaseOptimizer({ query }, { clock, surveyInterval: '1m' });
    const failures = vi.fn();
    optimizer.on('error', failures);
    optimizer.start();
    expect(query).not.toHaveBeenCalled();
    await clock.advanceAsync(70_000);
    await vi.waitFor(() => expect(failures).toHaveBeenCalled(), PATIENCE);
    await optimizer.stop();
    expect(clock.pending).toBe(0);
  });

  it('judges itself by the runs that were slow or failed', async () => {
    const clock = new VirtualClock();
    let fails = false;
    const database = {
      query: async () => {
        await clock.advanceAsync(fails ? 300 : 1);
        if (fails) throw Object.assign(new Error('no such table'), { code: '42P01' });
        return { rows: [] };
      },
    };
    const optimizer = new DatabaseOptimizer(database, { clock });
    for (let call = 0; call < 10; call++) await optimizer.optimizeQuery('select 1');
    await vi.waitFor(() => expect(optimizer.getStatements()).toMatchObject([{ calls: 10 }]), PATIENCE);
    expect(optimizer.healthCheck()).toMatchObject({ score: 100, metrics: { runs: 10, errorShare: 0 } });
    fails = true;
    for (let call = 0; call < 10; call++) await optimizer.optimizeQuery('select 1').catch(() => {});
    expect(optimizer.healthCheck()).toMatchObject({
      score: 0,
      status: 'critical',
      metrics: { errorShare: 0.5 },
    });
    await optimizer.stop();
  });
});
