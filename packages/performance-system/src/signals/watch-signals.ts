import type { Clock } from '@evenkeel/core';
import type { MetricSnapshot } from '@evenkeel/monitor';
import type { Components } from '../components/table.ts';
import type { PerformanceSystem } from '../performance-system.ts';
import { type Look, RESPONSE_TIME, signalsOf } from './signals.ts';

/**
 * Has the logger record how the system does, and lets the rules of alerts watch it: each request's time, and a few
 * figures of the whole each time the monitor has collected. Rules watch the health checks too.
 */
export function watchSignals(system: Pick<PerformanceSystem, 'getComponent' | 'config'>, clock: Clock): void {
  const performance = system.getComponent('performance');
  const logger = system.getComponent('logger');
  const alerts = system.getComponent('alerts');
  const { thresholds } = system.config.performanceMonitor;
  const responseTime = logger.defineMetric(RESPONSE_TIME, {
    unit: 'ms',
    description: 'Time from a request to its answer.',
    area: 'http',
    better: 'lower',
    target: thresholds.responseTime.warning,
  });
  const counted = { requests: 0, failedRequests: 0 };
  performance.on('request_recorded', ({ success, durationMs }) => {
    counted.requests += 1;
    if (!success) counted.failedRequests += 1;
    responseTime.record(durationMs);
    alerts.observe(RESPONSE_TIME, durationMs);
  });
  const signals = Object.entries(signalsOf(thresholds)).map(([name, { read, ...definition }]) => {
    return { name, read, metric: logger.defineMetric(name, definition) };
  });
  const look = lookAt(system.getComponent('cache'), system.getComponent('database'), clock, counted);
  const health = system.getComponent('health');
  health.on('check_changed', ({ name, to, message }) => alerts.observeHealth(name, to, message));
  performance.on('metrics_collected', (snapshot) => {
    // Again: what is not heard of for a day counts as forgotten.
    for (const { name, status, message } of Object.values(health.getHealthSummary().checks)) {
      alerts.observeHealth(name, status, message);
    }
    const seen = look(snapshot);
    // Counters, for burn rates of an error budget.
    alerts.observe('requests', counted.requests);
    alerts.observe('failed-requests', counted.failedRequests);
    for (const { name, read, metric } of signals) {
      const value = read(seen);
      if (value === undefined || !Number.isFinite(value)) continue;
      metric.record(value);
      alerts.observe(name, value);
    }
  });
}

/** Reads what there is to look at, and what has changed since the last time. */
function lookAt(
  cache: Components['cache'],
  database: Components['database'],
  clock: Clock,
  counted: { requests: number; failedRequests: number },
): (snapshot: MetricSnapshot) => Look {
  let before = { ms: clock.monotonic(), cacheHits: 0, cacheMisses: 0, requests: 0, failedRequests: 0 };
  return (snapshot) => {
    const { hits, misses } = cache.getStats();
    const now = { ms: clock.monotonic(), cacheHits: hits, cacheMisses: misses, ...counted };
    const statements = database.getStatements();
    const look = {
      cpu: reading<Look['cpu']>(snapshot.cpu),
      memory: reading<Look['memory']>(snapshot.memory),
      eventLoop: reading<Look['eventLoop']>(snapshot.eventLoop),
      gc: reading<Look['gc']>(snapshot.gc),
      seconds: (now.ms - before.ms) / 1000,
      requests: now.requests - before.requests,
      failedRequests: now.failedRequests - before.failedRequests,
      cacheHits: now.cacheHits - before.cacheHits,
      cacheMisses: now.cacheMisses - before.cacheMisses,
      queries: {
        calls: statements.reduce((sum, { calls }) => sum + calls, 0),
        totalMs: statements.reduce((sum, { totalMs }) => sum + totalMs, 0),
      },
    };
    before = now;
    return look;
  };
}

/** What the facade's own collector has read, which has this form; `undefined` where it failed. */
function reading<Reading>(value: unknown): Reading | undefined {
  if (typeof value !== 'object' || value === null || 'error' in value) return undefined;
  return value as Reading;
}
