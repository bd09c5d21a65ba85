import { afterEach, describe, expect, it } from 'vitest';
import {
  defineMetric,
  endBenchmark,
  generatePerformanceReport,
  initializePerformanceLogger,
  type LogRecord,
  logPerformanceEvent,
  type PerformanceLogger,
  recordBenchmarkMeasurement,
  recordMetric,
  startBenchmark,
} from '../src/index.ts';

describe('the functions', () => {
  let logger: PerformanceLogger | undefined;
  afterEach(() => logger?.stop());

  const listSink = (records: LogRecord[]) => ({
    name: 'list',
    async write(batch: readonly LogRecord[]) {
      records.push(...batch);
    },
  });

  it('work before anything is initialized', async () => {
    recordMetric('cpu-usage', 5);
    logPerformanceEvent('early');
    startBenchmark('boot');
    expect(recordBenchmarkMeasurement('boot', 'loaded')).toBeGreaterThanOrEqual(0);
    expect(endBenchmark('boot').measurements).toMatchObject([{ label: 'loaded' }]);
    const { benchmarks, events } = await generatePerformanceReport();
    expect({ benchmarks, events }).toMatchObject({
      benchmarks: [{ id: 'boot' }],
      events: [{ type: 'early' }],
    });
  });

  it('use the logger that was initialized last; the one before is stopped when all is written', async () => {
    const first: LogRecord[] = [];
    const second: LogRecord[] = [];
    const former = await initializePerformanceLogger({ sinks: [listSink(first)] });
    logPerformanceEvent('one');
    logger = await initializePerformanceLogger({ sinks: [listSink(second)] });
    expect(former.isRunning).toBe(false);
    expect(first).toMatchObject([{ type: 'one' }]);
    defineMetric('queue-length', { unit: 'jobs', better: 'lower' });
    recordMetric('queue-length', 7);
    startBenchmark('import', { rows: 2 });
    endBenchmark('import');
    await logger.flush();
    expect(second).toMatchObject([
      { kind: 'definition', name: 'queue-length', unit: 'jobs' },
      { kind: 'metric', value: 7 },
      { kind: 'benchmark', id: 'import', context: { rows: 2 } },
    ]);
    const report = await generatePerformanceReport({ timeRange: '5m', includeResourceUsage: false });
    expect(report.detailed.application?.metrics).toMatchObject([
      { name: 'queue-length', mean: 7, unit: 'jobs' },
    ]);
  });

  it('leave one logger running where it is initialized twice at the same time', async () => {
    const [first, second] = [[], []] as LogRecord[][] as [LogRecord[], LogRecord[]];
    const initializing = initializePerformanceLogger({ sinks: [listSink(first)] });
    logPerformanceEvent('one');
    const [former, latter] = await Promise.all([
      initializing,
      initializePerformanceLogger({ sinks: [listSink(second)] }),
    ]);
    logger = latter;
    expect([former.isRunning, latter.isRunning]).toEqual([false, true]);
    expect(first).toMatchObject([{ type: 'one' }]);
    expect(second).toEqual([]);
  });

  it('keep the logger before where the new one cannot be made', async () => {
    logger = await initializePerformanceLogger();
    await expect(initializePerformanceLogger({ capacity: -1 })).rejects.toThrow(/capacity.*-1/);
    expect(logger.isRunning).toBe(true);
  });
});
