import { seededRandom } from '@evenkeel/core';
import { expect, it } from 'vitest';
import { LoadHistory, recommendReplicas } from '../../src/scaling/index.ts';
import { NO_ADMISSION } from './readings.ts';

const SERVERS = 4;
const SERVICE_MS = 20;
const LIMIT = 8;

interface Kind {
  readonly cpuOf: (busy: number) => number;
  /** As admission control tells it. */
  readonly limit: number | undefined;
}

/**
 * One replica of a fleet under a load: Poisson arrivals, `SERVERS` servers with exponential service times, at most
 * `LIMIT` in flight, others rejected. The other replicas have the same.
 */
function measure(perSecond: number, replicas: number, { cpuOf, limit }: Kind) {
  const random = seededRandom(replicas);
  const exponential = (meanMs: number) => -Math.log(1 - random()) * meanMs;
  const history = new LoadHistory();
  const totals = { arrived: 0, completed: 0, rejected: 0, serviceMs: 0, inFlightMs: 0 };
  const inFlight: { arrivedMs: number; endsMs: number }[] = [];
  let busyMs = 0;
  let nowMs = 0;
  let nextMs = exponential((1000 * replicas) / perSecond);
  let readMs = 0;
  let readBusyMs = 0;
  let utilization = 0;
  while (nowMs <= 120_000) {
    const first = inFlight.reduce((least, { endsMs }) => Math.min(least, endsMs), Infinity);
    const thenMs = Math.min(nextMs, first, readMs);
    totals.inFlightMs += inFlight.length * (thenMs - nowMs);
    busyMs += Math.min(SERVERS, inFlight.length) * (thenMs - nowMs);
    nowMs = thenMs;
    if (thenMs === readMs) {
      const busy = (busyMs - readBusyMs) / (5000 * SERVERS);
      utilization = Math.max(0, busyMs) / (Math.max(1, nowMs) * SERVERS);
      const cpu = readMs === 0 ? undefined : { utilization: cpuOf(busy), evidence: {} };
      history.add({ timeMs: nowMs, admission: { ...NO_ADMISSION, ...totals, limit }, cpu }, replicas);
      readBusyMs = busyMs;
      readMs += 5000;
    } else if (thenMs === first) {
      const at = inFlight.findIndex(({ endsMs }) => endsMs === first);
      const [ended] = inFlight.splice(at, 1);
      totals.completed += 1;
      totals.serviceMs += nowMs - (ended?.arrivedMs ?? nowMs);
      // The next in line is served now.
      const next = inFlight.find(({ endsMs }) => endsMs === Infinity);
      if (next) next.endsMs = nowMs + exponential(SERVICE_MS);
    } else {
      nextMs = nowMs + exponential((1000 * replicas) / perSecond);
      totals.arrived += 1;
      if (inFlight.length >= LIMIT) totals.rejected += 1;
      else {
        const served = inFlight.filter(({ endsMs }) => endsMs < Infinity).length < SERVERS;
        inFlight.push({ arrivedMs: nowMs, endsMs: served ? nowMs + exponential(SERVICE_MS) : Infinity });
      }
    }
  }
  return { history, utilization, rejected: totals.rejected / totals.arrived };
}

it.each<[string, Kind, string]>([
  ['the CPU', { cpuOf: (busy) => busy, limit: undefined }, 'cpu'],
  ['a pool that the CPU does not see', { cpuOf: () => 0.1, limit: LIMIT }, 'concurrency'],
])('brings a fleet that is short of %s below the target', (_what, kind, bottleneck) => {
  for (const perSecond of [190, 400, 600, 1000, 1300]) {
    const before = measure(perSecond, 1, kind);
    const { replicas, bottleneck: found } = recommendReplicas(before.history);
    expect(found).toBe(bottleneck);
    const after = measure(perSecond, replicas.now, kind);
    expect(before.utilization).toBeGreaterThan(0.7);
    expect(after.utilization).toBeLessThanOrEqual(0.7);
    // Erlang's formula for four servers and eight places gives 3.3 % at 70 %.
    expect(after.rejected).toBeLessThan(0.05);
    // And no more than that takes: half as much again, for the peaks.
    expect(replicas.now).toBeLessThanOrEqual(Math.ceil((1.5 * perSecond) / 200 / 0.7));
  }
});
