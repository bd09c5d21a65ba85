import { type ComponentHealth, formatDuration, type Recommendation } from '@evenkeel/core';
import type { LoadBalancerStatistics } from './balancer-statistics.ts';

/** What happened lately, monotonic ms; `-Infinity`: never. */
export interface Incidents {
  readonly queueFullMs: number;
  readonly retryRefusedMs: number;
}

/* Shorter troubles are what the balancer is there for. */
const PERSISTENT_MS = 60_000;

/** Advice on what the balancer can't mend. `nowMs` is monotonic, `now` epoch time. */
export function recommendationsFor(
  balancer: string,
  { servers, census, panic, abandoned, throttleRatio, budget, queued }: LoadBalancerStatistics,
  { queueFullMs, retryRefusedMs }: Incidents,
  nowMs: number,
  now: number,
): Recommendation[] {
  const advice: Recommendation[] = [];
  const add = (id: string, priority: Recommendation['priority'], message: string, evidence: object): void => {
    const component = 'loadBalancer';
    advice.push({
      id: `load-balancer:${balancer}:${id}`,
      component,
      priority,
      message: `Load balancer "${balancer}": ${message}`,
      evidence: { ...evidence },
      automated: false,
    });
  };
  for (const [server, { state }] of Object.entries(servers)) {
    if (state.kind !== 'down' && state.kind !== 'ejected' && state.kind !== 'trial') continue;
    const forMs = now - state.since;
    if (forMs < PERSISTENT_MS) continue;
    const { reason, kind } = state;
    const message = `look into server ${JSON.stringify(server)}, which takes no traffic: ${reason}`;
    add(`server:${server}`, 'high', message, { server, state: kind, reason, forMs });
  }
  if (panic) {
    const message = 'so few servers are healthy that all get traffic; bring servers back or add some';
    add('panic', 'critical', message, { ...census });
  }
  if (throttleRatio > 0) {
    const percent = Math.round(100 * throttleRatio);
    const message = `the servers fail so much that ${percent} % of the requests are refused; look for what they depend on`;
    add('throttled', 'critical', message, { throttleRatio });
  }
  if (nowMs - queueFullMs < PERSISTENT_MS) {
    const message = 'all servers were full, and requests were turned away; add servers or raise maxInFlight';
    add('queue-full', 'high', message, { queued });
  }
  if (nowMs - retryRefusedMs < PERSISTENT_MS) {
    const message =
      'more tries failed than the retry budget could repeat; look for what fails, not for more retries';
    add('retry-budget', 'medium', message, { refused: budget.refused });
  }
  if (abandoned.oldestMs >= PERSISTENT_MS) {
    const { count, oldestMs } = abandoned;
    const message = `${count} calls were given up and go on, one for ${formatDuration(oldestMs)}: let them heed attempt.signal`;
    add('abandoned', 'medium', message, { count, oldestMs });
  }
  return advice;
}

/** The share of servers that are well, less what is refused. */
export function healthOf(statistics: LoadBalancerStatistics, queueLimit: number): ComponentHealth {
  const { census, panic, throttleRatio, queued, inFlight, abandoned, latency } = statistics;
  const { up, unchecked, down, ejected, trial } = census;
  const healthy = up + unchecked;
  const servers = healthy + down + ejected + trial;
  // Without servers there is nothing to do, and nothing wrong.
  const share = servers === 0 ? 1 : healthy / servers;
  const score = Math.round(100 * share * (1 - throttleRatio));
  const isCritical = share === 0 || panic || throttleRatio > 0.5;
  const isWarning = share < 1 || throttleRatio > 0 || (queueLimit > 0 && queued >= queueLimit / 2);
  return {
    score,
    status: isCritical ? 'critical' : isWarning ? 'warning' : 'healthy',
    metrics: {
      servers,
      healthy,
      inFlight,
      queued,
      throttleRatio,
      abandoned: abandoned.count,
      p99Ms: latency.p99,
    },
  };
}
