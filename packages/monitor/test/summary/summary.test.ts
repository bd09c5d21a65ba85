import { describe, expect, it } from 'vitest';
import { monitored } from '../fixtures.ts';

describe('getPerformanceSummary', () => {
  it('takes resources from the collectors of their names, over the window', async () => {
    const { clock, monitor } = monitored({ window: '100s' });
    const readings = [
      { cpu: 0.9, delay: 900, gc: 5 },
      { cpu: 0.2, delay: 3, gc: 10 },
      { cpu: 0.4, delay: 7, gc: 30 },
    ];
    let current = readings[0];
    monitor.addCollector('cpu', {
      collect: () => ({ ratio: current?.cpu, availableCpus: 2, throttledRatio: 0.5, systemRatio: 0.6 }),
    });
    monitor.addCollector('memory', {
      collect: () => ({
        rssBytes: 100,
        heapUsedBytes: 40,
        heapLimitBytes: 80,
        heapUsedRatio: 0.5,
        limitBytes: 200,
        usedRatio: 0.6,
      }),
    });
    monitor.addCollector('eventLoop', {
      collect: () => ({
        meanDelayMs: 1,
        p99DelayMs: current?.delay,
        maxDelayMs: current?.delay,
        utilization: 0.5,
      }),
    });
    monitor.addCollector('gc', {
      collect: () => ({ count: 1, timeMs: current?.gc, longestMs: current?.gc, ratio: 0.25 }),
    });
    // The first leaves the window before the summary is made.
    for (current of readings) {
      await monitor.collectMetrics();
      clock.advance(50_001);
    }
    const { cpu, memory, eventLoop, gc } = monitor.getPerformanceSummary();
    expect({ cpu, memory, eventLoop, gc }).toEqual({
      cpu: {
        ratio: 0.4,
        meanRatio: 0.4,
        maxRatio: 0.4,
        availableCpus: 2,
        systemRatio: 0.6,
        throttledRatio: 0.5,
      },
      memory: {
        rssBytes: 100,
        heapUsedBytes: 40,
        heapLimitBytes: 80,
        heapUsedRatio: 0.5,
        limitBytes: 200,
        usedRatio: 0.6,
      },
      eventLoop: { meanDelayMs: 1, p99DelayMs: 7, maxDelayMs: 7, utilization: 0.5, meanUtilization: 0.5 },
      gc: { count: 1, timeMs: 30, longestMs: 30, ratio: 0.25 },
    });
  });

  it('remembers the longest block and the highest use of the window', async () => {
    const { clock, monitor } = monitored();
    let value = 0;
    monitor.addCollector('eventLoop', { collect: () => ({ maxDelayMs: value, p99DelayMs: value / 2 }) });
    monitor.addCollector('cpu', { collect: () => ({ ratio: value / 1000 }) });
    for (value of [10, 800, 20]) {
      await monitor.collectMetrics();
      clock.advance(5000);
    }
    const { cpu, eventLoop } = monitor.getPerformanceSummary();
    expect([eventLoop?.maxDelayMs, eventLoop?.p99DelayMs]).toEqual([800, 10]);
    expect([cpu?.ratio, cpu?.maxRatio, cpu?.meanRatio]).toEqual([0.02, 0.8, expect.closeTo(0.83 / 3, 10)]);
  });

  it('has no resources without collectors, or from readings of another shape', async () => {
    const { monitor } = monitored({
      collectors: { cpu: { collect: () => 'busy' }, memory: { collect: () => ({ heapUsedBytes: 'much' }) } },
    });
    await monitor.collectMetrics();
    expect(monitor.getPerformanceSummary()).toMatchObject({
      cpu: null,
      memory: null,
      eventLoop: null,
      gc: null,
      score: 100,
      scoreParts: [],
    });
  });

  it('shows the parts of the score', async () => {
    const { monitor } = monitored({
      apdexTarget: 100,
      collectors: {
        cpu: { collect: () => ({ ratio: 0.2 }) },
        memory: { collect: () => ({ heapUsedRatio: 0.8, usedRatio: 0.9 }) },
      },
    });
    for (let count = 0; count < 50; count++) monitor.recordRequest(true, 50);
    for (let count = 0; count < 50; count++) monitor.recordRequest(true, 200);
    await monitor.collectMetrics();
    const { score, scoreParts } = monitor.getPerformanceSummary();
    expect(scoreParts).toEqual([
      { name: 'errors', score: 100, weight: 30, value: 0 },
      { name: 'responsiveness', score: 75, weight: 30, value: 0.75 },
      { name: 'cpu', score: 100, weight: 10, value: 0.2 },
      { name: 'memory', score: expect.closeTo(40, 8), weight: 15, value: 0.9 },
    ]);
    expect(score).toBeCloseTo(100 * (0.75 ** 30 * 0.4 ** 15) ** (1 / 85), 8);
  });
});

describe('trends', () => {
  it('finds response times and load that rise, and errors that stay', async () => {
    const { clock, monitor } = monitored({ window: '100s' });
    for (let slice = 0; slice < 10; slice++) {
      for (let count = 0; count < 10 + slice; count++) monitor.recordRequest(count > 0, 100 + 20 * slice);
      clock.advance(10_000);
    }
    const { trends } = monitor.getPerformanceSummary();
    expect(trends.responseTime).toMatchObject({
      direction: 'rising',
      // 20 ms more in each 10 s.
      slopePerMinute: expect.closeTo(120, 6),
      points: 9,
    });
    expect(trends.requestRate).toMatchObject({ direction: 'rising', slopePerMinute: expect.closeTo(0.6, 6) });
    expect(trends.errorRate?.direction).toBe('falling');
    expect(trends.heapUsed).toBeNull();
  });

  it('is steady where nothing changes, unknown where too little is known', () => {
    const { clock, monitor } = monitored({ window: '100s' });
    for (let slice = 0; slice < 5; slice++) {
      expect(monitor.getPerformanceSummary().trends.responseTime).toBeNull();
      monitor.recordRequest(true, 100);
      clock.advance(10_000);
    }
    expect(monitor.getPerformanceSummary().trends).toEqual({
      responseTime: { direction: 'steady', slopePerMinute: 0, pValue: 1, points: 5 },
      requestRate: { direction: 'steady', slopePerMinute: 0, pValue: 1, points: 5 },
      errorRate: { direction: 'steady', slopePerMinute: 0, pValue: 1, points: 5 },
      heapUsed: null,
    });
  });

  it('counts slices without requests as such in the rate', () => {
    const { clock, monitor } = monitored({ window: '100s' });
    for (let slice = 0; slice < 5; slice++) {
      for (let count = 0; count < 5 - slice; count++) monitor.recordRequest(true, 100);
      clock.advance(10_000);
    }
    clock.advance(40_000);
    const { requestRate, responseTime } = monitor.getPerformanceSummary().trends;
    expect([requestRate?.direction, requestRate?.points, responseTime?.points]).toEqual(['falling', 9, 5]);
  });

  it('follows the heap over the snapshots', async () => {
    const { clock, monitor } = monitored();
    let heapUsedBytes = 0;
    monitor.addCollector('memory', { collect: () => ({ heapUsedBytes }) });
    for (let round = 0; round < 20; round++) {
      heapUsedBytes += 1000;
      await monitor.collectMetrics();
      clock.advance(1000);
    }
    expect(monitor.getPerformanceSummary().trends.heapUsed).toMatchObject({
      direction: 'rising',
      slopePerMinute: expect.closeTo(60_000, 4),
      points: 20,
    });
  });
});
