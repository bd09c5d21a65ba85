import { type Alert, VirtualClock } from '@evenkeel/core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PerformanceSystem } from '../../src/index.ts';
import { collected, values, wired } from '../support/fakes.ts';

let clock: VirtualClock;
let system: PerformanceSystem;

beforeEach(async () => {
  clock = new VirtualClock();
  system = await wired(clock);
});

const monitor = () => system.getComponent('performance');

function requests(count: number, success: boolean, durationMs = 10): void {
  for (let i = 0; i < count; i++) monitor().recordRequest(success, durationMs, { endpoint: 'GET /' });
}

/** The names of the alerts that came and, with a minus, went. */
function alertsOf(watched: PerformanceSystem): string[] {
  const seen: string[] = [];
  watched.on('alert', ({ name, severity }: Alert) => seen.push(`${severity}: ${name}`));
  watched.on('alert_resolved', ({ id }) => seen.push(`over: ${id.split('{')[0]}`));
  return seen;
}

describe('what is recorded', () => {
  it('is the time of each request, at once', async () => {
    requests(1, true, 12);
    requests(1, false, 340);
    expect(await values(system, 'response-time')).toEqual([12, 340]);
  });

  it('is how the whole did since the monitor collected last', async () => {
    clock.advance(2000);
    requests(9, true);
    requests(1, false);
    const cache = system.getComponent('cache');
    await cache.getOrLoad('a', () => 1);
    await cache.getOrLoad('a', () => 1);
    collected(monitor(), { cpu: { ratio: 0.5 }, memory: { error: 'no reading' } });
    clock.advance(1000);
    requests(3, true);
    await cache.getOrLoad('a', () => 1);
    collected(monitor(), { cpu: { ratio: 0.25 } });
    expect(await values(system, 'cpu-usage')).toEqual([50, 25]);
    expect(await values(system, 'request-rate')).toEqual([5, 3]);
    expect(await values(system, 'error-rate')).toEqual([10, 0]);
    expect(await values(system, 'cache-hit-rate')).toEqual([50, 100]);
    // A collector that fails, or a database that is not there, is no reading of 0.
    expect(await values(system, 'memory-usage')).toEqual([]);
    expect(await values(system, 'query-time')).toEqual([]);
  });

  it('leaves out what cannot be, such as a rate over no time', async () => {
    requests(1, true);
    collected(monitor(), { cpu: { ratio: Number.NaN } });
    expect(await values(system, 'request-rate')).toEqual([]);
    expect(await values(system, 'cpu-usage')).toEqual([]);
    expect(await values(system, 'error-rate')).toEqual([0]);
  });

  it('is the mean time of the queries, of all statements', async () => {
    const optimizer = system.getComponent('database');
    optimizer.attach({
      query: async (_text, [ms] = []) => {
        clock.advance(Number(ms));
        return { rows: [] };
      },
    });
    for (const ms of [2, 4]) await optimizer.optimizeQuery('select $1', [ms]);
    await optimizer.optimizeQuery('select 2, $1', [6]);
    // They are told apart behind the back of who asks.
    const calls = () => optimizer.getStatements().reduce((sum, statement) => sum + statement.calls, 0);
    await expect.poll(calls).toBe(3);
    collected(monitor(), {});
    expect(await values(system, 'query-time')).toEqual([4]);
  });

  it('is in reports, under what each figure says of itself', async () => {
    clock.advance(60_000);
    await system.start();
    requests(20, true, 700);
    collected(monitor(), { cpu: { ratio: 0.5 } });
    clock.advance(10);
    const { detailed } = await system.getComponent('logger').reporter.generatePerformanceReport('10m');
    await system.stop();
    expect(detailed.http?.metrics).toContainEqual(
      expect.objectContaining({ name: 'response-time', unit: 'ms', count: 20, p95: 700, target: 500 }),
    );
    expect(detailed.cpu?.metrics).toContainEqual(expect.objectContaining({ name: 'cpu-usage', unit: '%' }));
  });
});

describe('rules', () => {
  it('watch a signal: a threshold that holds for its time', async () => {
    const seen = alertsOf(system);
    system.getComponent('alerts').addRule({
      kind: 'threshold',
      name: 'busy',
      metric: 'cpu-usage',
      above: 80,
      clear: 60,
      for: '2s',
    });
    await system.getComponent('alerts').start();
    const use = async (ratio: number): Promise<void> => {
      collected(monitor(), { cpu: { ratio } });
      await clock.advanceAsync(1000);
    };
    await use(0.9);
    expect(seen).toEqual([]);
    for (let second = 0; second < 10; second++) await use(0.7);
    expect(seen).toEqual(['warning: busy']);
    await use(0.5);
    expect(seen).toEqual(['warning: busy', expect.stringMatching(/^over: /)]);
    await system.getComponent('alerts').stop();
  });

  it('watch the time of requests', async () => {
    const seen = alertsOf(system);
    system.getComponent('alerts').addRule({
      kind: 'threshold',
      name: 'slow',
      metric: 'response-time',
      aggregate: 'p95',
      above: 250,
      window: '30s',
    });
    await system.getComponent('alerts').start();
    requests(100, true, 20);
    await clock.advanceAsync(5000);
    expect(seen).toEqual([]);
    requests(100, true, 400);
    await clock.advanceAsync(5000);
    expect(seen).toEqual(['warning: slow']);
    await system.getComponent('alerts').stop();
  });

  it('watch how fast the error budget is spent, over requests and failed requests', async () => {
    const seen = alertsOf(system);
    system.getComponent('alerts').addRule({
      kind: 'burn-rate',
      name: 'budget',
      objective: 0.99,
      indicator: { errors: 'failed-requests', total: 'requests' },
      windows: [{ long: '5m', short: '30s', factor: 10 }],
    });
    await system.getComponent('alerts').start();
    const spend = async (failures: number, seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second++) {
        requests(10 - failures, true);
        requests(failures, false);
        collected(monitor(), {});
        await clock.advanceAsync(1000);
      }
    };
    await spend(0, 120);
    expect(seen).toEqual([]);
    await spend(8, 60);
    expect(seen).toEqual(['critical: budget']);
    await spend(0, 120);
    expect(seen).toEqual(['critical: budget', expect.stringMatching(/^over: /)]);
    await system.getComponent('alerts').stop();
  });

  it('notice that nothing is measured any more', async () => {
    const seen = alertsOf(system);
    system.getComponent('alerts').addRule({
      kind: 'absence',
      name: 'silent',
      metric: 'cpu-usage',
      for: '1m',
    });
    await system.getComponent('alerts').start();
    for (let second = 0; second < 90; second++) {
      collected(monitor(), { cpu: { ratio: 0.1 } });
      await clock.advanceAsync(1000);
    }
    expect(seen).toEqual([]);
    await clock.advanceAsync(70_000);
    expect(seen).toEqual(['warning: silent']);
    collected(monitor(), { cpu: { ratio: 0.1 } });
    await clock.advanceAsync(5000);
    expect(seen).toHaveLength(2);
    await system.getComponent('alerts').stop();
  });

  it('watch the health checks, for as long as they say the same', async () => {
    const seen = alertsOf(system);
    const health = system.getComponent('health');
    let status: 'healthy' | 'critical' = 'healthy';
    health.registerHealthCheck('printer', async () => ({ status, message: 'paper' }));
    system.getComponent('alerts').addRule({ kind: 'health', name: 'ill', check: 'printer' });
    await system.getComponent('alerts').start();
    await health.runHealthChecks();
    status = 'critical';
    await health.runHealthChecks();
    const ill = { name: 'ill', severity: 'critical', labels: { check: 'printer' } };
    expect(system.getPerformanceDashboard().alerts).toMatchObject([ill]);
    // Longer than what was observed once counts.
    for (let hour = 0; hour < 48; hour++) {
      await clock.advanceAsync(3_600_000);
      collected(monitor(), {});
    }
    expect(system.getPerformanceDashboard().alerts).toMatchObject([ill]);
    status = 'healthy';
    await health.runHealthChecks();
    expect(system.getPerformanceDashboard().alerts).toEqual([]);
    expect(seen).toEqual(['critical: ill', expect.stringMatching(/^over: /)]);
    await system.getComponent('alerts').stop();
  });
});
