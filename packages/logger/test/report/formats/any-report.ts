import fc from 'fast-check';
import { AREAS, type Area } from '../../../src/log-record.ts';
import { readable } from '../../../src/report/formats/text/printable.ts';
import type {
  AreaReport,
  BenchmarkReport,
  Comparison,
  EventReport,
  MetricReport,
  NamedValue,
  PerformanceReport,
  ReportAnomaly,
  ReportPoint,
  ReportRange,
  ReportRecommendation,
  ReportSummary,
  ReportTrend,
} from '../../../src/report/report.ts';

/** Texts that break out of what they are put into, where it is not closed. */
export const HOSTILE_TEXTS = [
  '<script>alert(1)</script>',
  '</style><img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "' onmouseover='alert(1)",
  ']]>',
  '-->',
  '<!--',
  '&lt;b&gt; &amp;amp; &#60;',
  '=cmd|"/C calc"!A0',
  '+1+1',
  '-2+3',
  '@SUM(1)',
  "'=already",
  'a;=1+1',
  'a;"=1+1"',
  'a\t=1+1',
  'a\n=1+1',
  '＝1+1',
  '"quoted", and more',
  '| a | b |\n|---|---|',
  '\\| \\\\| \\',
  '# heading #',
  '- item',
  '1. item',
  '> quote',
  '```\nfence',
  '`code` `` two ``',
  '*a* **b** _c_ __d__ ~~e~~ $f$',
  '[link](javascript:alert(1)) ![image](http://example.org/x.png)',
  'https://example.org www.example.org <https://example.org>',
  '\u202eevil\u202c \u2066isolated',
  'שלום עולם',
  '\ud800 alone \udc00',
  'nul \0 and \u001b[31m escape \u007f \u0085',
  '\u2028 \u2029 \ufeff \uffff',
  'first\r\nsecond\rthird',
  '  ',
  '__proto__',
  'a very long one '.repeat(400),
];

export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ unit: 'binary', maxLength: 24 }),
  fc.string({ unit: fc.constantFrom(...'=+-@\'";,\t\n\r|\\`*_[]<>&#$~:./ax1 '), maxLength: 16 }),
);

/* JSON knows no negative zero. */
const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  fc.integer({ min: -2000, max: 2000 }).map((value) => value / 8 + 0),
  fc.constantFrom(0, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 1e21, 1e-7),
);
const anyRatio = fc.double({ min: 0, max: 1, noNaN: true });
const anyCount = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const anyTime = fc.oneof(
  fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
  fc.constantFrom(0, -1, Number.MAX_SAFE_INTEGER, 8.64e15),
);
const anyVerdict = fc.constantFrom('good', 'warning', 'critical', 'unknown');
const anyInterval = fc.tuple(anyNumber, anyNumber);
const anyArea = fc.constantFrom(...AREAS);

type Shape<T> = { readonly [Name in keyof T]-?: fc.Arbitrary<T[Name]> };

/** Records of these fields; the named ones may be absent. */
function record<T extends object, Optional extends keyof T = never>(
  shape: Shape<T>,
  ...optional: readonly Optional[]
): fc.Arbitrary<T> {
  const requiredKeys = (Object.keys(shape) as (keyof T)[]).filter(
    (name) => !optional.includes(name as Optional),
  );
  return fc.record(shape, { requiredKeys, noNullPrototype: true }) as unknown as fc.Arbitrary<T>;
}

const anyRange = record<ReportRange>({ from: anyTime, to: anyTime, label: anyText });

const anyNamedValue = record<NamedValue>({
  name: anyText,
  value: anyNumber,
  unit: anyText,
  verdict: anyVerdict,
});

const anyComparison = record<Comparison, 'change' | 'interval'>(
  {
    mean: anyNumber,
    change: anyNumber,
    interval: anyInterval,
    judgement: fc.constantFrom('better', 'worse', 'changed', 'same', 'unclear'),
    message: anyText,
  },
  'change',
  'interval',
);

const anyPoints = fc
  .uniqueArray(record<ReportPoint>({ time: anyTime, mean: anyNumber, min: anyNumber, max: anyNumber }), {
    selector: ({ time }) => time,
    maxLength: 6,
  })
  .map((points) => points.toSorted((a, b) => a.time - b.time));

export const anyMetric: fc.Arbitrary<MetricReport> = record<
  MetricReport,
  'better' | 'reason' | 'target' | 'previous' | 'baseline'
>(
  {
    name: anyText,
    unit: anyText,
    description: anyText,
    better: fc.constantFrom('lower', 'higher'),
    count: anyCount,
    mean: anyNumber,
    min: anyNumber,
    max: anyNumber,
    p50: anyNumber,
    p95: anyNumber,
    p99: anyNumber,
    verdict: anyVerdict,
    reason: anyText,
    target: anyNumber,
    previous: anyComparison,
    baseline: anyComparison,
    points: anyPoints,
  },
  'better',
  'reason',
  'target',
  'previous',
  'baseline',
);

function anyAreaReport(area: Area): fc.Arbitrary<AreaReport> {
  return record<AreaReport>({
    area: fc.constant(area),
    title: anyText,
    verdict: anyVerdict,
    summary: anyText,
    metrics: fc.array(anyMetric, { maxLength: 2 }),
  });
}

const anyDetailed = fc
  .uniqueArray(anyArea, { maxLength: 3 })
  .chain((areas) => fc.tuple(...areas.map(anyAreaReport)))
  .map((areas): PerformanceReport['detailed'] => Object.fromEntries(areas.map((each) => [each.area, each])));

const anyBenchmark = record<BenchmarkReport, 'standardDeviationMs' | 'interval' | 'previous'>(
  {
    id: anyText,
    runs: anyCount,
    meanMs: anyNumber,
    medianMs: anyNumber,
    minMs: anyNumber,
    maxMs: anyNumber,
    p95Ms: anyNumber,
    standardDeviationMs: anyNumber,
    interval: anyInterval,
    measurements: fc.array(
      record<BenchmarkReport['measurements'][number]>({
        label: anyText,
        runs: anyCount,
        medianDeltaMs: anyNumber,
      }),
      { maxLength: 2 },
    ),
    previous: anyComparison,
  },
  'standardDeviationMs',
  'interval',
  'previous',
);

const anyEvent = record<EventReport, 'previousCount'>(
  {
    type: anyText,
    count: anyCount,
    previousCount: anyCount,
    samples: fc.array(record<EventReport['samples'][number]>({ time: anyTime, data: anyText }), {
      maxLength: 2,
    }),
  },
  'previousCount',
);

/** Reports that keep to their type, with whatever texts, numbers and times. */
export const anyReport: fc.Arbitrary<PerformanceReport> = record<
  PerformanceReport,
  'previousRange' | 'resourceUsage'
>(
  {
    version: fc.constant(1),
    title: anyText,
    timeRange: anyRange,
    previousRange: anyRange,
    instances: fc.array(anyText, { maxLength: 3 }),
    summary: record<ReportSummary>({
      verdict: anyVerdict,
      headline: anyText,
      sentences: fc.array(anyText, { maxLength: 2 }),
      keyFigures: fc.array(anyNamedValue, { maxLength: 2 }),
    }),
    detailed: anyDetailed,
    recommendations: fc.array(
      record<ReportRecommendation, 'area'>(
        {
          id: anyText,
          priority: fc.constantFrom('low', 'medium', 'high', 'critical'),
          area: anyArea,
          message: anyText,
          evidence: fc.array(anyText, { maxLength: 2 }),
        },
        'area',
      ),
      { maxLength: 2 },
    ),
    trends: fc.array(
      record<ReportTrend>({
        metric: anyText,
        area: anyArea,
        unit: anyText,
        direction: fc.constantFrom('rising', 'falling'),
        judgement: fc.constantFrom('better', 'worse', 'neutral'),
        slopePerHour: anyNumber,
        interval: anyInterval,
        confidence: anyRatio,
        message: anyText,
      }),
      { maxLength: 2 },
    ),
    anomalies: fc.array(
      record<ReportAnomaly>({
        metric: anyText,
        area: anyArea,
        unit: anyText,
        severity: fc.constantFrom('info', 'warning', 'critical'),
        from: anyTime,
        to: anyTime,
        value: anyNumber,
        expected: anyInterval,
        message: anyText,
      }),
      { maxLength: 2 },
    ),
    benchmarks: fc.uniqueArray(anyBenchmark, { selector: ({ id }) => id, maxLength: 2 }),
    events: fc.array(anyEvent, { maxLength: 2 }),
    resourceUsage: fc.array(anyNamedValue, { minLength: 1, maxLength: 2 }),
    notes: fc.array(anyText, { maxLength: 2 }),
  },
  'previousRange',
  'resourceUsage',
);

/** Nothing was recorded. */
export const EMPTY_REPORT: PerformanceReport = {
  version: 1,
  title: 'Nothing',
  timeRange: { from: 0, to: 0, label: '' },
  instances: [],
  summary: { verdict: 'unknown', headline: 'Nothing was recorded.', sentences: [], keyFigures: [] },
  detailed: {},
  recommendations: [],
  trends: [],
  anomalies: [],
  benchmarks: [],
  events: [],
  notes: [],
};

/**
 * The same report with other texts: all but those that the type names, and the empty ones. The same text becomes the
 * same text again.
 */
export function withTexts(report: PerformanceReport, change: (text: string) => string): PerformanceReport {
  const named = new Set(['verdict', 'priority', 'area', 'judgement', 'direction', 'severity', 'better']);
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return named.has(key) || value === '' ? value : change(value);
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each, name)]));
  };
  return walk(report, '') as PerformanceReport;
}

/** Texts without meaning to any format, a different one for each that is asked for. */
export function harmlessTexts(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    // What is seen as nothing stays nothing.
    if (readable(text) === '') return text;
    const harmless = known.get(text) ?? `x${known.size}`;
    known.set(text, harmless);
    return harmless;
  };
}
