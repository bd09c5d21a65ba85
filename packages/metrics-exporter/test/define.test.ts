import { ConfigurationError, type Meter, StateError } from '@evenkeel/core';
import { type CounterInstrument, MetricsCollector, type MetricType } from '@evenkeel/metrics-exporter';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { collecting, linesOf } from './support/collecting.ts';

const define = (name: string, definition: object): (() => unknown) => {
  const collector = new MetricsCollector();
  return () => collector.defineMetric(name, definition as { type: MetricType });
};

describe('defining a metric', () => {
  it('gives the same instrument when asked again, and compares only what is said', () => {
    const collector = new MetricsCollector();
    const first = collector.defineMetric('requests', {
      type: 'counter',
      description: 'Requests.',
      labels: ['method'],
    });
    expect(collector.counter('requests')).toBe(first);
    expect(collector.counter('requests', { description: 'Others', labels: ['method'] })).toBe(first);
    expect(collector.defineMetric('requests', { type: 'counter' })).toBe(first);
    expect(collector.exportMetrics('prometheus')).toContain('# HELP requests_total Requests.\n');
  });

  it('refuses another schema under the name, and says what differs from where', () => {
    const collector = new MetricsCollector();
    collector.histogram('latency_seconds', { labels: ['a', 'b'], buckets: [2, 1] });
    expect(() => collector.histogram('latency_seconds', { labels: ['b', 'a'], buckets: [1, 2, 3] })).toThrow(
      /^metric "latency_seconds":\n {2}labels must be \["a","b"\] as in its first definition \(at .*define\.test\.ts:\d+:\d+\)?.*\), got \["b","a"\]\n {2}buckets must be \[1,2\] as in .*, got \[1,2,3\]$/,
    );
    expect(() => collector.gauge('latency_seconds')).toThrow(
      /type must be "histogram" as in its first definition .*, got "gauge"/,
    );
    expect(() => collector.histogram('latency_seconds', { maxSeries: 7 })).toThrow(/maxSeries must be 1000/);
    expect(() => collector.histogram('latency_seconds', { unit: 'bytes' })).toThrow(/unit must be undefined/);
    expect(collector.histogram('latency_seconds', { buckets: [1, 2], maxSeries: 1000 })).toBe(
      collector.histogram('latency_seconds'),
    );
  });

  it.each([
    ['1st', {}, 'name must be letters, digits and underscores, not beginning with a digit, got "1st"'],
    ['a-b', {}, 'name must be letters'],
    ['a:b', {}, 'name must be letters'],
    ['', {}, 'name must be letters'],
    ['up', { type: 'gauge' }, 'one that does not export up, which Prometheus writes itself'],
    ['scrape_duration', { type: 'timer' }, 'export scrape_duration_seconds, which Prometheus writes itself'],
    ['m', { labels: ['__name__'] }, "labels[0] must be a name without leading '__'"],
    ['m', { labels: ['ok', '0k'] }, 'labels[1] must be letters'],
    ['m', { labels: ['a', 'a'] }, 'labels[1] must be listed once, got "a"'],
    ['m', { type: 'histogram', labels: ['le'] }, "another name: a histogram has a label 'le' of its own"],
    ['m', { type: 'timer', labels: ['le'] }, "another name: a timer has a label 'le' of its own"],
    ['m', { type: 'summary', labels: ['quantile'] }, "a summary has a label 'quantile' of its own"],
    ['m', { type: 'histogram', buckets: [1, 1] }, 'buckets must be a list of distinct numbers, got [1,1]'],
    ['m', { type: 'histogram', buckets: [1, Number.NaN] }, 'buckets[1] must be a number'],
    ['m', { type: 'histogram', buckets: [1, Infinity] }, 'buckets[1] must be a number, got Infinity'],
    ['m', { buckets: [1] }, 'buckets must be absent: a counter has no buckets'],
    ['m', { quantiles: [0.5] }, 'quantiles must be absent: a counter has no quantiles'],
    ['m', { type: 'summary', quantiles: [1.5] }, 'quantiles[0] must be a number from 0 to 1, got 1.5'],
    ['m', { unit: 'ms' }, 'unit must be a base unit: \'seconds\', with values to match, got "ms"'],
    ['m', { unit: '%' }, "unit must be a base unit: 'ratio'"],
    ['m', { unit: 'a b' }, 'unit must be letters'],
    ['m', { type: 'timer', unit: 'bytes' }, "unit must be absent or 'ms'"],
    ['m', { type: 'rate' }, 'type must be one of "counter", "gauge", "histogram", "summary", "timer"'],
    ['m', { label: ['a'] }, 'label must be absent'],
    ['m', { maxSeries: 0 }, 'maxSeries must be a positive integer, got 0'],
  ])('refuses %j with %j', (name, definition, message) => {
    const attempt = define(name, { type: 'counter', ...definition });
    expect(attempt).toThrow(ConfigurationError);
    expect(attempt).toThrow(message);
  });

  it('names every fault at once', () => {
    expect(define('a b', { type: 'counter', labels: ['__x'], buckets: [1] })).toThrow(
      /name must be .*\n.*labels\[0\] must be .*\n.*buckets must be/,
    );
  });

  it.each([
    ['foo', 'histogram', 'foo_count', 'gauge'],
    ['foo', 'histogram', 'foo_bucket', 'gauge'],
    ['foo_sum', 'gauge', 'foo', 'summary'],
    ['foo', 'counter', 'foo_total', 'counter'],
    ['foo', 'counter', 'foo_total', 'gauge'],
    ['foo_total', 'counter', 'foo', 'gauge'],
    ['foo_created', 'gauge', 'foo', 'counter'],
    ['foo', 'timer', 'foo_seconds', 'histogram'],
    ['foo_ms', 'timer', 'foo_seconds_count', 'gauge'],
  ] as const)(
    'refuses names that would clash in an export: %s, a %s, and %s, a %s',
    (first, firstType, second, secondType) => {
      const collector = new MetricsCollector();
      collector.defineMetric(first, { type: firstType });
      expect(() => collector.defineMetric(second, { type: secondType })).toThrow(
        new RegExp(`name must be one that does not export foo\\w*, which ${first} takes up`),
      );
    },
  );

  it.each([
    ['requests', 'counter', undefined, 'requests_total'],
    ['requests_total', 'counter', undefined, 'requests_total'],
    ['sent', 'counter', 'bytes', 'sent_bytes_total'],
    ['sent_total', 'counter', 'bytes', 'sent_bytes_total'],
    ['sent_bytes_total', 'counter', 'bytes', 'sent_bytes_total'],
    ['heap', 'gauge', 'bytes', 'heap_bytes'],
    ['heap_bytes', 'gauge', 'bytes', 'heap_bytes'],
    ['query', 'timer', undefined, 'query_seconds'],
    ['query_ms', 'timer', 'ms', 'query_seconds'],
    ['query_seconds', 'timer', 'seconds', 'query_seconds'],
    ['size', 'histogram', 'bytes', 'size_bytes'],
  ] as const)('exports %s, a %s in %s, as %s', (name, type, unit, exportedName) => {
    const collector = new MetricsCollector();
    collector.defineMetric(name, { type, ...(unit && { unit }) });
    const found = collector.collect().metrics.find((metric) => metric.name === name);
    expect(found?.exportedName).toBe(exportedName);
    expect(collector.exportMetrics('prometheus')).toContain(`\n# TYPE ${exportedName} `);
  });

  it('sorts buckets, so that counts are right', () => {
    const collector = new MetricsCollector({ defaultBuckets: [3, 1] });
    collector.histogram('given', { buckets: [10, 1, 5] }).observe(2);
    collector.histogram('defaulted').observe(2);
    expect(linesOf(collector, 'given')).toEqual([
      'given_bucket{le="1"} 0',
      'given_bucket{le="5"} 1',
      'given_bucket{le="10"} 1',
      'given_bucket{le="+Inf"} 1',
      'given_sum 2',
      'given_count 1',
    ]);
    expect(linesOf(collector, 'defaulted')[1]).toBe('defaulted_bucket{le="3"} 1');
  });

  it('takes no more than maxMetrics', () => {
    const collector = new MetricsCollector({ maxMetrics: 2 });
    collector.counter('a');
    collector.counter('b');
    expect(() => collector.counter('c')).toThrow(StateError);
    expect(() => collector.counter('c')).toThrow('raise maxMetrics');
    expect(() => collector.counter('a')).not.toThrow();
  });

  it('refuses bad options, all at once', () => {
    const options = { maxSeries: 0, defaultBuckets: [1, 'x'], maxSerie: 1 } as object;
    expect(() => new MetricsCollector(options)).toThrow(
      /maxSerie must be absent.*\n.*maxSeries must be a positive integer.*\n.*defaultBuckets\[1\] must be/,
    );
    expect(() => new MetricsCollector({ defaultBuckets: [1, 1] })).toThrow(
      'defaultBuckets must be a list of distinct',
    );
  });

  it('is typed by type and labels, and a Meter', () => {
    const { collector } = collecting();
    const meter: Meter = collector;
    const counter = collector.defineMetric('typed', { type: 'counter', labels: ['method', 'status'] });
    expectTypeOf(counter).toEqualTypeOf<CounterInstrument<'method' | 'status'>>();
    expectTypeOf(counter.inc)
      .parameter(1)
      .toEqualTypeOf<Readonly<Record<'method' | 'status', string | number | boolean>> | undefined>();
    // @ts-expect-error: a label is missing
    expect(() => counter.labels({ method: 'GET' })).not.toThrow();
    // @ts-expect-error: a gauge has no buckets
    expect(() => collector.defineMetric('gauge', { type: 'gauge', buckets: [1] })).toThrow('absent');
    meter
      .counter('by_meter', { labels: ['a'] })
      .labels({ a: 1 })
      .inc(2);
    meter.gauge('by_meter_gauge').add(-1);
    meter.histogram('by_meter_histogram', { buckets: [1] }).observe(1);
    expect(linesOf(collector, 'by_meter_total')).toEqual(['by_meter_total{a="1"} 2']);
    expect(linesOf(collector, 'by_meter_gauge')).toEqual(['by_meter_gauge -1']);
    expect(linesOf(collector, 'by_meter_histogram')[0]).toBe('by_meter_histogram_bucket{le="1"} 1');
  });
});
