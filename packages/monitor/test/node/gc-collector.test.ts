import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GcCollector } from '@evenkeel/monitor/node';
import { expect, it } from 'vitest';

/** Garbage enough for several collections within one turn of the loop. */
function burst(): number {
  let total = 0;
  for (let round = 0; round < 40; round++) {
    total += Array.from({ length: 100_000 }, (_, index) => ({ index })).length;
  }
  return total;
}

/** Until the engine has delivered what it has to report. */
async function delivered(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await nextTurn();
}

it('counts every collection that an observer of all entries is told of', async () => {
  const collector = new GcCollector();
  let count = 0;
  let timeMs = 0;
  let largestBatch = 0;
  const byFlag = new Map<unknown, number>();
  const take = (entries: readonly PerformanceEntry[]): void => {
    largestBatch = Math.max(largestBatch, entries.length);
    count += entries.length;
    for (const entry of entries) {
      const { kind } = (entry as PerformanceEntry & { detail: { kind: unknown } }).detail;
      byFlag.set(kind, (byFlag.get(kind) ?? 0) + 1);
    }
    timeMs += entries.reduce((sum, { duration }) => sum + duration, 0);
  };
  const independent = new PerformanceObserver((list) => take(list.getEntries()));
  await delivered();
  independent.observe({ entryTypes: ['gc'] });
  collector.start();
  collector.start();
  burst();
  await delivered();
  const first = collector.collect();
  burst();
  await delivered();
  const second = collector.collect();
  // What neither has been given yet by now, the collector has fetched.
  take(independent.takeRecords());
  collector.stop();
  collector.stop();
  independent.disconnect();

  // Otherwise counting one entry a batch, as others do, would pass as well.
  expect(largestBatch).toBeGreaterThan(1);
  expect(first.count + second.count).toBe(count);
  expect(first.timeMs + second.timeMs).toBeCloseTo(timeMs, 6);
  expect(second.totalCount).toBe(count);
  // Which kinds there are is the engine's choice, and differs from run to run.
  const ofKind = (kind: keyof typeof first.kinds): number =>
    first.kinds[kind].count + second.kinds[kind].count;
  expect([ofKind('minor'), ofKind('major'), ofKind('incremental'), ofKind('weakCallbacks')]).toEqual(
    [
      constants.NODE_PERFORMANCE_GC_MINOR,
      constants.NODE_PERFORMANCE_GC_MAJOR,
      constants.NODE_PERFORMANCE_GC_INCREMENTAL,
      constants.NODE_PERFORMANCE_GC_WEAKCB,
    ].map((flag) => byFlag.get(flag) ?? 0),
  );
  expect(second.totalSeconds).toBeCloseTo(timeMs / 1000, 9);
  for (const { count: all, kinds, longestMs, timeMs: time, ratio } of [first, second]) {
    expect(Object.values(kinds).reduce((sum, kind) => sum + kind.count, 0)).toBe(all);
    expect(all).toBeGreaterThan(0);
    expect(longestMs).toBeLessThanOrEqual(time);
    expect(longestMs).toBeGreaterThan(0);
    expect(ratio).toBeGreaterThan(0);
    expect(ratio).toBeLessThanOrEqual(1);
  }
});

it('counts nothing before it starts and after it stops', async () => {
  const collector = new GcCollector();
  burst();
  await delivered();
  expect(collector.collect()).toMatchObject({ count: 0, timeMs: 0, longestMs: 0, ratio: 0, totalCount: 0 });
  collector.start();
  collector.stop();
  burst();
  await delivered();
  expect(collector.collect().totalCount).toBe(0);
});
