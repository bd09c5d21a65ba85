import { CacheManager } from '@evenkeel/cache';
import { type Alert, ConfigurationError, StateError, UnknownNameError, VirtualClock } from '@evenkeel/core';
import { DatabaseOptimizer } from '@evenkeel/db-optimizer';
import { HealthChecker } from '@evenkeel/health';
import { LoadBalancer } from '@evenkeel/load-balancer';
import { MetricsCollector } from '@evenkeel/metrics-exporter';
import { PerformanceMonitor } from '@evenkeel/monitor';
import DefaultExport, { type PerformanceConfigInput, PerformanceSystem } from '@evenkeel/performance-system';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';

const systems: PerformanceSystem[] = [];

function create(config: PerformanceConfigInput = {}, clock?: VirtualClock): PerformanceSystem {
  const system = new PerformanceSystem({ environment: 'testing', ...config }, clock ? { clock } : {});
  systems.push(system);
  return system;
}

/** Everything a system emits but what time brings about. */
function eventsOf(system: PerformanceSystem): string[] {
  const seen: string[] = [];
  for (const type of ['initialized', 'started', 'stopped', 'component_failed', 'error'] as const) {
    system.on(type, () => seen.push(type));
  }
  return seen;
}

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(systems.splice(0).map((system) => system.stop()));
});

describe('PerformanceSystem', () => {
  it('is the default export too', () => {
    expect(DefaultExport).toBe(PerformanceSystem);
  });

  it('gives its components typed by name, before it is started', () => {
    const system = create();
    expectTypeOf(system.getComponent('performance')).toEqualTypeOf<PerformanceMonitor>();
    expectTypeOf(system.getComponent('metrics')).toEqualTypeOf<MetricsCollector>();
    expect(system.getComponent('performance')).toBeInstanceOf(PerformanceMonitor);
    expect(system.getComponent('health')).toBeInstanceOf(HealthChecker);
    expect(system.getComponent('metrics')).toBeInstanceOf(MetricsCollector);
    expect(system.getComponent('cache')).toBeInstanceOf(CacheManager);
    expectTypeOf(system.getComponent('loadBalancer')).toEqualTypeOf<LoadBalancer>();
    expect(system.getComponent('loadBalancer')).toBeInstanceOf(LoadBalancer);
    expectTypeOf(system.getComponent('database')).toEqualTypeOf<DatabaseOptimizer>();
    expect(system.getComponent('database')).toBeInstanceOf(DatabaseOptimizer);
    expect(() => system.getComponent('toaster' as 'health')).toThrow(UnknownNameError);
    expect(() => system.getComponent('toaster' as 'health')).toThrow(
      'known: metrics, alerts, logger, performance, allocator, cache, loadBalancer, database, health',
    );
  });

  it('runs through its life, telling each step once, whatever is called twice', async () => {
    const system = create();
    const seen = eventsOf(system);
    expect(system.isRunning).toBe(false);
    await Promise.all([system.start(), system.start(), system.initialize()]);
    expect(system.isRunning).toBe(true);
    await Promise.all([system.stop(), system.stop()]);
    expect(system.isRunning).toBe(false);
    await system.start();
    await system[Symbol.asyncDispose]();
    expect(seen).toEqual(['initialized', 'started', 'stopped', 'started', 'stopped']);
  });

  it('stops in the reverse order of starting', async () => {
    const system = create();
    const order: string[] = [];
    for (const name of ['metrics', 'performance', 'health'] as const) {
      const component = system.getComponent(name);
      const start = component.start.bind(component);
      const stop = component.stop.bind(component);
      vi.spyOn(component, 'start').mockImplementation(() => {
        order.push(`start ${name}`);
        return start();
      });
      vi.spyOn(component, 'stop').mockImplementation(() => {
        order.push(`stop ${name}`);
        return stop();
      });
    }
    await system.start();
    await system.stop();
    expect(order).toEqual([
      'start metrics',
      'start performance',
      'start health',
      'stop health',
      'stop performance',
      'stop metrics',
    ]);
  });

  it('goes on without a component that throws, rejects or hangs as it starts', async () => {
    const clock = new VirtualClock();
    const failures = [
      () => {
        throw new Error('no luck');
      },
      () => Promise.reject(new Error('no luck')),
      () => new Promise<void>(() => {}),
    ];
    for (const failure of failures) {
      const system = create({}, clock);
      const failed: unknown[] = [];
      system.on('component_failed', (event) => failed.push(event));
      system.on('error', () => {});
      vi.spyOn(system.getComponent('performance'), 'start').mockImplementationOnce(
        failure as () => Promise<void>,
      );
      const started = system.start();
      await clock.advanceAsync(1000);
      await started;
      expect(system.isRunning).toBe(true);
      expect(failed).toEqual([{ name: 'performance', error: expect.any(Error) }]);
      const { components } = system.getPerformanceDashboard();
      expect(components.performance?.state).toMatchObject({ kind: 'failed', error: expect.any(String) });
      expect(components.health?.state).toMatchObject({ kind: 'running' });
      await system.stop();
    }
  });

  it('stops within its time although a component hangs', async () => {
    const clock = new VirtualClock();
    const system = create({ shutdownTimeout: '300ms' }, clock);
    const errors: string[] = [];
    system.on('error', ({ source, error }) => errors.push(`${source}: ${error.message}`));
    await system.start();
    vi.spyOn(system.getComponent('health'), 'stop').mockReturnValue(new Promise(() => {}));
    const stopped = system.stop();
    await clock.advanceAsync(300);
    await stopped;
    expect(errors).toEqual(['component "health": stopping component "health" did not finish within 300 ms']);
  });

  it('refuses a bad configuration whole, before anything is made', () => {
    const bad = { metricsCollector: { maxSeries: -1 }, healthChecker: { interval: 'x' } };
    expect(() => new PerformanceSystem(bad)).toThrow(ConfigurationError);
    expect(() => new PerformanceSystem(bad)).toThrow(/maxSeries must be .*\n.*interval must be/);
  });

  it('tells of variables that mean nothing, and goes on', async () => {
    vi.stubEnv('EVENKEEL_METRICS_COLECTOR_MAX_SERIES', '5');
    const system = create();
    const errors: string[] = [];
    system.on('error', ({ source }) => errors.push(source));
    await system.start();
    vi.unstubAllEnvs();
    expect(errors).toEqual(['environment variable EVENKEEL_METRICS_COLECTOR_MAX_SERIES']);
  });
});

describe('the database', () => {
  it('is watched by a check that decides over readiness', async () => {
    const system = create();
    let isUp = true;
    await system.initialize({
      query: async () => {
        if (!isUp) throw new Error('connection refused');
        return { rows: [] };
      },
    });
    await system.start();
    expect(await system.getComponent('health').runHealthChecks({ kind: 'readiness' })).toMatchObject({
      ok: true,
    });
    isUp = false;
    expect(await system.getComponent('health').runHealthChecks({ kind: 'readiness' })).toMatchObject({
      ok: false,
      checks: { database: { status: 'critical' } },
    });
    expect(await system.getComponent('health').runHealthChecks({ kind: 'liveness' })).toMatchObject({
      ok: true,
    });
  });

  it('is refused where it is none, or comes too late', async () => {
    const system = create();
    await expect(system.initialize({} as never)).rejects.toThrow(ConfigurationError);
    await system.initialize();
    await expect(system.initialize({ query: async () => ({ rows: [] }) })).rejects.toThrow(StateError);
  });
});

describe('the dashboard', () => {
  it('is plain data that survives JSON, before the start, while running and after', async () => {
    const system = create();
    const stages = [system.getPerformanceDashboard()];
    await system.start();
    system.getComponent('performance').recordRequest(true, 12, { endpoint: 'GET /a' });
    await system.getComponent('performance').collectMetrics();
    await system.getComponent('health').runHealthChecks();
    stages.push(system.getPerformanceDashboard());
    await system.stop();
    stages.push(system.getPerformanceDashboard());
    for (const stage of stages) expect(JSON.parse(JSON.stringify(stage))).toEqual(stage);
    expect(stages.map(({ status }) => status)).toEqual(['stopped', 'healthy', 'stopped']);
    expect(stages[1]).toMatchObject({
      version: 1,
      summary: { overallScore: expect.any(Number), errorRate: 0, activeAlerts: 0 },
      performance: { totals: { requests: 1 } },
      components: { metrics: { state: { kind: 'running' } }, performance: {}, health: {} },
    });
  });

  it('shows the score as what its parts make of it', async () => {
    const system = create();
    await system.start();
    for (let i = 0; i < 100; i++)
      system.getComponent('performance').recordRequest(i % 10 > 0, 5, { endpoint: 'GET /' });
    const { summary } = system.getPerformanceDashboard();
    const mean = summary.scoreParts.reduce(
      (product, { score, weight }) => product * (score / 100) ** weight,
      1,
    );
    expect(summary.overallScore).toBe(Math.round(100 * mean));
    expect(summary.scoreParts.find(({ name }) => name === 'performance')?.reason).toMatch(
      /^errors 50 \(0\.1\)/,
    );
  });

  it('shows and emits alerts while they are on', async () => {
    const clock = new VirtualClock();
    const system = create({ performanceMonitor: { thresholds: { errorRate: 0.1 } } }, clock);
    const seen: string[] = [];
    system.on('alert', ({ severity, message }: Alert) => seen.push(`${severity}: ${message}`));
    system.on('alert_resolved', () => seen.push('resolved'));
    const monitor = system.getComponent('performance');
    await system.initialize();
    monitor.recordRequest(false, 10, { endpoint: 'GET /' });
    await monitor.collectMetrics();
    expect(seen).toEqual([expect.stringMatching(/^critical: .*errorRate/)]);
    expect(system.getPerformanceDashboard().alerts).toEqual([
      expect.objectContaining({ severity: 'critical' }),
    ]);
    for (let i = 0; i < 99; i++) monitor.recordRequest(true, 10, { endpoint: 'GET /' });
    await monitor.collectMetrics();
    expect(seen.at(-1)).toBe('resolved');
    expect(system.getPerformanceDashboard().alerts).toEqual([]);
  });

  it('survives components that throw at it', async () => {
    const system = create();
    const errors: string[] = [];
    system.on('error', ({ source }) => errors.push(source));
    vi.spyOn(system.getComponent('metrics'), 'snapshot').mockImplementation(() => {
      throw new Error('broken');
    });
    vi.spyOn(system.getComponent('health'), 'recommendations').mockImplementation(() => {
      throw new Error('broken');
    });
    const dashboard = system.getPerformanceDashboard();
    expect(dashboard.components.metrics?.snapshot).toEqual({ error: 'broken' });
    expect(errors.sort()).toEqual([
      'recommendations of component "health"',
      'snapshot of component "metrics"',
    ]);
  });
});

describe('metrics and events', () => {
  it('exports what its components record', async () => {
    const system = create();
    await system.start();
    system.getComponent('metrics').incrementCounter('orders_total', 3, { kind: 'web' });
    await system.getComponent('health').runHealthChecks();
    const text = system.exportMetrics('prometheus');
    expect(text).toContain('orders_total{kind="web"} 3\n');
    expect(text).toMatch(/^evenkeel_health_/m);
    expect(text).toMatch(/^evenkeel_monitor_/m);
    expect(() => system.exportMetrics('xml' as 'json')).toThrow(ConfigurationError);
  });

  it('emits metric_recorded while somebody listens, and only then watches the metrics', () => {
    const system = create();
    const metrics = system.getComponent('metrics');
    const seen: unknown[] = [];
    expect(metrics.hasListeners('metric_recorded')).toBe(false);
    const stop = system.on('metric_recorded', ({ name, value }) => seen.push([name, value]));
    metrics.incrementCounter('clicks_total');
    stop();
    metrics.incrementCounter('clicks_total');
    expect(seen).toEqual([['clicks_total', 1]]);
    expect(metrics.hasListeners('metric_recorded')).toBe(false);
  });

  it('passes on the failures of its components, named', async () => {
    const system = create();
    const errors: string[] = [];
    system.on('error', ({ source }) => errors.push(source));
    await system.initialize();
    const monitor = system.getComponent('performance');
    monitor.addCollector('broken', {
      collect: () => {
        throw new Error('no reading');
      },
    });
    await monitor.collectMetrics();
    expect(errors).toEqual([expect.stringMatching(/^performance: .*broken/)]);
  });
});
