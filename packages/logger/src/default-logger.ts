import type { BenchmarkResult, BenchmarkRun } from './benchmark/benchmarks.ts';
import { PerformanceLogger, type ReportOptions } from './performance-logger.ts';
import type { PerformanceLoggerOptions } from './performance-logger-options.ts';
import type { MetricOptions } from './predefined-metrics.ts';
import type { MetricHandle } from './recording/index.ts';
import type { PerformanceReport } from './report/report.ts';

/* One for the process, made when it is first needed: its history is in memory, and it writes nowhere. */
let current: PerformanceLogger | undefined;

/* One after the other: one that is replaced has been started by then, and is stopped for good. */
let replacing: Promise<void> = Promise.resolve();

function defaultLogger(): PerformanceLogger {
  if (current === undefined) {
    current = new PerformanceLogger({ flushOnCrash: false });
    current.start();
  }
  return current;
}

/**
 * Makes and starts the logger that the functions of this package use. Called again, it replaces the one before, which is
 * stopped first: all that it has recorded is written. Call it before anything is recorded, since what was recorded
 * before stays with the logger before.
 *
 * @throws ConfigurationError for options that it cannot take; the logger before goes on
 */
export async function initializePerformanceLogger(
  options?: PerformanceLoggerOptions,
): Promise<PerformanceLogger> {
  const logger = new PerformanceLogger(options);
  const former = current;
  current = logger;
  const replaced = replacing.then(async () => {
    await former?.stop();
    logger.start();
  });
  replacing = replaced.catch(() => {});
  await replaced;
  return logger;
}

/** Records something that happened. See {@link PerformanceLogger.logPerformanceEvent}. */
export function logPerformanceEvent(type: string, data?: object): void {
  defaultLogger().logPerformanceEvent(type, data);
}

/** Records a value of a metric. See {@link PerformanceLogger.recordMetric}. */
export function recordMetric(name: string, value: number, context?: object): void {
  defaultLogger().recordMetric(name, value, context);
}

/** Says what a metric is. See {@link PerformanceLogger.defineMetric}. */
export function defineMetric(name: string, options?: MetricOptions): MetricHandle {
  return defaultLogger().defineMetric(name, options);
}

/** Begins a run of a benchmark. See {@link PerformanceLogger.startBenchmark}. */
export function startBenchmark(id: string, context?: Readonly<Record<string, unknown>>): BenchmarkRun {
  return defaultLogger().startBenchmark(id, context);
}

/** Marks a point of a run. See {@link PerformanceLogger.recordBenchmarkMeasurement}. */
export function recordBenchmarkMeasurement(id: string, label: string): number {
  return defaultLogger().recordBenchmarkMeasurement(id, label);
}

/** Ends a run. See {@link PerformanceLogger.endBenchmark}. */
export function endBenchmark(id: string): BenchmarkResult {
  return defaultLogger().endBenchmark(id);
}

/** A report on what was recorded. See {@link PerformanceLogger.generatePerformanceReport}. */
export function generatePerformanceReport(options?: ReportOptions): Promise<PerformanceReport> {
  return defaultLogger().generatePerformanceReport(options);
}
