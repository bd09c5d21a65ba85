import { MetricsCollector } from '@evenkeel/metrics-exporter';
import { describe, expect, it, vi } from 'vitest';
import { collecting, linesOf, selfLines } from './support/collecting.ts';

describe('metric_recorded', () => {
  it('tells of every recording, by type', () => {
    const { collector } = collecting();
    const early = collector.counter('c', { labels: ['a'] });
    const seen: unknown[] = [];
    collector.on('metric_recorded', (event) => seen.push(event));
    early.inc(2, { a: 1 });
    early.inc(Number.NaN, { a: 1 });
    early.inc(1, { b: 1 } as unknown as { a: number });
    const gauge = collector.gauge('g');
    gauge.set(5);
    gauge.add(-2);
    collector.recordHistogram('h', 1);
    collector.recordSummary('s', 1);
    collector.recordTimer('t', 250);
    expect(seen).toEqual([
      { name: 'c', value: 2, type: 'counter', labels: { a: '1' } },
      { name: 'g', value: 5, type: 'gauge', labels: {} },
      { name: 'g', value: 3, type: 'gauge', labels: {} },
      { name: 'h', value: 1, type: 'histogram', labels: {} },
      { name: 's', value: 1, type: 'summary', labels: {} },
      { name: 't', value: 250, type: 'timer', labels: {} },
    ]);
  });

  it('stops with the last listener, however it was added and removed', () => {
    const { collector } = collecting();
    const counter = collector.counter('c');
    const listener = vi.fn();
    const once = vi.fn();
    const all = vi.fn();
    const dispose = collector.on('metric_recorded', listener);
    collector.once('metric_recorded', once);
    counter.inc();
    dispose();
    counter.inc();
    collector.on('metric_recorded', listener);
    counter.inc();
    collector.off('metric_recorded', listener);
    counter.inc();
    collector.once('metric_recorded', once)();
    const disposeAll = collector.on('*', all);
    counter.inc();
    disposeAll();
    counter.inc();
    expect(listener).toHaveBeenCalledTimes(2);
    expect(once).toHaveBeenCalledTimes(1);
    expect(all.mock.calls).toEqual([
      [
        {
          type: 'metric_recorded',
          data: { name: 'c', value: 1, type: 'counter', labels: {} },
          timestamp: expect.any(Number),
        },
      ],
    ]);
    expect(linesOf(collector, 'c_total')).toEqual(['c_total 6']);
  });

  it('survives listeners that throw, reject, and record themselves', async () => {
    const { collector, errors } = collecting();
    collector.on('metric_recorded', () => {
      throw new Error('thrown');
    });
    collector.on('metric_recorded', async () => {
      throw new Error('rejected');
    });
    collector.on('metric_recorded', () => collector.incrementCounter('events'));
    collector.incrementCounter('c');
    collector.incrementCounter('c');
    await Promise.resolve();
    expect(linesOf(collector, 'c_total')).toEqual(['c_total 2']);
    expect(linesOf(collector, 'events_total')).toEqual(['events_total 2']);
    expect(errors).toEqual(['thrown', 'thrown', 'rejected', 'rejected']);
  });
});

describe('onCollect', () => {
  it('calls back before each export until disposed, each registration for itself', () => {
    const { collector } = collecting();
    const gauge = collector.gauge('g');
    const refresh = (): void => gauge.inc();
    const dispose = collector.onCollect(refresh);
    const disposeSecond = collector.onCollect(refresh);
    expect(linesOf(collector, 'g')).toEqual(['g 2']);
    expect(JSON.parse(collector.exportMetrics('json')).metrics.at(-1).series).toEqual([
      { labels: {}, value: 4 },
    ]);
    expect(collector.exportMetrics('csv')).toContain(',g,gauge,g,{},6');
    dispose();
    dispose();
    expect(collector.collect().metrics.at(-1)?.series).toEqual([{ labels: {}, value: 7 }]);
    disposeSecond();
    expect(linesOf(collector, 'g')).toEqual(['g 7']);
  });

  it('isolates callbacks that throw, reject, never settle, return junk, or export themselves', async () => {
    const { collector, errors } = collecting();
    const gauge = collector.gauge('g');
    let later: (() => void) | undefined;
    collector.onCollect(() => {
      throw 'a string';
    });
    collector.onCollect(async () => {
      throw new Error('rejected');
    });
    collector.onCollect((() => new Promise(() => {})) as () => void);
    collector.onCollect((() => 7) as () => void);
    collector.onCollect(() => void collector.exportMetrics('prometheus'));
    collector.onCollect(() => later?.());
    later = collector.onCollect(() => {
      throw new Error('removed by the one before');
    });
    collector.onCollect(() => gauge.set(1));
    expect(linesOf(collector, 'g')).toEqual(['g 1']);
    await Promise.resolve();
    expect(errors).toEqual(['a value that is no error was thrown: "a string"', 'rejected']);
    expect(collector.healthCheck()).toMatchObject({
      score: 75,
      status: 'warning',
      metrics: { failingRefreshers: 2 },
    });
    expect(selfLines(collector)).toEqual(['evenkeel_metrics_exporter_collect_errors_total 3']);
    expect(() => collector.onCollect('no' as unknown as () => void)).toThrow('refresh must be a function');
  });
});

describe('as a component', () => {
  it('starts and stops without effect, and keeps exporting', async () => {
    const { collector } = collecting();
    collector.start();
    collector.start();
    collector.incrementCounter('c');
    await collector.stop();
    await collector.stop();
    collector.incrementCounter('c');
    expect(linesOf(collector, 'c_total')).toEqual(['c_total 2']);
  });

  it('tells how much it keeps', () => {
    const { collector } = collecting();
    const empty = collector.snapshot();
    collector.counter('c', { labels: ['a'] }).inc(1, { a: 1 });
    collector.counter('c').inc(-1);
    collector.counter('c').inc(-1, { a: 1 } as object);
    collector.gauge('g');
    expect(collector.snapshot()).toEqual({
      metrics: empty.metrics + 2,
      series: empty.series + 2,
      overflowed: 0,
      rejected: 2,
      collectErrors: 0,
      overflowing: 0,
      failingRefreshers: 0,
    });
    expect(linesOf(collector, 'evenkeel_metrics_exporter_series')).toEqual([
      `evenkeel_metrics_exporter_series ${empty.series + 2}`,
    ]);
  });

  it('measures its exports on the clock', () => {
    let now = 0;
    const clock = {
      now: () => 0,
      monotonic: () => {
        now += 20;
        return now;
      },
      setTimeout: () => () => {},
      setInterval: () => () => {},
    };
    const collector = new MetricsCollector({ clock });
    collector.exportMetrics('json');
    expect(linesOf(collector, 'evenkeel_metrics_exporter_last_export_duration_seconds')).toEqual([
      'evenkeel_metrics_exporter_last_export_duration_seconds 0.02',
    ]);
  });
});
