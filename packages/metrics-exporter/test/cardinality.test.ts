import { describe, expect, it } from 'vitest';
import { collecting, linesOf, selfLines } from './support/collecting.ts';

describe('the cardinality guard', () => {
  it('lets new label sets past maxSeries fall into one overflow series, and counts them', () => {
    const { collector, errors } = collecting({ maxSeries: 2 });
    const counter = collector.counter('c', { labels: ['path', 'method'] });
    for (let id = 0; id < 100; id++) counter.inc(1, { path: `/users/${id}`, method: 'GET' });
    counter.inc(5, { path: '/users/1', method: 'GET' });
    counter.labels({ path: '/new', method: 'GET' }).inc(10);
    expect(linesOf(collector, 'c_total')).toEqual([
      'c_total{path="/users/0",method="GET"} 1',
      'c_total{path="/users/1",method="GET"} 6',
      'c_total{path="__overflow__",method="__overflow__"} 108',
    ]);
    expect(selfLines(collector)).toEqual(['evenkeel_metrics_exporter_overflow_total{metric="c"} 99']);
    expect(errors).toEqual([]);
  });

  it.each(['gauge', 'histogram', 'summary', 'timer'] as const)('guards a %s too', (type) => {
    const { collector } = collecting();
    const instrument = collector.defineMetric('m', { type, labels: ['a'], maxSeries: 3 });
    for (let id = 0; id < 50; id++) {
      const handle = instrument.labels({ a: id });
      if ('observe' in handle) handle.observe(1);
      else handle.set(1);
    }
    const [metric] = collector.collect().metrics.filter(({ name }) => name === 'm');
    expect(metric?.series.map(({ labels }) => labels)).toEqual([
      { a: '0' },
      { a: '1' },
      { a: '2' },
      { a: '__overflow__' },
    ]);
    expect(collector.snapshot()).toMatchObject({ overflowed: 47, overflowing: 1 });
  });

  it('takes the overflow labels for the overflow series itself', () => {
    const { collector } = collecting({ maxSeries: 1 });
    const counter = collector.counter('c', { labels: ['a'] });
    counter.inc(1, { a: '__overflow__' });
    counter.inc(1, { a: 'kept' });
    counter.inc(1, { a: 'more' });
    expect(linesOf(collector, 'c_total')).toEqual(['c_total{a="__overflow__"} 2', 'c_total{a="kept"} 1']);
  });

  it('gives values longer than 1024 characters to the overflow series, so that memory is bounded', () => {
    const { collector } = collecting();
    const counter = collector.counter('c', { labels: ['a'] });
    counter.inc(1, { a: 'x'.repeat(1024) });
    counter.inc(1, { a: 'x'.repeat(1025) });
    counter.inc(1, { a: 'y'.repeat(1025) });
    expect(linesOf(collector, 'c_total')).toEqual([
      `c_total{a="${'x'.repeat(1024)}"} 1`,
      'c_total{a="__overflow__"} 2',
    ]);
  });

  it('takes broken surrogate pairs for the text that an export has for them', () => {
    const { collector } = collecting({ maxSeries: 2 });
    const counter = collector.counter('c', { labels: ['a'] });
    counter.inc(1, { a: 'x\ud800' });
    counter.inc(1, { a: 'x\udfff' });
    counter.labelValues('x\ufffd').inc();
    counter.inc(1, { a: '😀' });
    expect(linesOf(collector, 'c_total')).toEqual(['c_total{a="x\ufffd"} 3', 'c_total{a="😀"} 1']);
  });

  it('makes room when series are removed', () => {
    const { collector } = collecting({ maxSeries: 3 });
    const counter = collector.counter('c', { labels: ['route', 'method'] });
    const [users, , orders] = [
      counter.labelValues('/users', 'GET'),
      counter.labelValues('/users', 'PUT'),
      counter.labelValues('/orders', 'GET'),
    ];
    counter.inc(1, { route: '/lost', method: 'GET' });
    expect(collector.remove('c', { route: '/users' })).toBe(2);
    expect(collector.remove('c', { route: '/users' })).toBe(0);
    expect(collector.remove('c', { none: 'such' })).toBe(0);
    expect(collector.remove('c', { route: undefined } as unknown as { route: string })).toBe(0);
    expect(collector.snapshot().overflowing).toBe(0);
    expect(collector.remove('none', {})).toBe(0);
    users?.inc(50);
    orders?.inc(7);
    counter.inc(2, { route: '/users', method: 'GET' });
    expect(linesOf(collector, 'c_total')).toEqual([
      'c_total{route="/orders",method="GET"} 7',
      'c_total{route="__overflow__",method="__overflow__"} 1',
      'c_total{route="/users",method="GET"} 2',
    ]);
    expect(collector.remove('c', {})).toBe(3);
    counter.inc(1, { route: '/a', method: 'GET' });
    expect(linesOf(collector, 'c_total')).toEqual(['c_total{route="/a",method="GET"} 1']);
    collector.incrementCounter('bare');
    expect(collector.remove('bare', {})).toBe(0);
    expect(linesOf(collector, 'bare_total')).toEqual(['bare_total 1']);
  });

  it('keeps the numbers of removed histograms out of those that come after', () => {
    const { collector } = collecting();
    const histogram = collector.histogram('h', { labels: ['a'], buckets: [1] });
    const handles = Array.from({ length: 200 }, (_, id) => histogram.labels({ a: id }));
    for (const [id, handle] of handles.entries()) handle.observe(id);
    expect(collector.remove('h', { a: 7 })).toBe(1);
    handles[7]?.observe(1000);
    histogram.observe(0.5, { a: 'new' });
    handles[7]?.observe(1000);
    const [metric] = collector.collect().metrics.filter(({ name }) => name === 'h');
    const series = metric?.series ?? [];
    expect(series).toHaveLength(200);
    expect(series.at(-1)).toEqual({
      labels: { a: 'new' },
      count: 1,
      sum: 0.5,
      buckets: [
        { le: 1, count: 1 },
        { le: Infinity, count: 1 },
      ],
    });
    for (const each of series.slice(0, -1)) {
      expect(each).toMatchObject({ count: 1, sum: Number(each.labels.a) });
    }
  });

  it('advises on the metrics past their cap, with evidence', () => {
    const { collector } = collecting();
    const counter = collector.counter('c', { labels: ['path', 'method'], maxSeries: 4 });
    collector.counter('fine', { labels: ['a'] }).inc(1, { a: 1 });
    expect(collector.recommendations()).toEqual([]);
    expect(collector.healthCheck()).toMatchObject({ score: 100, status: 'healthy' });
    for (let id = 0; id < 10; id++) counter.inc(1, { path: `/${id}`, method: 'GET' });
    expect(collector.recommendations()).toEqual([
      {
        id: 'metrics-exporter.series-cap.c',
        component: 'metrics-exporter',
        priority: 'high',
        message: expect.stringContaining('label path has the most values (4)'),
        evidence: { metric: 'c', maxSeries: 4, overflowed: 6, distinctValues: { path: 4, method: 1 } },
        automated: false,
      },
    ]);
    expect(collector.healthCheck()).toMatchObject({
      score: 75,
      status: 'warning',
      metrics: { overflowing: 1 },
    });
    collector.reset();
    expect(collector.recommendations()).toEqual([]);
  });

  it('reports made-up metric names up to a bound', () => {
    const { collector, errors } = collecting({ maxMetrics: 1 });
    for (let id = 0; id < 1000; id++) collector.incrementCounter(`made_up_${id}`);
    expect(collector.snapshot()).toMatchObject({ rejected: 999 });
    expect(errors).toHaveLength(100);
  });
});
