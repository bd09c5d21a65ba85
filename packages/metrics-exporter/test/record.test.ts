import { VirtualClock } from '@evenkeel/core';
import { MetricsCollector } from '@evenkeel/metrics-exporter';
import { describe, expect, it } from 'vitest';
import { collecting, linesOf, selfLines } from './support/collecting.ts';

describe('instruments', () => {
  it('records without labels, with a label object, through a handle and by position alike', () => {
    const { collector, errors } = collecting();
    const bare = collector.counter('bare');
    bare.inc();
    bare.inc(2.5);
    const counter = collector.counter('labelled', { labels: ['method', 'status'] });
    counter.inc(1, { method: 'GET', status: 200 });
    counter.inc(undefined, { status: '200', method: 'GET' });
    counter.labels({ method: 'GET', status: '200' }).inc(3);
    counter.labelValues('GET', 200).inc();
    counter.labelValues('GET', true).inc();
    expect(linesOf(collector, 'bare_total')).toEqual(['bare_total 3.5']);
    expect(linesOf(collector, 'labelled_total')).toEqual([
      'labelled_total{method="GET",status="200"} 6',
      'labelled_total{method="GET",status="true"} 1',
    ]);
    expect(counter.labelValues('GET', 200)).toBe(counter.labels({ method: 'GET', status: '200' }));
    expect(errors).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5])('tells %i labels apart in every position', (depth) => {
    const labels = Array.from({ length: depth }, (_, index) => `l${index}`);
    const { collector, errors } = collecting();
    const counter = collector.counter('deep', { labels });
    const sets = labels.map((_, changed) => labels.map((_, index) => (index === changed ? 'x' : 'y')));
    for (const values of [...sets, ...sets]) {
      counter.inc(1, Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ''])));
      counter.labelValues(...values).inc();
    }
    expect(linesOf(collector, 'deep_total')).toEqual(
      sets.map((values) => `deep_total{${labels.map((l, i) => `${l}="${values[i]}"`).join()}} 4`),
    );
    expect(errors).toEqual([]);
  });

  it('moves gauges both ways and keeps what is no finite number', () => {
    const { collector } = collecting();
    const gauge = collector.gauge('g', { labels: ['a'] });
    gauge.set(5, { a: 1 });
    gauge.add(-1.5, { a: 1 });
    gauge.inc(undefined, { a: 1 });
    gauge.dec(2, { a: 1 });
    const handle = gauge.labels({ a: 2 });
    handle.inc();
    handle.dec();
    handle.dec(3);
    gauge.set(Number.NaN, { a: 'nan' });
    gauge.set(-Infinity, { a: 'low' });
    gauge.set(Infinity, { a: 'high' });
    expect(linesOf(collector, 'g')).toEqual([
      'g{a="1"} 2.5',
      'g{a="2"} -3',
      'g{a="nan"} NaN',
      'g{a="low"} -Inf',
      'g{a="high"} +Inf',
    ]);
  });

  it('sorts observations into buckets whose bounds are inclusive', () => {
    const { collector } = collecting();
    const bounds = [-10, -0.5, 0, 1e-320, 0.3, 0.31, 0.32, 1, 2 ** 31, 1e300];
    const histogram = collector.histogram('h', { buckets: bounds });
    const values = bounds.flatMap((bound) => [
      bound,
      bound - Math.abs(bound) * 1e-10,
      bound + Math.abs(bound) * 1e-10,
    ]);
    values.push(-1e308, 1e308, -0, Number.MIN_VALUE, -Number.MIN_VALUE);
    for (const value of values) histogram.observe(value);
    const [metric] = collector.collect().metrics.filter(({ name }) => name === 'h');
    const expected = [...bounds, Infinity].map((le) => ({
      le,
      count: values.filter((value) => value <= le).length,
    }));
    expect(metric?.series).toMatchObject([{ count: values.length, buckets: expected }]);
  });

  it('counts without buckets and without quantiles', () => {
    const { collector } = collecting();
    collector.histogram('h', { buckets: [] }).observe(3);
    collector.summary('s', { quantiles: [] }).observe(3);
    expect(linesOf(collector, 'h')).toEqual(['h_bucket{le="+Inf"} 1', 'h_sum 3', 'h_count 1']);
    expect(linesOf(collector, 's')).toEqual(['s_sum 3', 's_count 1']);
  });

  it('gives a summary its quantiles within one percent, NaN before the first observation', () => {
    const { collector } = collecting();
    const summary = collector.summary('s', { labels: ['a'], quantiles: [0.99, 0.5] });
    summary.labels({ a: 'empty' });
    for (let value = 1; value <= 1000; value++) summary.observe(value, { a: 'full' });
    expect(linesOf(collector, 's').slice(0, 4)).toEqual([
      's{a="empty",quantile="0.5"} NaN',
      's{a="empty",quantile="0.99"} NaN',
      's_sum{a="empty"} 0',
      's_count{a="empty"} 0',
    ]);
    const [, full] = collector.collect().metrics.find(({ name }) => name === 's')?.series ?? [];
    expect(full).toMatchObject({ count: 1000, sum: 500_500 });
    const quantiles = full && 'quantiles' in full ? full.quantiles : [];
    expect(quantiles.map(({ quantile }) => quantile)).toEqual([0.5, 0.99]);
    for (const { quantile, value } of quantiles) {
      expect(Math.abs(value / (quantile * 1000) - 1)).toBeLessThan(0.011);
    }
  });

  it('takes milliseconds of timers and exports seconds', () => {
    const clock = new VirtualClock();
    const { collector, errors } = collecting({ clock });
    const timer = collector.timer('query', { labels: ['table', 'outcome'], buckets: [35, 10] });
    timer.observe(35, { table: 'a', outcome: 'hit' });
    const stop = timer.startTimer({ table: 'a' });
    clock.advance(12);
    expect(stop({ outcome: 'hit' })).toBe(12);
    clock.advance(100);
    expect(stop({ outcome: 'hit' })).toBe(12);
    const stopBound = timer.labelValues('a', 'hit').startTimer();
    clock.advance(2000);
    expect(stopBound()).toBe(2000);
    expect(stopBound()).toBe(2000);
    expect(linesOf(collector, 'query_seconds')).toEqual([
      'query_seconds_bucket{table="a",outcome="hit",le="0.01"} 0',
      'query_seconds_bucket{table="a",outcome="hit",le="0.035"} 2',
      'query_seconds_bucket{table="a",outcome="hit",le="+Inf"} 3',
      'query_seconds_sum{table="a",outcome="hit"} 2.047',
      'query_seconds_count{table="a",outcome="hit"} 3',
    ]);
    const stopBare = collector.timer('bare').startTimer();
    clock.advance(3);
    expect(stopBare()).toBe(3);
    expect(errors).toEqual([]);
  });

  it('exports metrics without labels from their definition on', () => {
    const { collector } = collecting();
    collector.counter('c');
    collector.gauge('g');
    collector.summary('s', { quantiles: [0.5] });
    expect(['c_total', 'g', 's'].flatMap((name) => linesOf(collector, name))).toEqual([
      'c_total 0',
      'g 0',
      's{quantile="0.5"} NaN',
      's_sum 0',
      's_count 0',
    ]);
  });
});

describe('recording by name', () => {
  it('defines what is not defined, with the labels of the first call', () => {
    const { collector, errors } = collecting();
    collector.incrementCounter('requests');
    collector.incrementCounter('requests', 4);
    collector.incrementCounter('by_method', undefined, { method: 'GET' });
    collector.setGauge('depth', -2, { queue: 'mail' });
    collector.recordHistogram('sizes', 3, { kind: 'a' });
    collector.recordSummary('ages', 3);
    collector.recordTimer('work', 250);
    expect(linesOf(collector, 'requests_total')).toEqual(['requests_total 5']);
    expect(linesOf(collector, 'by_method_total')).toEqual(['by_method_total{method="GET"} 1']);
    expect(linesOf(collector, 'depth')).toEqual(['depth{queue="mail"} -2']);
    expect(linesOf(collector, 'sizes').at(-1)).toBe('sizes_count{kind="a"} 1');
    expect(linesOf(collector, 'ages').at(-2)).toBe('ages_sum 3');
    expect(linesOf(collector, 'work_seconds').at(-2)).toBe('work_seconds_sum 0.25');
    expect(errors).toEqual([]);
  });

  it('times functions that return, resolve, throw and reject', async () => {
    const clock = new VirtualClock();
    const { collector, errors } = collecting({ clock });
    collector.timer('job', { labels: ['kind', 'outcome'], buckets: [] });
    const failure = new Error('no');
    const labels = { kind: 'a' };
    const after = async <T>(ms: number, result: () => T): Promise<T> => {
      clock.advance(ms);
      await undefined;
      return result();
    };
    const fail = (): never => {
      throw failure;
    };
    expect(await collector.timeFunction('job', () => 1, labels)).toBe(1);
    expect(await collector.timeFunction('job', () => after(10, () => 2), labels)).toBe(2);
    await expect(collector.timeFunction('job', fail, labels)).rejects.toBe(failure);
    await expect(collector.timeFunction('job', () => after(30, fail), labels)).rejects.toBe(failure);
    await collector.timeFunction('job', () => 0, { ...labels, outcome: 'cached' });
    await collector.timeFunction('undeclared', () => clock.advance(7));
    expect(linesOf(collector, 'job_seconds').filter((line) => !line.includes('bucket'))).toEqual([
      'job_seconds_sum{kind="a",outcome="success"} 0.01',
      'job_seconds_count{kind="a",outcome="success"} 2',
      'job_seconds_sum{kind="a",outcome="error"} 0.03',
      'job_seconds_count{kind="a",outcome="error"} 2',
      'job_seconds_sum{kind="a",outcome="cached"} 0',
      'job_seconds_count{kind="a",outcome="cached"} 1',
    ]);
    expect(linesOf(collector, 'undeclared_seconds').at(-2)).toBe('undeclared_seconds_sum 0.007');
    expect(errors).toEqual([]);
  });
});

describe('what cannot be recorded', () => {
  it('is ignored, counted, and reported once per metric and reason', () => {
    const { collector, errors } = collecting();
    const counter = collector.counter('c');
    const bad = [Number.NaN, -1, Infinity, '5', null, 5n, {}] as number[];
    for (const value of bad) counter.inc(value);
    counter.inc(1);
    const gauge = collector.gauge('g');
    gauge.set('7' as unknown as number);
    gauge.add(Number.NaN);
    gauge.inc(Infinity);
    gauge.set(1);
    const histogram = collector.histogram('h', { buckets: [1] });
    const summary = collector.summary('s', { quantiles: [0.5] });
    const timer = collector.timer('t', { buckets: [1] });
    for (const each of [histogram, summary, timer]) {
      for (const value of [Number.NaN, Infinity, -Infinity, '1', undefined] as number[]) each.observe(value);
    }
    timer.observe(-1);
    expect(linesOf(collector, 'c_total')).toEqual(['c_total 1']);
    expect(linesOf(collector, 'g')).toEqual(['g 1']);
    expect(linesOf(collector, 'h').at(-1)).toBe('h_count 0');
    expect(linesOf(collector, 's')).toEqual(['s{quantile="0.5"} NaN', 's_sum 0', 's_count 0']);
    expect(linesOf(collector, 't_seconds').slice(-2)).toEqual(['t_seconds_sum 0', 't_seconds_count 0']);
    expect(selfLines(collector)).toEqual(['evenkeel_metrics_exporter_rejected_total{reason="value"} 26']);
    expect(errors).toEqual([
      'c takes finite numbers of at least 0, got NaN',
      'g takes numbers, got "7"',
      'h takes finite numbers, got NaN',
      's takes finite numbers, got NaN',
      't takes finite numbers of at least 0, got NaN',
    ]);
  });

  it('is told by labels that do not fit, which no other series takes', () => {
    const { collector, errors } = collecting();
    const counter = collector.counter('c', { labels: ['a', 'b'] });
    const inc = (labels: unknown): void => counter.inc(1, labels as { a: string; b: string });
    inc({ a: '1', b: '2' });
    const misfits = [
      undefined,
      null,
      {},
      { a: '1' },
      { a: '1', c: '2' },
      { a: '1', b: '2', c: '3' },
      { a: '1', b: undefined },
      { a: '1', b: null },
      { a: '1', b: {} },
      { a: '1', b: Symbol('2') },
      'ab',
      7,
      ['1', '2'],
      Object.create({ a: '1' }, {}),
    ];
    for (const labels of misfits) inc(labels);
    counter.labels({ a: '1' } as { a: string; b: string }).inc();
    counter.labelValues('1').inc();
    counter.labelValues('1', '2', '3').inc();
    const bare = collector.counter('bare');
    bare.inc(1, { toString: 'x' } as object);
    bare.labelValues('x').inc();
    bare.inc(1, {});
    bare.labelValues().inc();
    collector.counter('inherited', { labels: ['constructor'] }).inc(1, {} as { constructor: string });
    expect(linesOf(collector, 'c_total')).toEqual(['c_total{a="1",b="2"} 1']);
    expect(linesOf(collector, 'bare_total')).toEqual(['bare_total 2']);
    expect(linesOf(collector, 'inherited_total')).toEqual([]);
    const rejected = misfits.length + 3 + 2 + 1;
    expect(selfLines(collector)).toEqual([
      `evenkeel_metrics_exporter_rejected_total{reason="labels"} ${rejected}`,
    ]);
    expect(errors).toEqual([
      'c takes exactly the labels a, b as text, numbers or booleans, got {}',
      'bare takes no labels, got {"toString":"x"}',
      'inherited takes exactly the labels constructor as text, numbers or booleans, got {}',
    ]);
  });

  it('is told by another type, or a definition that would be wrong', async () => {
    const { collector, errors } = collecting({ maxMetrics: 2 });
    collector.counter('c');
    collector.setGauge('c', 1);
    collector.recordTimer('c', 1);
    collector.incrementCounter('a b');
    collector.incrementCounter('a b');
    collector.incrementCounter(undefined as unknown as string);
    collector.incrementCounter(Symbol('x') as unknown as string);
    collector.setGauge('labels', 1, { __name__: 'x' });
    collector.setGauge('one', Number.NaN);
    collector.setGauge('one', undefined as unknown as number);
    collector.setGauge('two', 2);
    expect(await collector.timeFunction('c', () => 'result')).toBe('result');
    expect(selfLines(collector)).toEqual([
      'evenkeel_metrics_exporter_rejected_total{reason="value"} 1',
      'evenkeel_metrics_exporter_rejected_total{reason="type"} 3',
      'evenkeel_metrics_exporter_rejected_total{reason="definition"} 6',
    ]);
    expect(errors[0]).toBe('c is a counter, and was recorded as a gauge');
    expect(errors).toHaveLength(7);
  });

  it('never takes two label sets for one', () => {
    const { collector } = collecting();
    const counter = collector.counter('c', { labels: ['a', 'b'] });
    const sets = [
      ['x|', 'y'],
      ['x', '|y'],
      ['1,b:2', ''],
      ['1', '2'],
      ['1', ',b:2'],
      ['', '1,b:2'],
      ['a"', 'b'],
      ['a', '"b'],
      ['a\\', 'n'],
      ['a\n', ''],
      ['a\u0000', 'b'],
      ['a', '\u0000b'],
      ['constructor', '__proto__'],
    ] as const;
    for (const [a, b] of sets) counter.inc(1, { a, b });
    const [metric] = collector.collect().metrics.filter(({ name }) => name === 'c');
    expect(metric?.series).toEqual(sets.map(([a, b]) => ({ labels: { a, b }, value: 1 })));
    expect(new Set(linesOf(collector, 'c_total')).size).toBe(sets.length);
  });

  it('forgets nothing when reset, and goes on recording through the same handles', () => {
    const { collector } = collecting();
    const handles = [
      collector.counter('c', { labels: ['a'] }).labels({ a: 1 }),
      collector.gauge('g', { labels: ['a'] }).labels({ a: 1 }),
    ];
    const histogram = collector.histogram('h', { labels: ['a'], buckets: [1] }).labels({ a: 1 });
    const summary = collector.summary('s', { quantiles: [0.5] });
    const use = (): void => {
      for (const each of handles) each.inc(2);
      histogram.observe(1);
      summary.observe(4);
      collector.counter('c').inc(Number.NaN);
    };
    use();
    const before = collector.collect().metrics.filter(({ name }) => name.length === 1);
    collector.reset();
    expect(linesOf(collector, 'c_total')).toEqual(['c_total{a="1"} 0']);
    expect(linesOf(collector, 'h').slice(-2)).toEqual(['h_sum{a="1"} 0', 'h_count{a="1"} 0']);
    expect(linesOf(collector, 's')).toEqual(['s{quantile="0.5"} NaN', 's_sum 0', 's_count 0']);
    expect(collector.snapshot().rejected).toBe(0);
    use();
    expect(collector.collect().metrics.filter(({ name }) => name.length === 1)).toEqual(before);
  });
});

it('works apart from every other collector', () => {
  const [first, second] = [new MetricsCollector(), new MetricsCollector()];
  first.incrementCounter('shared');
  second.incrementCounter('shared', 5);
  expect([first, second].flatMap((each) => linesOf(each, 'shared_total'))).toEqual([
    'shared_total 1',
    'shared_total 5',
  ]);
});
