import type { CollectorStatus, MetricSnapshot } from '../collectors/collector.ts';
import type { OverheadSummary } from '../overhead/overhead-meter.ts';
import type { DurationStatistics, SlicePoint } from '../requests/duration-window.ts';
import type { NamedDurations, NamedWindow } from '../requests/named-durations.ts';
import type { RequestStatistics } from '../requests/request-statistics.ts';
import { SLICES } from '../requests/sliced-window.ts';
import { apdex } from './apdex.ts';
import { type ResourceSummary, resourceSummary, series } from './resources.ts';
import { overallScore, type ScorePart, scoreParts } from './score.ts';
import { type Trend, trend } from './trend.ts';

/** What there is to say of the window as a whole, cheap enough to be computed at every gathering. */
export interface Figures extends ResourceSummary {
  /** When the summary was made, in ms since 1970. */
  readonly timestamp: number;
  /** Time since the monitor was made. */
  readonly uptimeMs: number;
  /** How much time the window covers: nine to ten tenths of its length, less in the beginning. */
  readonly windowMs: number;
  /** Requests per second. */
  readonly requestRate: number;
  /** Requests that failed, from 0 to 1; 0 without requests. */
  readonly errorRate: number;
  /** Response times in ms; all 0 without requests. */
  readonly responseTime: DurationStatistics;
  /** From 0 to 1; `null` without requests. */
  readonly apdex: number | null;
  /** From 0 to 100. */
  readonly score: number;
  /** What the score is made of. */
  readonly scoreParts: readonly ScorePart[];
  readonly overhead: OverheadSummary;
}

/** Requests to one endpoint, within the window. */
export interface EndpointSummary {
  readonly endpoint: string;
  readonly requestRate: number;
  readonly errorRate: number;
  readonly responseTime: DurationStatistics;
  readonly apdex: number | null;
  /** Since the start. */
  readonly totalRequests: number;
  readonly totalErrors: number;
}

/** What `startTimer` measured under one name, within the window. */
export interface OperationSummary {
  readonly operation: string;
  readonly rate: number;
  readonly duration: DurationStatistics;
  /** Since the start. */
  readonly totalCount: number;
}

/** Requests since the start. */
export interface RequestTotals {
  readonly requests: number;
  readonly errors: number;
  readonly errorRate: number;
  readonly meanResponseTime: number;
  readonly maxResponseTime: number;
}

/** What was not kept as it came, since the start. */
export interface Losses {
  /** Recordings whose duration was no number of at least 0. */
  readonly rejectedDurations: number;
  /** Timers given up because too many were open. */
  readonly droppedTimers: number;
  /** Requests counted as `(other)`. */
  readonly overflowedRequests: number;
  /** Timers counted as `(other)`. */
  readonly overflowedOperations: number;
  /** Endpoints given up for new ones, after a window without requests. */
  readonly evictedEndpoints: number;
}

export interface PerformanceSummary extends Figures {
  /** Those with requests in the window, most requests first. */
  readonly endpoints: readonly EndpointSummary[];
  /** Those with measurements in the window, most measurements first. */
  readonly operations: readonly OperationSummary[];
  readonly trends: {
    readonly requestRate: Trend | null;
    readonly errorRate: Trend | null;
    readonly responseTime: Trend | null;
    readonly heapUsed: Trend | null;
  };
  readonly totals: RequestTotals;
  readonly losses: Losses;
  readonly openTimers: number;
  readonly collectors: readonly CollectorStatus[];
}

/** What the figures are computed from. */
export interface FigureSources {
  readonly timestamp: number;
  readonly nowMs: number;
  /** When the monitor was made, on the same clock as `nowMs`. */
  readonly sinceMs: number;
  /** How much of the window has passed. */
  readonly coveredMs: number;
  readonly requests: RequestStatistics;
  /** Those within the window, oldest first. */
  readonly snapshots: readonly MetricSnapshot[];
  readonly overhead: OverheadSummary;
}

export function figures(sources: FigureSources): Figures {
  const { timestamp, nowMs, sinceMs, coveredMs, requests, snapshots, overhead } = sources;
  const overall = requests.overall.figures(nowMs);
  const resources = resourceSummary(snapshots);
  const index = apdex(overall);
  const errorRate = ratio(overall.failed, overall.count);
  const { heapUsedRatio = null, usedRatio = null } = resources.memory ?? {};
  const parts = scoreParts({
    errorRate: overall.count === 0 ? null : errorRate,
    apdex: index,
    p99DelayMs: resources.eventLoop?.p99DelayMs ?? null,
    cpuRatio: resources.cpu?.ratio ?? null,
    memoryRatio: heapUsedRatio === null ? usedRatio : Math.max(heapUsedRatio, usedRatio ?? 0),
  });
  return {
    timestamp,
    uptimeMs: nowMs - sinceMs,
    windowMs: coveredMs,
    requestRate: perSecond(overall.count, coveredMs),
    errorRate,
    responseTime: overall.durations,
    apdex: index,
    score: overallScore(parts),
    scoreParts: parts,
    ...resources,
    overhead,
  };
}

/** @param limit how many to give */
export function endpointSummaries(
  endpoints: NamedDurations,
  { nowMs, coveredMs }: FigureSources,
  limit: number,
): EndpointSummary[] {
  return busiest(endpoints, nowMs, limit).map(({ name, window }) => {
    const within = window.figures(nowMs);
    return {
      endpoint: name,
      requestRate: perSecond(within.count, coveredMs),
      errorRate: ratio(within.failed, within.count),
      responseTime: within.durations,
      apdex: apdex(within),
      totalRequests: window.count,
      totalErrors: window.failed,
    };
  });
}

/** @param limit how many to give */
export function operationSummaries(
  operations: NamedDurations,
  { nowMs, coveredMs }: FigureSources,
  limit: number,
): OperationSummary[] {
  return busiest(operations, nowMs, limit).map(({ name, window }) => {
    const { durations } = window.figures(nowMs);
    return {
      operation: name,
      rate: perSecond(durations.count, coveredMs),
      duration: durations,
      totalCount: window.count,
    };
  });
}

/** Trends over the slices whose time is over, and of the heap over the snapshots. */
export function trends({ nowMs, sinceMs, requests, snapshots }: FigureSources): PerformanceSummary['trends'] {
  const points = requests.overall.points(nowMs, sinceMs);
  const busy = points.filter(({ count }) => count > 0);
  const sliceMs = requests.windowMs / SLICES;
  const heap = snapshots.flatMap((snapshot) => {
    const [used] = series([snapshot], 'memory', 'heapUsedBytes');
    return used === undefined ? [] : { timeMs: snapshot.timestamp, used };
  });
  const over = (list: readonly SlicePoint[], value: (point: SlicePoint) => number): Trend | null =>
    trend(
      list.map(({ startMs }) => startMs),
      list.map(value),
    );
  return {
    requestRate: over(points, ({ count }) => perSecond(count, sliceMs)),
    errorRate: over(busy, ({ failed, count }) => ratio(failed, count)),
    responseTime: over(busy, ({ meanMs }) => meanMs),
    heapUsed: trend(
      heap.map(({ timeMs }) => timeMs),
      heap.map(({ used }) => used),
    ),
  };
}

/** Names with recordings in the window, most recordings first. */
function busiest(named: NamedDurations, nowMs: number, limit: number): NamedWindow[] {
  return named
    .entries()
    .map((entry) => ({ entry, count: entry.window.countWithin(nowMs) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, limit)
    .map(({ entry }) => entry);
}

export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function perSecond(count: number, ms: number): number {
  return (count * 1000) / ms;
}
