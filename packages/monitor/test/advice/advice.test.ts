import { describe, expect, it } from 'vitest';
import { monitored } from '../fixtures.ts';

/** What is advised for these readings, half a minute after the start. */
async function adviceFor(
  readings: Record<string, object>,
): Promise<readonly { id: string; priority: string }[]> {
  const { clock, monitor } = monitored();
  for (const [name, reading] of Object.entries(readings))
    monitor.addCollector(name, { collect: () => reading });
  clock.advance(30_000);
  await monitor.collectMetrics();
  return monitor.recommendations().map(({ id, priority }) => ({ id, priority }));
}

describe('recommendations', () => {
  it('come from the resources, each with its urgency', async () => {
    const gib = 1024 ** 3;
    const cases: [Record<string, object>, object[]][] = [
      [{ eventLoop: { maxDelayMs: 199, p99DelayMs: 99, utilization: 0.89 } }, []],
      [{ eventLoop: { maxDelayMs: 250, p99DelayMs: 5 } }, [{ id: 'event-loop-blocked', priority: 'medium' }]],
      [{ eventLoop: { maxDelayMs: 250, p99DelayMs: 150 } }, [{ id: 'event-loop-blocked', priority: 'high' }]],
      [{ eventLoop: { utilization: 0.95 } }, [{ id: 'event-loop-saturated', priority: 'high' }]],
      [{ memory: { heapUsedRatio: 0.9 } }, [{ id: 'heap-near-limit', priority: 'high' }]],
      [{ memory: { heapUsedRatio: 0.96 } }, [{ id: 'heap-near-limit', priority: 'critical' }]],
      [{ memory: { usedRatio: 0.92 } }, [{ id: 'memory-near-limit', priority: 'high' }]],
      [
        { memory: { heapLimitBytes: 2 * gib, limitBytes: gib } },
        [{ id: 'heap-limit-beyond-memory', priority: 'medium' }],
      ],
      [
        { gc: { ratio: 0.15, count: 3, timeMs: 150, longestMs: 80 } },
        [{ id: 'gc-share', priority: 'medium' }],
      ],
      [{ cpu: { ratio: 0.5, throttledRatio: 0.6 } }, [{ id: 'cpu-throttled', priority: 'high' }]],
      [{ cpu: { ratio: 0.99, throttledRatio: 0.05 }, memory: { usedRatio: 0.5 } }, []],
    ];
    for (const [readings, expected] of cases) expect(await adviceFor(readings)).toEqual(expected);
  });

  it('name the endpoints that fail and those that are slow', () => {
    const { monitor } = monitored({ apdexTarget: 100 });
    for (let count = 0; count < 40; count++) {
      monitor.recordRequest(true, 10, { endpoint: '/fine' });
      monitor.recordRequest(true, 1000, { endpoint: '/slow' });
      monitor.recordRequest(count % 2 === 0, 10, { endpoint: '/broken' });
    }
    expect(monitor.recommendations()).toEqual([
      {
        id: 'error-rate',
        component: 'monitor',
        priority: 'high',
        automated: false,
        message: '16.7 % of requests fail: look at the endpoints in the evidence first.',
        evidence: { errorRate: 20 / 120, requests: 120, worst: [{ endpoint: '/broken', errorRate: 0.5 }] },
      },
      {
        id: 'slow-endpoints',
        component: 'monitor',
        priority: 'high',
        automated: false,
        message: expect.stringMatching(
          /^\/slow takes .* at the 95th percentile, more than four times the target of 100 ms: profile it/,
        ),
        evidence: {
          slow: [{ endpoint: '/slow', p95: expect.closeTo(1000, -2), requests: 40 }],
          apdexTargetMs: 100,
        },
      },
    ]);
  });

  it('say nothing of a handful of requests, nor of a process that starts', async () => {
    const { monitor } = monitored({
      collectors: {
        eventLoop: { collect: () => ({ utilization: 1 }) },
        gc: { collect: () => ({ ratio: 0.5 }) },
      },
    });
    for (let count = 0; count < 19; count++) monitor.recordRequest(false, 10_000, { endpoint: '/' });
    await monitor.collectMetrics();
    expect(monitor.recommendations()).toEqual([]);
  });

  it('say what the monitor itself has to complain of', async () => {
    const { monitor } = monitored({
      maxEndpoints: 1,
      maxOpenTimers: 1,
      collectors: { broken: { collect: () => Promise.reject(new Error('no')) } },
    });
    monitor.on('error', () => {});
    for (const endpoint of ['/1', '/2', '/3']) monitor.recordRequest(true, 1, { endpoint });
    monitor.startTimer('leak');
    monitor.startTimer('leak');
    for (let round = 0; round < 3; round++) await monitor.collectMetrics();
    expect(monitor.recommendations().map(({ id, priority, message }) => [id, priority, message])).toEqual([
      [
        'endpoint-names',
        'low',
        '2 requests count as (other): record route patterns rather than URLs, or raise maxEndpoints.',
      ],
      ['timers-not-ended', 'low', '1 timers were given up: some path starts a timer and does not end it.'],
      ['collectors-failing', 'medium', 'No readings of broken: these collectors fail each time.'],
    ]);
  });
});
