import { formatBytes, formatDuration, type Priority, type Recommendation } from '@evenkeel/core';
import { OVERFLOW_NAME } from '../requests/named-durations.ts';
import type { PerformanceSummary } from '../summary/performance-summary.ts';

/** What can be said against the present state, with its reasons: `undefined` where a rule has nothing to say. */
type Rule = (summary: PerformanceSummary, apdexTargetMs: number) => Advice | undefined;

interface Advice {
  readonly id: string;
  readonly priority: Priority;
  readonly message: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/* Fewer requests than this say little about the rest. */
const FEWEST_REQUESTS = 20;

/* A process that starts is busy with that. */
const SHORTEST_MS = 30_000;

const rules: readonly Rule[] = [
  ({ errorRate, responseTime, endpoints }) => {
    if (responseTime.count < FEWEST_REQUESTS || errorRate < 0.05) return undefined;
    const worst = [...endpoints]
      .sort((a, b) => b.errorRate * b.responseTime.count - a.errorRate * a.responseTime.count)
      .slice(0, 3)
      .filter((endpoint) => endpoint.errorRate > 0)
      .map(({ endpoint, errorRate: rate }) => ({ endpoint, errorRate: rate }));
    return {
      id: 'error-rate',
      priority: errorRate >= 0.2 ? 'critical' : 'high',
      message: `${percent(errorRate)} of requests fail: look at the endpoints in the evidence first.`,
      evidence: { errorRate, requests: responseTime.count, worst },
    };
  },

  ({ endpoints }, apdexTargetMs) => {
    const slow = endpoints
      .filter(({ responseTime: { count, p95 } }) => count >= FEWEST_REQUESTS && p95 > 4 * apdexTargetMs)
      .sort((a, b) => b.responseTime.mean * b.responseTime.count - a.responseTime.mean * a.responseTime.count)
      .slice(0, 3)
      .map(({ endpoint, responseTime: { p95, count } }) => ({ endpoint, p95, requests: count }));
    const [first] = slow;
    if (!first) return undefined;
    return {
      id: 'slow-endpoints',
      priority: 'high',
      message:
        `${first.endpoint} takes ${formatDuration(first.p95)} at the 95th percentile, more than four times ` +
        `the target of ${formatDuration(apdexTargetMs)}: profile it, or cache what it computes.`,
      evidence: { slow, apdexTargetMs },
    };
  },

  ({ eventLoop }) => {
    const { maxDelayMs = null, p99DelayMs = null } = eventLoop ?? {};
    if ((maxDelayMs ?? 0) < 200 && (p99DelayMs ?? 0) < 100) return undefined;
    return {
      id: 'event-loop-blocked',
      priority: (p99DelayMs ?? 0) >= 100 ? 'high' : 'medium',
      message:
        `The event loop was blocked for up to ${formatDuration(maxDelayMs ?? p99DelayMs ?? 0)}, and all requests ` +
        'with it: split long synchronous work, or move it to a worker thread.',
      evidence: { maxDelayMs, p99DelayMs },
    };
  },

  ({ eventLoop, windowMs }) => {
    const utilization = eventLoop?.meanUtilization ?? 0;
    if (utilization < 0.9 || windowMs < SHORTEST_MS) return undefined;
    return {
      id: 'event-loop-saturated',
      priority: 'high',
      message: `The event loop is busy ${percent(utilization)} of the time: run more processes, or do less in this one.`,
      evidence: { meanUtilization: utilization },
    };
  },

  ({ memory, trends }) => {
    const { heapUsedRatio = null, heapUsedBytes = null, heapLimitBytes = null } = memory ?? {};
    if (heapUsedRatio === null || heapUsedRatio < 0.85) return undefined;
    return {
      id: 'heap-near-limit',
      priority: heapUsedRatio >= 0.95 ? 'critical' : 'high',
      message:
        `The JavaScript heap is ${percent(heapUsedRatio)} full; when it is full the process ends. Look for what ` +
        'holds memory with a heap snapshot, or raise --max-old-space-size.',
      evidence: { heapUsedRatio, heapUsedBytes, heapLimitBytes, trend: trends.heapUsed },
    };
  },

  ({ memory }) => {
    const { usedRatio = null, limitBytes = null, rssBytes = null } = memory ?? {};
    if (usedRatio === null || usedRatio < 0.9) return undefined;
    return {
      id: 'memory-near-limit',
      priority: usedRatio >= 0.97 ? 'critical' : 'high',
      message: `${percent(usedRatio)} of the memory limit is used; beyond it the system kills processes. Use less, or raise the limit.`,
      evidence: { usedRatio, limitBytes, rssBytes },
    };
  },

  ({ memory }) => {
    const { heapLimitBytes = null, limitBytes = null } = memory ?? {};
    if (heapLimitBytes === null || limitBytes === null || heapLimitBytes <= limitBytes) return undefined;
    return {
      id: 'heap-limit-beyond-memory',
      priority: 'medium',
      message:
        `The heap may grow to ${formatBytes(heapLimitBytes)}, but memory is limited to ${formatBytes(limitBytes)}: ` +
        `the process would be killed before it collects garbage in earnest. Set --max-old-space-size=${Math.floor((limitBytes * 0.75) / 1024 / 1024)}.`,
      evidence: { heapLimitBytes, limitBytes },
    };
  },

  ({ gc, windowMs }) => {
    if (!gc || gc.ratio < 0.1 || windowMs < SHORTEST_MS) return undefined;
    return {
      id: 'gc-share',
      priority: gc.ratio >= 0.25 ? 'high' : 'medium',
      message: `Garbage collection takes ${percent(gc.ratio)} of the time: allocate less in hot paths, or give the young generation more room with --max-semi-space-size.`,
      evidence: { ...gc },
    };
  },

  ({ cpu, windowMs }) => {
    if (!cpu || cpu.throttledRatio === null || cpu.throttledRatio < 0.1 || windowMs < SHORTEST_MS)
      return undefined;
    return {
      id: 'cpu-throttled',
      priority: cpu.throttledRatio >= 0.5 ? 'high' : 'medium',
      message: `The container was stopped in ${percent(cpu.throttledRatio)} of its scheduler periods for having used up its CPU quota: raise the quota, or do less.`,
      evidence: { throttledRatio: cpu.throttledRatio, availableCpus: cpu.availableCpus, ratio: cpu.ratio },
    };
  },

  ({ losses, totals }) => {
    if (losses.overflowedRequests === 0) return undefined;
    return {
      id: 'endpoint-names',
      priority: 'low',
      message: `${losses.overflowedRequests} requests count as ${OVERFLOW_NAME}: record route patterns rather than URLs, or raise maxEndpoints.`,
      evidence: { overflowedRequests: losses.overflowedRequests, requests: totals.requests },
    };
  },

  ({ losses, openTimers }) => {
    if (losses.droppedTimers === 0) return undefined;
    return {
      id: 'timers-not-ended',
      priority: 'low',
      message: `${losses.droppedTimers} timers were given up: some path starts a timer and does not end it.`,
      evidence: { droppedTimers: losses.droppedTimers, openTimers },
    };
  },

  ({ collectors }) => {
    const failing = collectors.filter(({ consecutiveFailures }) => consecutiveFailures >= 3);
    if (failing.length === 0) return undefined;
    return {
      id: 'collectors-failing',
      priority: 'medium',
      message: `No readings of ${failing.map(({ name }) => name).join(', ')}: these collectors fail each time.`,
      evidence: { failing },
    };
  },
];

/** All advice that the summary gives reason for. */
export function advise(summary: PerformanceSummary, apdexTargetMs: number): Recommendation[] {
  return rules.flatMap((rule) => {
    const advice = rule(summary, apdexTargetMs);
    return advice ? { component: 'monitor', automated: false, ...advice } : [];
  });
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(3))} %`;
}
