import { MetricsCollector } from '@evenkeel/metrics-exporter';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseText } from '../support/parse-text.ts';

const hostileText = fc.oneof(
  fc.constantFrom(
    '',
    '|',
    ',',
    ':',
    'a|',
    '"',
    '\\',
    '\n',
    '\\n',
    '{}',
    'le="1"',
    '} 1\n',
    '# HELP',
    'é',
    '\0',
    '\r',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const value = fc.oneof(
  fc.constantFrom(0, -0, 1, 0.1, 1e21, 1e-7, 5e-324, 1e308),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 }),
);
const labelNames = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e_1'), { maxLength: 5 });
const metric = fc.record({
  type: fc.constantFrom('counter', 'gauge', 'histogram', 'summary', 'timer'),
  labels: labelNames,
  buckets: fc.uniqueArray(value, { maxLength: 20, comparator: (a, b) => a === b }),
  quantiles: fc.uniqueArray(fc.constantFrom(0, 0.25, 0.5, 0.9, 0.99, 1)),
  description: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
  recordings: fc.array(fc.tuple(fc.array(hostileText, { minLength: 5, maxLength: 5 }), value), {
    maxLength: 12,
  }),
});

/** Samples by the JSON text of their names and labels: what the text must say, computed from the recordings. */
type Samples = Map<string, number>;
type Metric = typeof metric extends fc.Arbitrary<infer T> ? T : never;

const keyOf = (name: string, labels: Record<string, string>): string =>
  JSON.stringify([name, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);

it('is read back by an independent parser as it was recorded', () => {
  fc.assert(
    fc.property(fc.array(metric, { maxLength: 6 }), (metrics) => {
      const collector = new MetricsCollector();
      const expected: Samples = new Map();
      for (const [index, each] of metrics.entries()) record(collector, `m${index}`, each, expected);
      const families = parseText(collector.exportMetrics('prometheus')).filter(
        ({ name }) => !name.startsWith('evenkeel_'),
      );
      const samples = families.flatMap((family) => family.samples);
      const actual: Samples = new Map(
        samples.map(({ name, labels, value: read }) => [keyOf(name, labels), read]),
      );
      expect(actual.size, 'each series is there once').toBe(samples.length);
      expect(actual).toEqual(expected);
      expect(families.map(({ help }) => help)).toEqual(metrics.map(({ description }) => description));
    }),
    { numRuns: 150 },
  );
});

function record(collector: MetricsCollector, name: string, each: Metric, expected: Samples): void {
  const { type, labels, buckets, quantiles, description, recordings } = each;
  // Of a timer's bounds, those that are distinct in seconds too.
  const bounds = type === 'timer' ? [...new Map(buckets.map((ms) => [ms / 1000, ms])).values()] : buckets;
  const instrument = collector.defineMetric(name, {
    type,
    labels,
    description,
    ...((type === 'histogram' || type === 'timer') && { buckets: bounds }),
    ...(type === 'summary' && { quantiles }),
  } as { type: Metric['type']; labels: string[] });
  const observations = new Map<string, { labels: Record<string, string>; values: number[] }>();
  const observe = (of: Record<string, string>, observed?: number): void => {
    const key = keyOf(name, of);
    const known = observations.get(key) ?? { labels: of, values: [] };
    observations.set(key, known);
    if (observed !== undefined) known.values.push(observed);
  };
  if (labels.length === 0) observe({});
  for (const [texts, recorded] of recordings) {
    const of = Object.fromEntries(labels.map((label, index) => [label, texts[index] ?? '']));
    const positive = Math.abs(recorded);
    if (type === 'counter' && 'inc' in instrument) {
      instrument.inc(positive, of);
      observe(of, positive);
    } else if (type === 'gauge' && 'set' in instrument) {
      instrument.set(recorded, of);
      observe(of, recorded);
    } else if ('observe' in instrument) {
      const observed = type === 'timer' ? positive : recorded;
      instrument.observe(observed, of);
      observe(of, type === 'timer' ? observed / 1000 : observed);
    }
  }
  for (const { labels: of, values } of observations.values()) {
    const add = (suffix: string, read: number, more: Record<string, string> = {}): void => {
      const unit = type === 'timer' ? '_seconds' : '';
      // The text has no sign for zero.
      expected.set(keyOf(`${name}${unit}${suffix}`, { ...of, ...more }), read + 0);
    };
    const sum = values.reduce((total, next) => total + next, 0);
    if (type === 'counter') add('_total', sum);
    else if (type === 'gauge') add('', values.at(-1) ?? 0);
    else add('_count', values.length);
    if (type === 'histogram' || type === 'timer') add('_sum', sum);
    if (type === 'histogram' || type === 'timer') {
      const inUnit = type === 'timer' ? bounds.map((bound) => bound / 1000) : bounds;
      for (const bound of [...inUnit, Infinity]) {
        const le = bound === Infinity ? '+Inf' : String(bound);
        add('_bucket', values.filter((each) => each <= bound).length, { le });
      }
    }
    if (type === 'summary') {
      const series = collector.collect().metrics.find((found) => found.name === name)?.series ?? [];
      const own = series.find((found) => keyOf(name, found.labels) === keyOf(name, of));
      if (!own || !('quantiles' in own)) throw new Error('the series is missing');
      // Estimates and the order of additions are the sketch's business; the text must say the same.
      add('_sum', own.sum);
      for (const { quantile, value: read } of own.quantiles) add('', read, { quantile: String(quantile) });
    }
  }
}
