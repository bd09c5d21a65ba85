import {
  type Clock,
  type Duration,
  type Meter,
  noopMeter,
  option,
  type Recommendation,
  readDuration,
  readOptions,
  systemClock,
} from '@evenkeel/core';
import type { History } from '../history/history.ts';
import type { ReportDelivery } from './delivery.ts';
import type { NamedValue } from './report.ts';
import type { Baselines } from './report-input.ts';

/** Options of `PerformanceReporter`. All but `history` are optional. */
export interface PerformanceReporterOptions {
  /** What is reported on. */
  readonly history: History;
  /** Brings scheduled reports and critical findings to people: an `AlertManager`. @defaultValue nobody */
  readonly delivery?: ReportDelivery;
  /** What is normal: `baselinesOf(report)`. @defaultValue none */
  readonly baselines?: Baselines;
  /** Advice of the host, to be merged with that of the reports. @defaultValue none */
  readonly recommendations?: () => readonly Recommendation[] | Promise<readonly Recommendation[]>;
  /** What is in use at the moment, for reports that ask for it. @defaultValue nothing */
  readonly resourceUsage?: () => readonly NamedValue[] | Promise<readonly NamedValue[]>;
  /** @defaultValue 'Performance report' */
  readonly title?: string;
  /** Reports that are kept; 1 to 1000. @defaultValue 24 */
  readonly maxHistory?: number;
  /** Time from one look for critical findings to the next, while started. 0: only reports find them. @defaultValue '1m' */
  readonly watchInterval?: Duration;
  /** Time for reading the history, for each function of the host and for each try of a delivery. @defaultValue '30s' */
  readonly timeout?: Duration;
  /** Where metrics go. @defaultValue nowhere */
  readonly meter?: Meter;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
  /** Spreads retries; uniform in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
}

/** {@link PerformanceReporterOptions}, read: times in ms. */
export interface PerformanceReporterSettings {
  readonly history: History;
  readonly delivery: ReportDelivery | undefined;
  readonly baselines: Baselines;
  readonly recommendations: PerformanceReporterOptions['recommendations'];
  readonly resourceUsage: PerformanceReporterOptions['resourceUsage'];
  readonly title: string;
  readonly maxHistory: number;
  readonly watchInterval: number;
  readonly timeout: number;
  readonly meter: Meter;
  readonly clock: Clock;
  readonly random: () => number;
}

/** @throws ConfigurationError */
export function readReporterOptions(options: PerformanceReporterOptions): PerformanceReporterSettings {
  return readOptions<PerformanceReporterSettings>('PerformanceReporter', options, {
    history: option.withMethods<History>('read'),
    delivery: option.withMethods<ReportDelivery>('deliverReport').optional(),
    baselines: baselinesField.default({}),
    recommendations: option.callback<NonNullable<PerformanceReporterOptions['recommendations']>>().optional(),
    resourceUsage: option.callback<NonNullable<PerformanceReporterOptions['resourceUsage']>>().optional(),
    title: option.string().default('Performance report'),
    maxHistory: option.integer({ min: 1, max: 1000 }).default(24),
    watchInterval: watchIntervalField.default(60_000),
    timeout: option.duration({ min: 1 }).default(30_000),
    meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout', 'setInterval').default(systemClock),
    random: option.callback<() => number>().default(Math.random),
  });
}

/* More often, it is the load that it looks for. */
const SHORTEST_WATCH_MS = 1000;

const WATCH_FORMAT = `0, or ${option.duration({ min: SHORTEST_WATCH_MS }).expected}`;

const watchIntervalField = new option.Field<number>(WATCH_FORMAT, (value, path, issues) => {
  const ms = readDuration(value);
  if (ms === 0 || (ms !== undefined && ms >= SHORTEST_WATCH_MS)) return ms;
  issues.push({ path, value, expected: WATCH_FORMAT });
  return 0;
});

const baselineField = option.object({
  mean: option.number(),
  values: option.listOf(option.number()).optional(),
});

const EXPECTED_BASELINES = 'baselines by the name of the metric: { mean, values? }';

/** Baselines, copied: names may be anything. */
export const baselinesField = new option.Field<Baselines>(EXPECTED_BASELINES, (value, path, issues) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    issues.push({ path, value, expected: EXPECTED_BASELINES });
    return {};
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      const { mean, values } = baselineField.read(each, `${path}[${JSON.stringify(name)}]`, issues);
      return [name, { mean, ...(values === undefined ? {} : { values }) }];
    }),
  );
});
