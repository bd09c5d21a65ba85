import { seededRandom } from '@evenkeel/core';
import type { Area } from '../../../src/log-record.ts';
import type {
  AreaReport,
  Comparison,
  MetricReport,
  PerformanceReport,
  ReportPoint,
  Verdict,
} from '../../../src/report/report.ts';

const MINUTE = 60_000;
const FROM = Date.UTC(2026, 10, 22, 8, 0);
const TO = FROM + 60 * MINUTE;

const random = seededRandom(7);

/** Four significant digits, as reports have them. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function course(
  mean: (minute: number) => number,
  spread: number,
  isKnown = (_minute: number) => true,
): ReportPoint[] {
  return Array.from({ length: 60 }, (_, minute) => minute)
    .filter(isKnown)
    .map((minute) => {
      const value = mean(minute) * (1 + (random() - 0.5) * spread * 0.4);
      return {
        time: FROM + minute * MINUTE,
        mean: rounded(value),
        min: rounded(value * (1 - spread * (0.3 + 0.4 * random()))),
        max: rounded(value * (1 + spread * (0.6 + 1.2 * random()))),
      };
    });
}

type Described = Pick<MetricReport, 'name' | 'unit' | 'description' | 'points' | 'verdict'> &
  Partial<MetricReport>;

function metric(described: Described): MetricReport {
  const means = described.points.map(({ mean }) => mean);
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  const max = Math.max(...described.points.map((point) => point.max));
  return {
    count: described.points.length * 1214,
    mean: rounded(mean),
    min: Math.min(...described.points.map((point) => point.min)),
    max,
    p50: rounded(mean * 0.94),
    p95: rounded(mean + (max - mean) * 0.45),
    p99: rounded(mean + (max - mean) * 0.8),
    ...described,
  };
}

function area(
  name: Area,
  title: string,
  verdict: Verdict,
  summary: string,
  metrics: MetricReport[],
): AreaReport {
  return { area: name, title, verdict, summary, metrics };
}

const WORSE: Comparison = {
  mean: 118.2,
  change: 0.3541,
  interval: [0.2213, 0.4876],
  judgement: 'worse',
  message: 'Response times were 35.4 % longer than in the hour before.',
};
const SAME: Comparison = {
  mean: 121.9,
  change: -0.0042,
  interval: [-0.018, 0.0113],
  judgement: 'same',
  message: 'No difference to the baseline of release 4.2 beyond chance.',
};

const detailed: PerformanceReport['detailed'] = {
  memory: area(
    'memory',
    'Memory',
    'critical',
    'The heap has been growing since 08:20 and does not come back.',
    [
      metric({
        name: 'memory-usage',
        unit: 'MB',
        description: 'Resident set size of the process.',
        better: 'lower',
        points: course((minute) => 412 + (minute > 20 ? (minute - 20) * 11 : 0), 0.03),
        verdict: 'critical',
        reason: 'The limit of 1024 MB is reached in about 20 minutes, if it goes on like this.',
        target: 900,
      }),
      metric({
        name: 'gc-pause',
        unit: 'ms',
        description: 'Time in which a collection stopped everything else.',
        better: 'lower',
        points: course((minute) => 6 + minute / 20, 0.9),
        verdict: 'good',
        reason: 'p99 of 13 ms is below the target of 50 ms.',
        target: 50,
      }),
    ],
  ),
  http: area('http', 'HTTP', 'warning', 'Most requests are quick; a tenth of them waits for the database.', [
    metric({
      name: 'response-time',
      unit: 'ms',
      description: 'From the first byte of the request to the last one of the answer.',
      better: 'lower',
      points: course(
        (minute) => 130 + 18 * Math.sin(minute / 7) + (minute >= 41 && minute < 46 ? 190 : 0),
        0.8,
        (minute) => minute < 26 || minute > 31,
      ),
      verdict: 'warning',
      reason: 'p95 of 318 ms is above the target of 200 ms.',
      target: 200,
      previous: WORSE,
      baseline: SAME,
    }),
    metric({
      name: 'requests',
      unit: 'requests/s',
      description: 'Answered requests.',
      points: course((minute) => 1240 + 210 * Math.sin(minute / 11), 0.15),
      verdict: 'unknown',
      previous: {
        mean: 1190,
        change: 0.0521,
        judgement: 'unclear',
        message: 'About as many as in the hour before.',
      },
    }),
    metric({
      name: 'error-rate',
      unit: '%',
      description: 'Answers with a status of 500 or above.',
      better: 'lower',
      points: course((minute) => (minute >= 41 && minute < 46 ? 2.4 : 0.06), 0.9).map((point) => ({
        ...point,
        min: 0,
        max: rounded(point.max * 9),
      })),
      verdict: 'good',
      target: 1,
    }),
  ]),
  database: area('database', 'Database', 'good', 'All statements within their targets.', [
    metric({
      name: 'query-time',
      unit: 'ms',
      description: 'Time of a statement, without waiting for a connection.',
      better: 'lower',
      points: course(() => 8.4, 0.7),
      verdict: 'good',
      target: 25,
    }),
    metric({
      name: 'pool-waiting',
      unit: '',
      description: 'Callers that wait for a connection.',
      better: 'lower',
      points: course((minute) => (minute >= 40 && minute < 47 ? 14 : 0), 0.6),
      verdict: 'unknown',
    }),
  ]),
  cache: area('cache', 'Cache', 'good', 'Nine of ten reads are answered from the cache.', [
    metric({
      name: 'hit-ratio',
      unit: '%',
      description: 'Reads that the cache could answer.',
      better: 'higher',
      points: course(() => 91.3, 0.012),
      verdict: 'good',
      target: 85,
    }),
  ]),
};

/** A report such as a service has one, with something of everything. */
export const SAMPLE_REPORT: PerformanceReport = {
  version: 1,
  title: 'Performance of the shop',
  timeRange: { from: FROM, to: TO, label: 'last hour' },
  previousRange: { from: FROM - 60 * MINUTE, to: FROM, label: 'hour before' },
  instances: ['shop-1', 'shop-2', 'shop-3'],
  summary: {
    verdict: 'critical',
    headline: 'Memory grows by 660 MB an hour and reaches its limit in about 20 minutes.',
    sentences: [
      'Response times are 35.4 % longer than in the hour before; p95 is above its target of 200 ms.',
      'Between 08:41 and 08:46 errors rose to 2.4 %, while callers waited for database connections.',
      'Database and cache are within their targets.',
    ],
    keyFigures: [
      { name: 'Response time, p95', value: 318.4, unit: 'ms', verdict: 'warning' },
      { name: 'Requests', value: 1268, unit: 'requests/s', verdict: 'unknown' },
      { name: 'Errors', value: 0.24, unit: '%', verdict: 'good' },
      { name: 'Memory', value: 841.6, unit: 'MB', verdict: 'critical' },
      { name: 'Cache hits', value: 91.28, unit: '%', verdict: 'good' },
    ],
  },
  detailed,
  recommendations: [
    {
      id: 'memory-growth',
      priority: 'critical',
      area: 'memory',
      message: 'Take a heap snapshot of shop-2 before it is restarted: its memory grows like a leak.',
      evidence: [
        'memory-usage rises by 660 MB per hour (95 % interval 641 to 684), without a fall since 08:20.',
        'It reaches 1024 MB in about 20 minutes.',
      ],
    },
    {
      id: 'response-time-target',
      priority: 'high',
      area: 'http',
      message: 'Give the database pool more connections, or the slow statements an index.',
      evidence: [
        'p95 of response-time is 318.4 ms, the target 200 ms.',
        'Up to 19 callers waited for a connection from 08:40 to 08:47.',
      ],
    },
    {
      id: 'checkout-benchmark',
      priority: 'low',
      message: 'Look at what was changed in the checkout: its benchmark takes longer than a day ago.',
      evidence: ['Median of 48.2 ms, 44.9 ms before.'],
    },
  ],
  trends: [
    {
      metric: 'memory-usage',
      area: 'memory',
      unit: 'MB',
      direction: 'rising',
      judgement: 'worse',
      slopePerHour: 660.3,
      interval: [641.2, 684.7],
      confidence: 0.9998,
      message: 'Rises by about 660 MB an hour.',
    },
    {
      metric: 'gc-pause',
      area: 'memory',
      unit: 'ms',
      direction: 'rising',
      judgement: 'worse',
      slopePerHour: 2.914,
      interval: [1.204, 4.551],
      confidence: 0.9871,
      message: 'Rises by about 3 ms an hour.',
    },
  ],
  anomalies: [
    {
      metric: 'response-time',
      area: 'http',
      unit: 'ms',
      severity: 'warning',
      from: FROM + 41 * MINUTE,
      to: FROM + 46 * MINUTE,
      value: 361.5,
      expected: [98.4, 171.2],
      message: 'Twice as long as usual for 5 minutes.',
    },
    {
      metric: 'error-rate',
      area: 'http',
      unit: '%',
      severity: 'critical',
      from: FROM + 41 * MINUTE,
      to: FROM + 46 * MINUTE,
      value: 2.731,
      expected: [0, 0.112],
      message: 'Far above the usual for 5 minutes.',
    },
  ],
  benchmarks: [
    {
      id: 'checkout',
      runs: 1204,
      meanMs: 49.81,
      medianMs: 48.22,
      minMs: 41.05,
      maxMs: 212.7,
      p95Ms: 66.31,
      standardDeviationMs: 8.914,
      interval: [47.91, 48.57],
      measurements: [
        { label: 'cart read', runs: 1204, medianDeltaMs: 6.114 },
        { label: 'stock reserved', runs: 1204, medianDeltaMs: 18.42 },
        { label: 'payment asked', runs: 1199, medianDeltaMs: 22.93 },
      ],
      previous: {
        mean: 46.03,
        change: 0.0821,
        interval: [0.0514, 0.1132],
        judgement: 'worse',
        message: 'Takes 8.21 % longer than in the hour before.',
      },
    },
    {
      id: 'search',
      runs: 88,
      meanMs: 12.4,
      medianMs: 12.11,
      minMs: 9.8,
      maxMs: 21.6,
      p95Ms: 17.02,
      measurements: [],
    },
  ],
  events: [
    {
      type: 'http_request',
      count: 4_371_220,
      previousCount: 4_102_954,
      samples: [
        { time: TO - 412, data: '{"route":"GET /products/:id","status":200,"durationMs":41.2}' },
        { time: TO - 37, data: '{"route":"POST /orders","status":201,"durationMs":187.9}' },
      ],
    },
    { type: 'pool_exhausted', count: 7, previousCount: 0, samples: [] },
  ],
  resourceUsage: [
    { name: 'CPU', value: 63.1, unit: '%', verdict: 'good' },
    { name: 'Event-loop delay, p99', value: 14.22, unit: 'ms', verdict: 'good' },
    { name: 'Free memory', value: 411.3, unit: 'MB', verdict: 'warning' },
  ],
  notes: [
    'No values of response-time from 08:26 to 08:32.',
    '1,204 records were lost before they could be written: the disk was too slow.',
  ],
};
