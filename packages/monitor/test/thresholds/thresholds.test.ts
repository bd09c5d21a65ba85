import { type Alert, ConfigurationError } from '@evenkeel/core';
import type { Threshold } from '@evenkeel/monitor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { monitored } from '../fixtures.ts';

/** A monitor with one figure, and what its alerts do as the figure takes these values. */
async function course(threshold: Threshold, values: readonly unknown[]): Promise<string[]> {
  const { monitor, clock } = monitored({ thresholds: { 'queue.length': threshold } });
  let value: unknown;
  monitor.addCollector('queue', { collect: () => ({ length: value }) });
  const seen: string[] = [];
  let step = 0;
  monitor.on('error', () => seen.push(`${step}: error`));
  monitor.on('alert', ({ severity }) => seen.push(`${step}: ${severity}`));
  monitor.on('alert_resolved', () => seen.push(`${step}: resolved`));
  for (value of values) {
    await monitor.collectMetrics();
    clock.advance(1000);
    step += 1;
  }
  return seen;
}

describe('setThreshold', () => {
  it('raises an alert beyond a level, escalates, and resolves with hysteresis', async () => {
    expect(
      await course({ warning: 100, critical: 200 }, [100, 101, 150, 91, 90, 101, 201, 190, 181, 180, 95, 90]),
    ).toEqual(['1: warning', '4: resolved', '5: warning', '6: critical', '9: warning', '11: resolved']);
  });

  it('watches what must not fall', async () => {
    expect(
      await course({ warning: 100, critical: 50, direction: 'below' }, [100, 99, 109, 110, 49, 55, 111]),
    ).toEqual(['1: warning', '3: resolved', '4: critical', '5: warning', '6: resolved']);
  });

  it('takes one level, and other hysteresis', async () => {
    expect(await course({ critical: 10, hysteresis: 0.5 }, [11, 6, 5, 11])).toEqual([
      '0: critical',
      '2: resolved',
      '3: critical',
    ]);
    expect(await course({ warning: 10, hysteresis: 0 }, [11, 10, 11])).toEqual([
      '0: warning',
      '1: resolved',
      '2: warning',
    ]);
    expect(await course({ warning: 0 }, [0, 1, 0])).toEqual(['1: warning', '2: resolved']);
  });

  it('keeps an alert while its figure is missing, and says once that there is no number', async () => {
    expect(await course({ warning: 1 }, [2, undefined, Number.NaN, 'many', 2, 0])).toEqual([
      '0: warning',
      '1: error',
      '5: resolved',
    ]);
  });

  it('never flaps within the hysteresis, and is raised exactly while a level is passed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 91, max: 100, noNaN: true }), { maxLength: 20 }),
        async (values) => {
          expect(await course({ warning: 100 }, [101, ...values])).toEqual(['0: warning']);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('tells what the alert is of, with one identity from the beginning to the end', async () => {
    const { clock, monitor, of } = monitored();
    let ratio = 0.95;
    monitor.addCollector('memory', { collect: () => ({ usedRatio: ratio }) });
    monitor.setThreshold('memory.usedRatio', { warning: 0.8, critical: 0.9 });
    const since = clock.now();
    await monitor.collectMetrics();
    const raised: Alert = {
      id: 'monitor:memory.usedRatio',
      name: 'memory.usedRatio',
      severity: 'critical',
      message: 'memory.usedRatio is 0.95, above its critical threshold of 0.9',
      since,
      labels: { path: 'memory.usedRatio', direction: 'above' },
      value: 0.95,
      threshold: 0.9,
    };
    expect(of('alert')).toEqual([raised]);
    expect(monitor.getActiveAlerts()).toEqual([raised]);

    clock.advance(1000);
    ratio = 0.75;
    await monitor.collectMetrics();
    const fallen: Alert = {
      ...raised,
      severity: 'warning',
      message: 'memory.usedRatio is 0.75, not yet clear of its warning threshold of 0.8',
      value: 0.75,
      threshold: 0.8,
    };
    expect(of('alert')).toEqual([raised, fallen]);

    clock.advance(1000);
    ratio = 0.1;
    await monitor.collectMetrics();
    expect(of('alert_resolved')).toEqual([{ ...fallen, resolvedAt: since + 2000 }]);
    expect(monitor.getActiveAlerts()).toEqual([]);
  });

  it('watches the summary', async () => {
    const { clock, monitor, of } = monitored({
      window: '10s',
      thresholds: {
        errorRate: { critical: 0.4 },
        'responseTime.p95': { warning: 50 },
        apdex: { warning: 0.7, direction: 'below' },
        requestRate: { warning: 1 },
      },
    });
    for (let count = 0; count < 10; count++) monitor.recordRequest(count % 2 === 0, 100);
    await monitor.collectMetrics();
    expect(of('alert').map((alert) => (alert as Alert).id)).toEqual([
      'monitor:errorRate',
      'monitor:responseTime.p95',
      'monitor:apdex',
      'monitor:requestRate',
    ]);
    // Without requests there is nothing to complain of, although there is no Apdex.
    clock.advance(20_000);
    await monitor.collectMetrics();
    expect(monitor.getActiveAlerts()).toEqual([]);
    expect(of('alert_resolved')).toHaveLength(4);
  });

  it('ends the alert with the threshold; an older disposer does not end a newer threshold', async () => {
    const { monitor, of } = monitored({ collectors: { queue: { collect: () => ({ length: 9 }) } } });
    const first = monitor.setThreshold('queue.length', { warning: 1 });
    await monitor.collectMetrics();
    const second = monitor.setThreshold('queue.length', { warning: 2 });
    first();
    await monitor.collectMetrics();
    expect(monitor.getActiveAlerts()).toHaveLength(1);
    second();
    second();
    expect(monitor.getActiveAlerts()).toEqual([]);
    expect([of('alert').length, of('alert_resolved').length]).toEqual([2, 2]);
  });

  it('survives a reading that resembles no data', async () => {
    const { monitor, of } = monitored({
      collectors: { odd: { collect: () => 'text' } },
      thresholds: { 'odd.length': { warning: 1 }, 'absent.value': { warning: 1 } },
    });
    await monitor.collectMetrics();
    await monitor.collectMetrics();
    expect(of('alert')).toEqual([]);
    expect(of('error').map((event) => (event as { source: string }).source)).toEqual([
      'threshold "odd.length"',
    ]);
  });

  it('refuses what cannot be used, naming it', () => {
    const { monitor } = monitored();
    const refuse = (path: unknown, threshold: unknown, message: string): void => {
      expect(() => monitor.setThreshold(path as string, threshold as Threshold)).toThrow(message);
      expect(() => monitor.setThreshold(path as string, threshold as Threshold)).toThrow(ConfigurationError);
    };
    refuse('', { warning: 1 }, 'path must be a path such as \'memory.heapUsedRatio\', got ""');
    refuse('a..b', { warning: 1 }, 'path must be');
    refuse(7, { warning: 1 }, 'path must be');
    refuse('responseTime', { warning: 1 }, 'responseTime.p95');
    refuse('errorRate', {}, 'threshold must be an object with warning, critical or both');
    refuse('errorRate', undefined, 'threshold must be an object');
    refuse(
      'errorRate',
      { warning: 2, critical: 1 },
      'threshold.critical must be at least warning (2), got 1',
    );
    refuse('apdex', { warning: 0.5, critical: 0.7, direction: 'below' }, 'at most warning (0.5), got 0.7');
    refuse('errorRate', { warning: Number.NaN }, 'threshold.warning must be a number');
    refuse('errorRate', { warning: 1, direction: 'up' }, 'threshold.direction must be one of');
    refuse('errorRate', { warning: 1, hysteresis: 2 }, 'threshold.hysteresis must be a number from 0 to 1');
    refuse('errorRate', { warn: 1 }, 'threshold.warn must be absent');
  });
});
