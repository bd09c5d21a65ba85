import {
  type ByteSize,
  type Clock,
  type Duration,
  type Meter,
  noopMeter,
  option,
  readOptions,
  systemClock,
} from '@evenkeel/core';
import type { DumpTarget } from './dump-target.ts';
import type { History } from './history/history.ts';
import { MemoryHistory } from './history/memory-history.ts';
import type { PerformanceReporterOptions } from './report/reporter-options.ts';
import type { Sink } from './sink.ts';

/** What is to be said of the logger's reports; the rest of `PerformanceReporterOptions` is the logger's own. */
export type ReportSettings = Omit<PerformanceReporterOptions, 'history' | 'clock' | 'meter'>;

/** Options of {@link PerformanceLogger}. All may be left out. */
export interface PerformanceLoggerOptions {
  /** Records that are held in memory until they are overwritten, rounded up to a power of two. @defaultValue 65,536 */
  readonly capacity?: number | undefined;
  /** What their texts and free-form data may take, about. @defaultValue '32mb' */
  readonly maxBytes?: ByteSize | undefined;
  /** Where records are written to, besides the history. @defaultValue nowhere */
  readonly sinks?: readonly Sink[] | undefined;
  /** What reports are made of: a `MemoryHistory`, or `postgresHistory()`. @defaultValue a `MemoryHistory` */
  readonly history?: (Sink & History) | undefined;
  /** How long a record waits for others before it is written. @defaultValue '1s' */
  readonly flushInterval?: Duration | undefined;
  /**
   * Whether records are written at once when the process is about to end: on an uncaught error, on a signal, and when
   * nothing is left to do. What would have happened then still does. @defaultValue true
   */
  readonly flushOnCrash?: boolean | undefined;
  /** How long `stop()` goes on writing; what is left then is lost, and counted. @defaultValue '5s' */
  readonly stopTimeout?: Duration | undefined;
  /** Where `dump()` puts the last minutes. @defaultValue nowhere: it only gives them */
  readonly dumps?: DumpTarget | undefined;
  /** Who gets reports, what they are compared with, and so on. @defaultValue see `PerformanceReporterOptions` */
  readonly reports?: ReportSettings | undefined;
  /** @defaultValue noopMeter */
  readonly meter?: Meter | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

/** @throws ConfigurationError */
export function readLoggerOptions(options: PerformanceLoggerOptions | undefined) {
  const read = readOptions('PerformanceLogger', options, {
    capacity: option.integer({ min: 1024, max: 2 ** 24 }).default(65_536),
    maxBytes: option.bytes({ min: 2 ** 20 }).default(32 * 2 ** 20),
    sinks: option.listOf(option.withMethods<Sink>('write')).default([]),
    history: option.withMethods<Sink & History>('write', 'read').optional(),
    flushInterval: option.duration({ min: 1 }).default(1000),
    flushOnCrash: option.boolean().default(true),
    stopTimeout: option.duration().default(5000),
    dumps: option.withMethods<DumpTarget>('write').optional(),
    // Read by the reporter.
    reports: option.withMethods<ReportSettings>().default({}),
    meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout', 'setInterval').default(systemClock),
  });
  return { ...read, history: read.history ?? new MemoryHistory({ clock: read.clock }) };
}
