import { PerformanceMonitor } from '@evenkeel/monitor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { monitored } from '../fixtures.ts';

describe('recordRequest', () => {
  it('gives rates, errors, response times and Apdex of the window', () => {
    const { clock, monitor } = monitored({ window: '100s', apdexTarget: 100 });
    // Ten requests a second: of each ten seven satisfy, one is tolerated, one is too slow, one fails.
    for (let second = 0; second < 50; second++) {
      for (const durationMs of [10, 10, 10, 10, 10, 10, 10, 400, 401])
        monitor.recordRequest(true, durationMs);
      monitor.recordRequest(false, 5);
      clock.advance(1000);
    }
    const { windowMs, requestRate, errorRate, apdex, responseTime, totals } = monitor.getPerformanceSummary();
    expect({ windowMs, requestRate, errorRate, apdex, totals }).toEqual({
      windowMs: 50_000,
      requestRate: 10,
      errorRate: 0.1,
      apdex: 0.75,
      totals: { requests: 500, errors: 50, errorRate: 0.1, meanResponseTime: 87.6, maxResponseTime: 401 },
    });
    expect(responseTime.count).toBe(500);
    expect(responseTime.mean).toBeCloseTo(87.6, 6);
    expect(responseTime.max).toBe(401);
    for (const [quantile, truth] of [
      [responseTime.p50, 10],
      [responseTime.p95, 401],
      [responseTime.p99, 401],
    ] as const) {
      expect(Math.abs(quantile - truth) / truth).toBeLessThanOrEqual(0.0101);
    }
  });

  it('tells of each request that counts, while somebody listens', () => {
    const { clock } = monitored();
    const monitor = new PerformanceMonitor({ clock });
    const heard: unknown[] = [];
    monitor.recordRequest(true, 1);
    const stop = monitor.on('request_recorded', (request) => heard.push(request));
    const context = { route: '/carts/:id' };
    monitor.recordRequest(false, 12, context);
    monitor.recordRequest(true, Number.NaN);
    stop();
    monitor.recordRequest(true, 2);
    expect(heard).toEqual([{ success: false, durationMs: 12, context }]);
  });

  it('forgets what has left the window and keeps it in the totals', () => {
    const { clock, monitor } = monitored({ window: '10s' });
    for (let count = 0; count < 30; count++) monitor.recordRequest(false, 1000);
    clock.advance(9_999);
    expect(monitor.getPerformanceSummary()).toMatchObject({ errorRate: 1, responseTime: { count: 30 } });
    clock.advance(1);
    monitor.recordRequest(true, 10);
    expect(monitor.getPerformanceSummary()).toMatchObject({
      // Nine slices that are over and the one that begins now.
      windowMs: 9_000,
      requestRate: 1 / 9,
      errorRate: 0,
      responseTime: { count: 1, max: 10 },
      totals: { requests: 31, errors: 30 },
    });
    clock.advance(60_000);
    expect(monitor.getPerformanceSummary()).toMatchObject({
      requestRate: 0,
      errorRate: 0,
      apdex: null,
      responseTime: { count: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 },
      endpoints: [],
    });
  });

  it('counts exactly what a window of nine to ten tenths of its length holds, whatever comes when', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ afterMs: fc.nat(4_000), durationMs: fc.nat(2_000), success: fc.boolean() }), {
          maxLength: 60,
        }),
        fc.nat(20_000),
        (requests, idleMs) => {
          const { clock, monitor } = monitored({ window: '10s' });
          const sent: { atMs: number; success: boolean }[] = [];
          for (const { afterMs, durationMs, success } of requests) {
            clock.advance(afterMs);
            monitor.recordRequest(success, durationMs);
            sent.push({ atMs: clock.monotonic(), success });
          }
          clock.advance(idleMs);
          const startMs = (Math.floor(clock.monotonic() / 1000) - 9) * 1000;
          const within = sent.filter(({ atMs }) => atMs >= startMs);
          const failed = within.filter(({ success }) => !success).length;
          const { responseTime, errorRate } = monitor.getPerformanceSummary();
          expect(responseTime.count).toBe(within.length);
          expect(errorRate).toBeCloseTo(within.length === 0 ? 0 : failed / within.length, 12);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('rejects and counts durations that are none, whatever they are', () => {
    const { monitor } = monitored();
    const junk: unknown[] = [Number.NaN, -1, Infinity, -Infinity, undefined, null, '5', {}, 5n];
    for (const durationMs of junk) monitor.recordRequest(true, durationMs as number, { endpoint: '/' });
    monitor.recordRequest(true, 0, { endpoint: '/' });
    expect(monitor.getPerformanceSummary()).toMatchObject({
      losses: { rejectedDurations: junk.length },
      totals: { requests: 1 },
      endpoints: [{ endpoint: '/', totalRequests: 1 }],
    });
  });

  it('tells endpoints apart by endpoint or route, and by method', () => {
    const { clock, monitor } = monitored({ window: '100s' });
    for (let count = 0; count < 3; count++)
      monitor.recordRequest(true, 20, { method: 'GET', route: '/users/:id' });
    for (let count = 0; count < 2; count++)
      monitor.recordRequest(false, 40, { method: 'PUT', route: '/users/:id' });
    monitor.recordRequest(true, 60, { endpoint: 'search', route: '/s', status: 200 });
    monitor.recordRequest(true, 1);
    monitor.recordRequest(true, 1, { endpoint: 7 as unknown as string });
    clock.advance(10_000);
    const { endpoints } = monitor.getPerformanceSummary();
    expect(
      endpoints.map(({ responseTime, ...rest }) => ({
        ...rest,
        count: responseTime.count,
        max: responseTime.max,
      })),
    ).toEqual([
      {
        endpoint: 'GET /users/:id',
        requestRate: 0.3,
        errorRate: 0,
        apdex: 1,
        totalRequests: 3,
        totalErrors: 0,
        count: 3,
        max: 20,
      },
      {
        endpoint: 'PUT /users/:id',
        requestRate: 0.2,
        errorRate: 1,
        apdex: 0,
        totalRequests: 2,
        totalErrors: 2,
        count: 2,
        max: 40,
      },
      {
        endpoint: 'search',
        requestRate: 0.1,
        errorRate: 0,
        apdex: 1,
        totalRequests: 1,
        totalErrors: 0,
        count: 1,
        max: 60,
      },
    ]);
  });

  it('bounds the endpoints: new ones share one entry, and are counted', () => {
    const { monitor } = monitored({ maxEndpoints: 3 });
    for (let count = 0; count < 1000; count++) monitor.recordRequest(true, 1, { endpoint: `/scan/${count}` });
    monitor.recordRequest(false, 1, { endpoint: '/scan/1' });
    const { endpoints, losses, totals } = monitor.getPerformanceSummary();
    expect(endpoints.map(({ endpoint, totalRequests }) => [endpoint, totalRequests])).toEqual([
      ['(other)', 997],
      ['/scan/1', 2],
      ['/scan/0', 1],
      ['/scan/2', 1],
    ]);
    expect([losses.overflowedRequests, losses.evictedEndpoints, totals.requests]).toEqual([997, 0, 1001]);
  });

  it('gives the place of an endpoint without requests for a whole window to a new one', () => {
    const { clock, monitor } = monitored({ maxEndpoints: 2, window: '10s' });
    monitor.recordRequest(true, 1, { endpoint: '/old' });
    monitor.recordRequest(true, 1, { endpoint: '/kept' });
    clock.advance(6_000);
    monitor.recordRequest(true, 1, { endpoint: '/kept' });
    monitor.recordRequest(true, 1, { endpoint: '/early' });
    clock.advance(6_000);
    monitor.recordRequest(true, 1, { endpoint: '/new' });
    const { endpoints, losses } = monitor.getPerformanceSummary();
    expect(endpoints.map(({ endpoint }) => endpoint).sort()).toEqual(['(other)', '/kept', '/new']);
    expect(losses).toMatchObject({ overflowedRequests: 1, evictedEndpoints: 1 });
  });

  it('does not mistake names for properties of objects', () => {
    const { monitor } = monitored();
    for (const endpoint of ['__proto__', 'constructor', 'toString', ''])
      monitor.recordRequest(true, 1, { endpoint });
    expect(monitor.getPerformanceSummary().endpoints.map(({ endpoint }) => endpoint)).toEqual([
      '__proto__',
      'constructor',
      'toString',
      '',
    ]);
  });

  it('counts a second at least, so that the first request is not a flood', () => {
    const { monitor } = monitored();
    monitor.recordRequest(true, 1);
    expect(monitor.getPerformanceSummary()).toMatchObject({ requestRate: 1, windowMs: 1000 });
  });
});
