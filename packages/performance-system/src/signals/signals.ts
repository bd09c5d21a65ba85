import type { MetricOptions } from '@evenkeel/logger';
import type { CpuReading, EventLoopReading, GcReading, MemoryReading } from '@evenkeel/monitor';
import type { PerformanceConfig } from '../configuration/schema.ts';

type Thresholds = PerformanceConfig['performanceMonitor']['thresholds'];

/** What is there to look at, each time the monitor has collected. Figures of requests and the cache are since the last. */
export interface Look {
  readonly cpu: CpuReading | undefined;
  readonly memory: MemoryReading | undefined;
  readonly eventLoop: EventLoopReading | undefined;
  readonly gc: GcReading | undefined;
  readonly seconds: number;
  readonly requests: number;
  readonly failedRequests: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  /** Of the statements of the last minutes. */
  readonly queries: { readonly calls: number; readonly totalMs: number };
}

/** A figure of the whole system: the logger keeps it for reports, and rules of alerts watch it, by its name. */
interface Signal extends MetricOptions {
  /** `undefined` where it is not known. */
  read(look: Look): number | undefined;
}

const MB = 2 ** 20;

/** The signals of a system by name. Their targets are the limits from which on the monitor warns. */
export function signalsOf(thresholds: Thresholds): Readonly<Record<string, Signal>> {
  return {
    'cpu-usage': {
      unit: '%',
      description: 'CPU time used by the process, of what it may use.',
      area: 'cpu',
      better: 'lower',
      target: thresholds.cpu.warning * 100,
      read: ({ cpu }) => cpu && cpu.ratio * 100,
    },
    'event-loop-delay': {
      unit: 'ms',
      description: '99th percentile of the time by which the event loop is late.',
      area: 'cpu',
      better: 'lower',
      target: thresholds.eventLoopDelay.warning,
      read: ({ eventLoop }) => eventLoop?.p99DelayMs,
    },
    'event-loop-utilization': {
      unit: '%',
      description: 'Part of the time in which the event loop is busy.',
      area: 'cpu',
      better: 'lower',
      read: ({ eventLoop }) => eventLoop && eventLoop.utilization * 100,
    },
    'garbage-collection': {
      unit: '%',
      description: 'Part of the time that goes into garbage collection.',
      area: 'memory',
      better: 'lower',
      read: ({ gc }) => gc && gc.ratio * 100,
    },
    'memory-usage': {
      unit: 'MB',
      description: 'Resident memory of the process.',
      area: 'memory',
      better: 'lower',
      read: ({ memory }) => memory && memory.rssBytes / MB,
    },
    'heap-usage': {
      unit: 'MB',
      description: 'JavaScript heap in use.',
      area: 'memory',
      better: 'lower',
      read: ({ memory }) => memory && memory.heapUsedBytes / MB,
    },
    'memory-limit-usage': {
      unit: '%',
      description: 'Memory used by all that shares the limit in force, of that limit.',
      area: 'memory',
      better: 'lower',
      target: thresholds.memory.warning * 100,
      read: ({ memory }) => memory && memory.usedRatio * 100,
    },
    'request-rate': {
      unit: 'requests/s',
      description: 'Requests answered.',
      area: 'http',
      read: ({ requests, seconds }) => requests / seconds,
    },
    'error-rate': {
      unit: '%',
      description: 'Requests that failed, of all.',
      area: 'http',
      better: 'lower',
      target: thresholds.errorRate.warning * 100,
      read: ({ requests, failedRequests }) => (requests > 0 ? (failedRequests / requests) * 100 : undefined),
    },
    'query-time': {
      unit: 'ms',
      description: 'Mean time of a query, of the last minutes.',
      area: 'database',
      better: 'lower',
      read: ({ queries }) => (queries.calls > 0 ? queries.totalMs / queries.calls : undefined),
    },
    'cache-hit-rate': {
      unit: '%',
      description: 'Readings of the cache that found what they asked for.',
      area: 'cache',
      better: 'higher',
      read: ({ cacheHits, cacheMisses }) =>
        cacheHits + cacheMisses > 0 ? (cacheHits / (cacheHits + cacheMisses)) * 100 : undefined,
    },
  };
}

/** How the time of each request is called; it is recorded by itself, not looked at. */
export const RESPONSE_TIME = 'response-time';
