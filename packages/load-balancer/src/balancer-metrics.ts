import type { BoundHistogram, Disposer, Meter } from '@evenkeel/core';
import type { LoadBalancerStatistics } from './balancer-statistics.ts';

/* From an answer of a cache to the longest that people wait. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/* How outcomes and reasons are called in labels, which are in snake case. */
const OUTCOMES = [
  ['succeeded', 'succeeded'],
  ['failed', 'failed'],
  ['ignored', 'ignored'],
  ['timedOut', 'timed_out'],
  ['aborted', 'aborted'],
  ['noServer', 'no_server'],
  ['queueFull', 'queue_full'],
  ['throttled', 'throttled'],
  ['stopped', 'stopped'],
] as const;
const REASONS = [
  ['failure', 'failure'],
  ['not-sent', 'not_sent'],
  ['timeout', 'timeout'],
  ['trial', 'trial'],
] as const;

/* Ids come and go with a discovery; so many have series of their own, and the others one. */
const MAX_SERVER_LABELS = 200;
const OTHER_SERVERS = 'other';

/** The metrics of one balancer: all but the durations are read from its statistics before an export. */
export class BalancerMetrics {
  /** Of requests, however they ended. */
  readonly requestSeconds: BoundHistogram;
  readonly #meter: Meter;
  readonly #collect: () => void;
  #dispose: Disposer | undefined;

  constructor(meter: Meter, balancer: string, statistics: () => LoadBalancerStatistics) {
    this.#meter = meter;
    const own = { balancer };
    const prefix = 'evenkeel_load_balancer_';
    const gauge = (name: string, description: string) =>
      meter.gauge(`${prefix}${name}`, { description, labels: ['balancer'] }).labels(own);
    const counter = <Label extends string>(name: string, description: string, label: Label) =>
      meter.counter<'balancer' | Label>(`${prefix}${name}`, { description, labels: ['balancer', label] });
    this.requestSeconds = meter
      .histogram(`${prefix}request_seconds`, {
        description: 'Time from a request to its end, waiting and retries included.',
        labels: ['balancer'],
        buckets: SECONDS,
      })
      .labels(own);
    const requests = counter('requests_total', 'Requests that have ended, by outcome.', 'outcome');
    const retries = counter(
      'retries_total',
      'Tries beyond the first, by what came of the one before.',
      'reason',
    );
    const total = (name: string, description: string) =>
      meter.counter(`${prefix}${name}`, { description, labels: ['balancer'] }).labels(own);
    const hedges = total('hedges_total', 'Second tries beside one that took long.');
    const hedgesWon = total('hedges_won_total', 'Second tries that were faster.');
    const refused = total('retries_refused_total', 'Tries beyond the first that the budget did not allow.');
    const queued = gauge('queued', 'Requests that wait for a server.');
    const abandoned = gauge('abandoned', 'Calls that were given up and are not done.');
    const oldest = gauge('abandoned_oldest_seconds', 'Age of the oldest of them.');
    const throttle = gauge(
      'throttle_ratio',
      'Part of the requests that is refused because the servers fail.',
    );
    const servers = meter.gauge<'balancer' | 'state'>(`${prefix}servers`, {
      description: 'Servers by state.',
      labels: ['balancer', 'state'],
    });
    const inFlight = meter.gauge<'balancer' | 'server'>(`${prefix}in_flight`, {
      description: 'Requests in flight by server.',
      labels: ['balancer', 'server'],
    });
    const labelled = new Set<string>();
    let seen: LoadBalancerStatistics | undefined;

    const collectServers = (now: LoadBalancerStatistics): void => {
      for (const [state, count] of Object.entries(now.census)) servers.labels({ balancer, state }).set(count);
      let others = 0;
      const left = new Set(labelled);
      for (const [server, statistics] of Object.entries(now.servers)) {
        left.delete(server);
        if (!labelled.has(server) && labelled.size >= MAX_SERVER_LABELS) {
          others += statistics.inFlight;
          continue;
        }
        labelled.add(server);
        inFlight.labels({ balancer, server }).set(statistics.inFlight);
      }
      // A series can't be taken back.
      for (const server of left) inFlight.labels({ balancer, server }).set(0);
      if (labelled.size >= MAX_SERVER_LABELS)
        inFlight.labels({ balancer, server: OTHER_SERVERS }).set(others);
    };

    this.#collect = () => {
      const now = statistics();
      for (const [count, outcome] of OUTCOMES) {
        requests.labels({ balancer, outcome }).inc(now.requests[count] - (seen?.requests[count] ?? 0));
      }
      for (const [count, reason] of REASONS) {
        retries.labels({ balancer, reason }).inc(now.retries[count] - (seen?.retries[count] ?? 0));
      }
      hedges.inc(now.hedges - (seen?.hedges ?? 0));
      hedgesWon.inc(now.hedgesWon - (seen?.hedgesWon ?? 0));
      refused.inc(now.budget.refused - (seen?.budget.refused ?? 0));
      queued.set(now.queued);
      abandoned.set(now.abandoned.count);
      oldest.set(now.abandoned.oldestMs / 1000);
      throttle.set(now.throttleRatio);
      collectServers(now);
      seen = now;
    };
    this.start();
  }

  /** Idempotent. */
  start(): void {
    this.#dispose ??= this.#meter.onCollect(this.#collect);
  }

  /** Ends the export. Idempotent. */
  stop(): void {
    this.#dispose?.();
    this.#dispose = undefined;
  }
}
