import { describe, expect, it } from 'vitest';
import { getPerformanceConfig } from '../../src/index.ts';
import { type Look, RESPONSE_TIME, signalsOf } from '../../src/signals/signals.ts';

const { thresholds } = getPerformanceConfig('testing', {}, {}).performanceMonitor;
const signals = signalsOf(thresholds);

const NOTHING: Look = {
  cpu: undefined,
  memory: undefined,
  eventLoop: undefined,
  gc: undefined,
  seconds: 5,
  requests: 0,
  failedRequests: 0,
  cacheHits: 0,
  cacheMisses: 0,
  queries: { calls: 0, totalMs: 0 },
};

function read(look: Partial<Look>): Record<string, number | undefined> {
  const all = Object.entries(signals).map(([name, signal]) => [name, signal.read({ ...NOTHING, ...look })]);
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

describe('signalsOf', () => {
  it('reads each figure in the unit that it says', () => {
    const look = {
      cpu: { ratio: 0.25 },
      memory: { rssBytes: 3 * 2 ** 20, heapUsedBytes: 2 ** 20, usedRatio: 0.5 },
      eventLoop: { p99DelayMs: 12, utilization: 0.4 },
      gc: { ratio: 0.01 },
      requests: 50,
      failedRequests: 5,
      cacheHits: 3,
      cacheMisses: 1,
      queries: { calls: 4, totalMs: 20 },
      // Of the readings only what is looked at.
    } as unknown as Look;
    expect(read(look)).toEqual({
      'cpu-usage': 25,
      'event-loop-delay': 12,
      'event-loop-utilization': 40,
      'garbage-collection': 1,
      'memory-usage': 3,
      'heap-usage': 1,
      'memory-limit-usage': 50,
      'request-rate': 10,
      'error-rate': 10,
      'query-time': 5,
      'cache-hit-rate': 75,
    });
  });

  it('says nothing of what is not known: no requests have no error rate, and an idle cache no hit rate', () => {
    expect(read({})).toEqual({ 'request-rate': 0 });
  });

  it('has the limits from which on the monitor warns as targets', () => {
    const targets = Object.entries(signals).flatMap(([name, { target }]) =>
      target === undefined ? [] : [[name, target]],
    );
    expect(Object.fromEntries(targets)).toEqual({
      'cpu-usage': 100 * thresholds.cpu.warning,
      'event-loop-delay': thresholds.eventLoopDelay.warning,
      'memory-limit-usage': 100 * thresholds.memory.warning,
      'error-rate': 100 * thresholds.errorRate.warning,
    });
  });

  it('leaves the time of each request to who records it', () => {
    expect(Object.keys(signals)).not.toContain(RESPONSE_TIME);
  });
});
