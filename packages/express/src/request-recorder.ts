import type { BoundHistogram, Gauge, Histogram } from '@evenkeel/core';
import type { Components, PerformanceSystem } from '@evenkeel/performance-system';
import { METHOD_LABELS, methodIndex } from './request-methods.ts';

/** The part of a `PerformanceSystem` that requests are recorded in. */
export type MeasuredSystem = Pick<PerformanceSystem, 'getComponent'>;

/** How a response ended: sent whole, given up by the client, or broken off by an error of the server's. */
export type Outcome = (typeof OUTCOMES)[number];
const OUTCOMES = ['finished', 'aborted', 'error'] as const;

/** Places in the list of outcomes. */
export const FINISHED = 0;
export const ABORTED = 1;
export const ERROR = 2;

/** The route label of requests that no route took: unknown URLs, and what middleware answered by itself. */
export const UNMATCHED_ROUTE = '__unmatched__';

/** The route label once there are more patterns than anybody writes by hand. */
export const OVERFLOW_ROUTE = '__overflow__';
const MAX_ROUTES = 1000;

/* Statuses from 500 on are failures of the server's. */
const FIRST_SERVER_ERROR = 500;

/* The status label where the connection closed before a status was sent. */
const NO_STATUS = 'none';

type RequestLabel = 'method' | 'route' | 'status_code' | 'outcome';

/** What is the same for all requests of one series, looked up once. */
interface Series {
  readonly duration: BoundHistogram;
  readonly succeeded: boolean;
  /** What the monitor files the requests under. */
  readonly about: { readonly endpoint: string };
}

/** Records requests in the metrics and the monitor of a system. */
export class RequestRecorder {
  readonly #monitor: Components['performance'];
  readonly #durations: Histogram<RequestLabel>;
  readonly #inFlight: Gauge;
  /* By route, and by method, outcome and status in one number: looked up for every request. */
  readonly #routes = new Map<string, Map<number, Series>>();

  constructor(system: MeasuredSystem) {
    const metrics = system.getComponent('metrics');
    this.#monitor = system.getComponent('performance');
    this.#durations = metrics.histogram('http_request_duration_seconds', {
      description: 'Time from the arrival of a request to the end of its response.',
      labels: ['method', 'route', 'status_code', 'outcome'],
    });
    this.#inFlight = metrics.gauge('http_requests_in_flight', {
      description: 'Requests whose response has not ended.',
    });
  }

  /** Counts a request as in flight until `end` is called for it. */
  begin(): void {
    this.#inFlight.add(1);
  }

  /**
   * @param route the pattern of the route that took the request, if one did
   * @param status the status that was sent; 0 where none was
   * @param outcome {@link FINISHED}, {@link ABORTED} or {@link ERROR}
   */
  end(method: string, route: string | undefined, status: number, outcome: number, durationMs: number): void {
    const series = this.#series(methodIndex(method), route ?? UNMATCHED_ROUTE, status, outcome);
    this.#inFlight.add(-1);
    series.duration.observe(durationMs / 1000);
    this.#monitor.recordRequest(series.succeeded, durationMs, series.about);
  }

  #series(method: number, route: string, status: number, outcome: number): Series {
    let ofRoute = this.#routes.get(route);
    if (!ofRoute) {
      if (this.#routes.size >= MAX_ROUTES && route !== OVERFLOW_ROUTE) {
        return this.#series(method, OVERFLOW_ROUTE, status, outcome);
      }
      ofRoute = new Map();
      this.#routes.set(route, ofRoute);
    }
    const key = (status * METHOD_LABELS.length + method) * OUTCOMES.length + outcome;
    let series = ofRoute.get(key);
    if (!series) {
      series = this.#create(METHOD_LABELS[method] ?? '', route, status, OUTCOMES[outcome] ?? 'error');
      ofRoute.set(key, series);
    }
    return series;
  }

  #create(method: string, route: string, status: number, outcome: Outcome): Series {
    const labels = { method, route, status_code: status === 0 ? NO_STATUS : status, outcome };
    // What the client gave up is no failure of the server's; it is told apart by its outcome.
    const succeeded = outcome === 'aborted' || (outcome === 'finished' && status < FIRST_SERVER_ERROR);
    return { duration: this.#durations.labels(labels), succeeded, about: { endpoint: `${method} ${route}` } };
  }
}
