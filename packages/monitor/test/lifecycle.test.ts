import { ConfigurationError, type ManagedComponent } from '@evenkeel/core';
import { PerformanceMonitor } from '@evenkeel/monitor';
import { describe, expect, it } from 'vitest';
import { monitored, recordingMeter } from './fixtures.ts';

describe('start and stop', () => {
  it('gathers at once and then at each interval', async () => {
    const { clock, monitor } = monitored();
    const startMs = clock.now();
    await monitor.start();
    await clock.advanceAsync(15_000);
    expect(monitor.getSnapshots().map(({ timestamp }) => timestamp - startMs)).toEqual([
      0, 5_000, 10_000, 15_000,
    ]);
    await monitor.stop();
    await clock.advanceAsync(60_000);
    expect([monitor.getSnapshots().length, monitor.isRunning, clock.pending]).toEqual([4, false, 0]);
  });

  it('is idempotent, and starts again after a stop', async () => {
    const { clock, monitor } = monitored({ reportingInterval: '1s' });
    await Promise.all([monitor.initialize(), monitor.start(), monitor.start()]);
    expect(monitor.getSnapshots()).toHaveLength(1);
    await Promise.all([monitor.stop(), monitor.stop()]);
    await monitor.stop();
    await monitor.start();
    await clock.advanceAsync(1000);
    expect([monitor.isRunning, monitor.getSnapshots().length]).toEqual([true, 3]);
    await monitor[Symbol.asyncDispose]();
    expect(monitor.isRunning).toBe(false);
  });

  it('ends as the last call says when start and stop overlap', async () => {
    const { monitor } = monitored();
    const calls = [monitor.start(), monitor.stop(), monitor.start(), monitor.stop()];
    await Promise.all(calls);
    expect(monitor.isRunning).toBe(false);
    await Promise.all([monitor.start(), monitor.stop(), monitor.start()]);
    expect(monitor.isRunning).toBe(true);
    await monitor.stop();
  });

  it('waits for the gathering under way', async () => {
    const { clock, monitor } = monitored();
    let ended = false;
    monitor.addCollector('slow', {
      collect: () =>
        new Promise((resolve) =>
          clock.setTimeout(() => {
            ended = true;
            resolve(1);
          }, 500),
        ),
    });
    void monitor.start();
    await clock.advanceAsync(100);
    let stopped = false;
    const stopping = monitor.stop().then(() => {
      stopped = true;
    });
    await clock.advanceAsync(300);
    expect([ended, stopped]).toEqual([false, false]);
    await clock.advanceAsync(100);
    await stopping;
    expect([ended, stopped]).toEqual([true, true]);
  });

  it('changes its interval while it runs', async () => {
    const { clock, monitor } = monitored();
    const startMs = clock.now();
    await monitor.start();
    await clock.advanceAsync(1_000);
    monitor.setReportingInterval('2s');
    expect(monitor.reportingInterval).toBe(2000);
    await clock.advanceAsync(3_000);
    monitor.setReportingInterval(10_000);
    await clock.advanceAsync(10_000);
    await monitor.stop();
    expect(monitor.getSnapshots().map(({ timestamp }) => timestamp - startMs)).toEqual([
      0, 2_000, 4_000, 14_000,
    ]);
    for (const bad of [0, 9, -1, Number.NaN, 'soon', undefined, null]) {
      expect(() => monitor.setReportingInterval(bad as number)).toThrow(ConfigurationError);
    }
    expect(monitor.reportingInterval).toBe(10_000);
  });

  it('goes on when a listener throws', async () => {
    const { clock, monitor, of } = monitored();
    monitor.on('metrics_collected', () => {
      throw new Error('listener');
    });
    await monitor.start();
    await clock.advanceAsync(5_000);
    await monitor.stop();
    expect([of('metrics_collected').length, of('error').length]).toEqual([2, 2]);
  });
});

describe('the options', () => {
  it('are checked all at once', () => {
    let thrown: unknown;
    try {
      new PerformanceMonitor({
        reportingInterval: 'now and then',
        snapshotLimit: 0,
        window: 1,
        collectors: { 'a.b': {} } as never,
        thresholds: {
          'responseTime.p96': { warning: 1 },
          errorRate: { warning: 0.5, critical: 0.1 },
          apdex: {},
        },
        reportInterval: 5,
      } as never);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ConfigurationError);
    expect((thrown as ConfigurationError).issues.map(({ path }) => path).sort()).toEqual(
      [
        'reportInterval',
        'reportingInterval',
        'snapshotLimit',
        'window',
        'name',
        'collectors.a.b',
        'path',
        'thresholds["errorRate"].critical',
        'thresholds["apdex"]',
      ].sort(),
    );
  });

  it('may all be left out', () => {
    expect(new PerformanceMonitor().reportingInterval).toBe(5000);
  });
});

describe('as a managed component', () => {
  it('has a serialisable snapshot, health and recommendations', async () => {
    const { values, meter } = recordingMeter();
    const { clock, monitor } = monitored({ meter });
    const component: ManagedComponent = monitor;
    await component.start();
    monitor.recordRequest(true, 20, { endpoint: '/' });
    clock.advance(4_000);
    const snapshot = component.snapshot();
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    expect(snapshot).toMatchObject({ running: true, reportingIntervalMs: 5000, alerts: [] });
    expect(component.recommendations()).toEqual([]);
    expect(component.healthCheck()).toEqual({
      score: 100,
      status: 'healthy',
      metrics: {
        requestRate: 0.25,
        errorRate: 0,
        responseTimeP95: expect.closeTo(20, 0),
        activeAlerts: 0,
        overheadRatio: 0,
      },
    });
    await component.stop();
    expect(values).toMatchObject({
      'evenkeel_monitor_request_duration_seconds{outcome="success"}': 1,
      evenkeel_monitor_collect_duration_seconds: 1,
      evenkeel_monitor_score: 100,
      evenkeel_monitor_overhead_ratio: 0,
      'evenkeel_monitor_alerts{severity="warning"}': 0,
      'evenkeel_monitor_alerts{severity="critical"}': 0,
    });
  });

  it('is worse with alerts and with a low score', async () => {
    const { monitor } = monitored({ thresholds: { errorRate: { warning: 0.01, critical: 0.5 } } });
    for (let count = 0; count < 98; count++) monitor.recordRequest(true, 1);
    for (let count = 0; count < 2; count++) monitor.recordRequest(false, 1);
    await monitor.collectMetrics();
    expect(monitor.healthCheck().status).toBe('warning');
    for (let count = 0; count < 200; count++) monitor.recordRequest(false, 1);
    await monitor.collectMetrics();
    expect(monitor.healthCheck()).toMatchObject({ score: 0, status: 'critical' });
  });

  it('records its metrics under the documented names only', async () => {
    const { values, meter } = recordingMeter();
    const { monitor } = monitored({ meter, maxEndpoints: 1, maxOperations: 1 });
    monitor.recordRequest(false, 1, { endpoint: '/a' });
    monitor.recordRequest(true, Number.NaN);
    for (let count = 0; count < 3; count++) monitor.recordRequest(true, 1, { endpoint: '/b' });
    for (const name of ['a', 'b', 'b']) monitor.startTimer(name).end();
    await monitor.collectMetrics();
    await monitor.collectMetrics();
    expect(values).toEqual({
      'evenkeel_monitor_request_duration_seconds{outcome="failure"}': 1,
      'evenkeel_monitor_request_duration_seconds{outcome="success"}': 3,
      'evenkeel_monitor_operation_duration_seconds{operation="a"}': 1,
      'evenkeel_monitor_operation_duration_seconds{operation="(other)"}': 2,
      evenkeel_monitor_collect_duration_seconds: 2,
      'evenkeel_monitor_losses_total{reason="duration"}': 1,
      'evenkeel_monitor_losses_total{reason="endpoint"}': 3,
      'evenkeel_monitor_losses_total{reason="operation"}': 2,
      evenkeel_monitor_score: expect.any(Number),
      evenkeel_monitor_overhead_ratio: 0,
      'evenkeel_monitor_alerts{severity="warning"}': 0,
      'evenkeel_monitor_alerts{severity="critical"}': 0,
    });
  });
});
