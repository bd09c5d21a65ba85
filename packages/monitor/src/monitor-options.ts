import {
  type Clock,
  type Duration,
  type Meter,
  noopMeter,
  option,
  readOptions,
  systemClock,
} from '@evenkeel/core';
import type { Collector } from './collectors/collector.ts';
import { collectorsField } from './collectors/collectors-field.ts';
import { type CheckedThreshold, type Threshold, thresholdsField } from './thresholds/threshold.ts';

export interface PerformanceMonitorOptions {
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** Where metrics are recorded. @defaultValue nowhere */
  readonly meter?: Meter;
  /** Collectors by name, as `addCollector` takes them. @defaultValue none */
  readonly collectors?: Readonly<Record<string, Collector>>;
  /** Thresholds by path, as `setThreshold` takes them. @defaultValue none */
  readonly thresholds?: Readonly<Record<string, Threshold>>;
  /** Time from one gathering to the next, from 10 ms on. @defaultValue 5000 */
  readonly reportingInterval?: Duration;
  /** Snapshots to keep. @defaultValue 1000 */
  readonly snapshotLimit?: number;
  /** How long a collector may take, to be read, started or stopped. @defaultValue 2000 */
  readonly collectorTimeout?: Duration;
  /** Length of the sliding window that the summary is of, from 1 s on. @defaultValue '5m' */
  readonly window?: Duration;
  /** Response time that satisfies a user, the T of Apdex. @defaultValue 500 */
  readonly apdexTarget?: Duration;
  /** Endpoints to keep apart; requests to others count as `(other)`. @defaultValue 100 */
  readonly maxEndpoints?: number;
  /** Timed operations to keep apart; others count as `(other)`. @defaultValue 100 */
  readonly maxOperations?: number;
  /** Timers that may be open at once; past that the oldest is given up. @defaultValue 10000 */
  readonly maxOpenTimers?: number;
}

/** The options with their defaults filled in; times in ms. */
export interface CheckedOptions {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly collectors: Readonly<Record<string, Collector>>;
  readonly thresholds: readonly CheckedThreshold[];
  readonly reportingInterval: number;
  readonly snapshotLimit: number;
  readonly collectorTimeout: number;
  readonly window: number;
  readonly apdexTarget: number;
  readonly maxEndpoints: number;
  readonly maxOperations: number;
  readonly maxOpenTimers: number;
}

/* A timer of a day is the longest that anybody can mean. */
const DAY_MS = 86_400_000;

export const intervalField = option.duration({ min: 10, max: DAY_MS });

export function readMonitorOptions(options: PerformanceMonitorOptions): CheckedOptions {
  return readOptions<CheckedOptions>('PerformanceMonitor', options, {
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout', 'setInterval').default(systemClock),
    meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
    collectors: collectorsField.default({}),
    thresholds: thresholdsField.default([]),
    reportingInterval: intervalField.default(5000),
    snapshotLimit: option.integer({ min: 1, max: 1_000_000 }).default(1000),
    collectorTimeout: option.duration({ min: 1, max: DAY_MS }).default(2000),
    window: option.duration({ min: 1000, max: DAY_MS }).default(300_000),
    apdexTarget: option.duration({ min: 1, max: DAY_MS }).default(500),
    maxEndpoints: option.integer({ min: 1, max: 10_000 }).default(100),
    maxOperations: option.integer({ min: 1, max: 10_000 }).default(100),
    maxOpenTimers: option.integer({ min: 1, max: 10_000_000 }).default(10_000),
  });
}
