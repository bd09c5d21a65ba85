import { PerformanceMonitor } from '@evenkeel/monitor';
import { describe, expect, it } from 'vitest';
import { monitored, tickingClock } from '../fixtures.ts';

describe('overhead', () => {
  it('scales the recordings that are timed to all of them', () => {
    // Each look at the clock takes 2 ms and nothing else takes any time, so each recording takes 2 ms.
    const monitor = new PerformanceMonitor({ clock: tickingClock(2) });
    for (let count = 0; count < 640; count++) monitor.recordRequest(true, 1);
    expect(monitor.getPerformanceSummary().overhead.recordingMs).toBe(640 * 2);
  });

  it('counts timers as well', () => {
    const monitor = new PerformanceMonitor({ clock: tickingClock(2) });
    for (let count = 0; count < 640; count++) monitor.startTimer('a').end();
    const { overhead } = monitor.getPerformanceSummary();
    // One start of 64 is timed with two looks at the clock, one end of 64 with one.
    expect(overhead.recordingMs).toBe(640 * (4 + 2));
  });

  it('charges the synchronous part of collectors, and what they say they used in between', async () => {
    const { clock, monitor } = monitored({ window: '100s' });
    let background = 100;
    let totalSeconds = 10;
    monitor.addCollector('cpu', {
      collect: () => {
        clock.advance(30);
        return { totalSeconds };
      },
      backgroundMs: () => background,
    });
    monitor.addCollector('liar', {
      collect: () => 1,
      backgroundMs: () => {
        throw new Error('no idea');
      },
    });
    await monitor.collectMetrics();
    expect(monitor.getPerformanceSummary().overhead).toEqual({
      ratio: 130 / 1000,
      shareOfProcess: null,
      collectingMs: 30,
      recordingMs: 0,
      backgroundMs: 100,
    });
    background = 150;
    totalSeconds = 12;
    clock.advance(9_970 - 30);
    await monitor.collectMetrics();
    expect(monitor.getPerformanceSummary().overhead).toEqual({
      ratio: 210 / 10_000,
      shareOfProcess: 210 / 2000,
      collectingMs: 60,
      recordingMs: 0,
      backgroundMs: 150,
    });
  });

  it('does not charge the time that a collector waits, nor listeners', async () => {
    const { clock, monitor } = monitored();
    monitor.addCollector('slow', {
      collect: () => new Promise((resolve) => clock.setTimeout(() => resolve(1), 500)),
    });
    monitor.on('metrics_collected', () => clock.advance(1000));
    const gathering = monitor.collectMetrics();
    await clock.advanceAsync(500);
    await gathering;
    expect(monitor.getPerformanceSummary().overhead.ratio).toBe(0);
  });
});
