import { EventEmitter } from 'node:events';
import { type Alert, type Queryable, type Recommendation, VirtualClock } from '@evenkeel/core';
import type { DatabaseOptimizer } from '@evenkeel/db-optimizer';
import { expect, it, vi } from 'vitest';
import { PerformanceSystem } from '../../src/index.ts';

/** What has all that a pool of `pg` is known by; each query takes as long as it is told to. */
class FakePool extends EventEmitter {
  readonly totalCount = 1;
  readonly idleCount = 0;
  readonly waitingCount = 0;
  readonly options = { max: 4 };
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    super();
    this.#clock = clock;
  }

  async query(_text: string, [ms]: readonly number[] = [0]): Promise<{ rows: never[] }> {
    const client = await this.connect();
    try {
      return await client.query(_text, [ms ?? 0]);
    } finally {
      client.release();
    }
  }

  async connect() {
    const query = async (_text: string, [ms]: readonly number[]): Promise<{ rows: never[] }> => {
      this.#clock.advance(ms ?? 0);
      return { rows: [] };
    };
    const client = { query, release: () => void this.emit('release', undefined, client) };
    return client;
  }
}

/** The pool as the system takes it, which tells by itself what it is. */
function poolOf(clock: VirtualClock): Queryable {
  return new FakePool(clock) as never;
}

async function started(clock: VirtualClock, database: Queryable | undefined) {
  const system = new PerformanceSystem(
    { environment: 'testing', databaseOptimizer: { slowThreshold: '50ms', surveyInterval: 0 } },
    { clock },
  );
  // In virtual time the event loop looks busy, and collectors come late.
  system.on('error', () => {});
  await system.initialize(database);
  await system.start();
  return system;
}

/** A survey that has ended with these suggestions; what surveys find is the package's own test. */
function surveyed(optimizer: DatabaseOptimizer, suggestions: readonly Recommendation[]): void {
  const emit: (type: string, data: unknown) => void = Reflect.get(optimizer, 'emit');
  emit.call(optimizer, 'surveyed', { suggestions, durationMs: 1 });
}

function suggestion(id: string): Recommendation {
  return {
    id,
    component: 'database',
    priority: 'high',
    message: `about ${id}`,
    evidence: {},
    automated: false,
  };
}

it('watches all queries of a pool, with what they do in metrics, the dashboard and a check of their own', async () => {
  const clock = new VirtualClock();
  const pool = poolOf(clock);
  await using system = await started(clock, pool);
  const optimizer = system.getComponent('database');
  for (const ms of [1, 2, 80]) await pool.query('select pg_sleep($1)', [ms]);
  await vi.waitFor(() => expect(optimizer.getSlowQueries()).toMatchObject([{ calls: 3, slowRuns: 1 }]));
  const { components } = system.getPerformanceDashboard();
  expect(components.database).toMatchObject({
    state: { kind: 'running' },
    snapshot: { slowQueries: [{ calls: 3, maxMs: 80 }], pools: [{ name: 'default', max: 4 }] },
  });
  expect(system.exportMetrics('prometheus')).toContain('evenkeel_db_optimizer_slow_queries_total 1');
  const { checks } = await system.getComponent('health').runHealthChecks();
  expect(checks).toMatchObject({
    database: { critical: true, status: 'healthy' },
    queries: { critical: false, status: 'warning', details: { runs: expect.any(Number) } },
  });
});

it('leaves what is no pool as it is, and runs queries on it', async () => {
  const clock = new VirtualClock();
  const query = vi.fn(async () => ({ rows: [{ one: 1 }] }));
  const database = { query } as unknown as Queryable;
  await using system = await started(clock, database);
  expect(database.query).toBe(query);
  const { rows } = await system.getComponent('database').optimizeQuery('select 1 as one');
  expect(rows).toEqual([{ one: 1 }]);
  expect(system.getPerformanceDashboard().components.database?.snapshot).toMatchObject({
    execution: { queries: 1 },
    pools: [],
  });
});

it('is healthy without a database', async () => {
  await using system = await started(new VirtualClock(), undefined);
  const { checks } = await system.getComponent('health').runHealthChecks();
  expect(checks).toMatchObject({ queries: { status: 'healthy' } });
  expect(checks).not.toHaveProperty('database');
});

it('refuses what the section does not have, before anything is made', () => {
  const make = () => new PerformanceSystem({ databaseOptimizer: { retries: 21, surveyInterval: 'often' } });
  expect(make).toThrow(/databaseOptimizer\.retries must be an integer from 0 to 20, got 21/);
  expect(make).toThrow(/databaseOptimizer\.surveyInterval must be milliseconds/);
});

it('raises alerts for what a survey finds wrong, until one finds it no more', async () => {
  const clock = new VirtualClock();
  await using system = await started(clock, poolOf(clock));
  const optimizer = system.getComponent('database');
  const seen: string[] = [];
  const isOurs = ({ labels }: Alert) => labels.component === 'database';
  system.on('alert', (alert) => isOurs(alert) && seen.push(`${alert.severity}: ${alert.name}`));
  system.on('alert_resolved', ({ id }) => id.startsWith('db-optimizer') && seen.push(`resolved ${id}`));
  const leak = suggestion('db-optimizer:pool:default:leak');
  const slower = suggestion('db-optimizer:plan:worse:abc');
  const repeated = suggestion('db-optimizer:query:n-plus-one:abc:catalogue.ts:1');
  // Advice is no alarm.
  surveyed(optimizer, [
    suggestion('db-optimizer:index:make:x'),
    suggestion('db-optimizer:query:slow:x'),
    { ...slower, priority: 'low' },
  ]);
  expect(seen).toEqual([]);
  surveyed(optimizer, [leak, slower, repeated]);
  surveyed(optimizer, [leak, repeated]);
  expect(seen).toEqual([
    'critical: connections leak',
    'warning: plan got worse',
    'info: query repeats',
    'resolved db-optimizer:plan:worse:abc',
  ]);
  const alerts = system.getPerformanceDashboard().alerts.filter(isOurs);
  expect(alerts.map(({ message }) => message)).toEqual([leak.message, repeated.message]);
  surveyed(optimizer, [suggestion('db-optimizer:pool:default:too-small')]);
  expect(system.getPerformanceDashboard().alerts.filter(isOurs)).toMatchObject([
    { name: 'pool is waited for', severity: 'warning' },
  ]);
});

it('warns of retries that were refused since the survey before', async () => {
  const clock = new VirtualClock();
  const refused = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
  const database = { query: vi.fn().mockRejectedValue(refused) } as unknown as Queryable;
  const system = new PerformanceSystem(
    { environment: 'testing', databaseOptimizer: { retryBudget: 0, surveyInterval: 0 } },
    { clock },
  );
  await using _ = system;
  system.on('error', () => {});
  await system.initialize(database);
  const optimizer = system.getComponent('database');
  const warnings = () =>
    system
      .getPerformanceDashboard()
      .alerts.filter(({ labels }) => labels.component === 'database')
      .map(({ message }) => message);
  for (let query = 0; query < 30; query++) {
    await Promise.allSettled([optimizer.optimizeQuery('select 1'), clock.advanceAsync(5000)]);
  }
  surveyed(optimizer, []);
  expect(warnings()).toEqual([expect.stringMatching(/^So many queries fail that \d+ retries were refused/)]);
  surveyed(optimizer, []);
  expect(warnings()).toEqual([]);
});
