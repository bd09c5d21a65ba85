import type { BoundHistogram, Gauge, Histogram } from '@evenkeel/core';
import type { Components, PerformanceSystem } from '@evenkeel/performance-system';
import { methodLabel } from './request-methods.ts';

/** The part of a `PerformanceSystem` that requests are recorded in. */
export type MeasuredSystem = Pick<PerformanceSystem, 'getComponent'>;

/** How a response ended: sent whole, given up by the client, or broken off by an error of the server's. */
export type Outcome = 'finished' | 'aborted' | 'error';

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

interface RecordedRequest {
  readonly method: string;
  readonly route: string | undefined;
  /** The status that was sent, if one was. */
  readonly status: number | undefined;
  readonly outcome: Outcome;
  readonly durationMs: number;
}

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
  readonly #routes = new Map<string, Map<string, Series>>();

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

  end(request: RecordedRequest): void {
    const { duration, succeeded, about } = this.#series(request);
    this.#inFlight.add(-1);
    duration.observe(request.durationMs / 1000);
    this.#monitor.recordRequest(succeeded, request.durationMs, about);
  }

  #series({ method, route = UNMATCHED_ROUTE, status, outcome }: RecordedRequest): Series {
    let ofRoute = this.#routes.get(route);
    if (!ofRoute) {
      if (this.#routes.size >= MAX_ROUTES && route !== OVERFLOW_ROUTE) {
        return this.#series({ method, route: OVERFLOW_ROUTE, status, outcome, durationMs: 0 });
      }
      ofRoute = new Map();
      this.#routes.set(route, ofRoute);
    }
    const label = methodLabel(method);
    const key = `${label} ${status} ${outcome}`;
    let series = ofRoute.get(key);
    if (!series) {
      series = this.#create(label, route, status, outcome);
      ofRoute.set(key, series);
    }
    return series;
  }

  #create(method: string, route: string, status: number | undefined, outcome: Outcome): Series {
    const duration = this.#durations.labels({ method, route, status_code: status ?? NO_STATUS, outcome });
    // What the client gave up is no failure of the server's; it is told apart by its outcome.
    const succeeded = outcome === 'aborted' || (outcome === 'finished' && (status ?? 0) < FIRST_SERVER_ERROR);
    return { duration, succeeded, about: { endpoint: `${method} ${route}` } };
  }
}
