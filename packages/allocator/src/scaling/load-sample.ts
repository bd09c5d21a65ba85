import type { AdmissionStatistics } from '../admission/admission-statistics.ts';
import type { ResourceReading } from '../pressure/resource-sensor.ts';

/** The load of one replica over some seconds. What was not measured is `undefined`. */
export interface LoadSample {
  /** When it ended, in monotonic ms. */
  readonly timeMs: number;
  /** Replicas that shared the load then. */
  readonly replicas: number;
  /** CPU in use, to what there is. */
  readonly cpu: number | undefined;
  readonly requests: RequestLoad | undefined;
}

/** What admission control saw in the time of a sample. */
export interface RequestLoad {
  readonly arrivedPerSecond: number;
  readonly completedPerSecond: number;
  readonly rejectedPerSecond: number;
  /** Mean time in flight of what was completed; `undefined` where nothing was. */
  readonly serviceMs: number | undefined;
  /** Mean number in flight. */
  readonly inFlight: number;
  readonly limit: number | undefined;
}

/** The running totals that scaling goes by: those of admission control, or of whatever counts the same. */
export type RequestTotals = Pick<
  AdmissionStatistics,
  'arrived' | 'completed' | 'rejected' | 'serviceMs' | 'inFlightMs' | 'limit'
>;

/** What is read at each tick. */
export interface LoadReading {
  /** In monotonic ms. */
  readonly timeMs: number;
  readonly admission: RequestTotals | undefined;
  readonly cpu: ResourceReading | undefined;
}

/** What two readings of running totals say of the time between them; `undefined` where they don't fit together. */
export function requestLoad(
  from: RequestTotals | undefined,
  to: RequestTotals | undefined,
  intervalMs: number,
): RequestLoad | undefined {
  if (!from || !to) return undefined;
  const arrived = to.arrived - from.arrived;
  const completed = to.completed - from.completed;
  const rejected = to.rejected - from.rejected;
  const serviceMs = to.serviceMs - from.serviceMs;
  const inFlightMs = to.inFlightMs - from.inFlightMs;
  // Totals that went back belong to another admission control: it was made anew.
  const fits = [arrived, completed, rejected, serviceMs, inFlightMs].every(
    (total) => total >= 0 && total < Infinity,
  );
  if (!fits) return undefined;
  const perSecond = 1000 / intervalMs;
  return {
    arrivedPerSecond: arrived * perSecond,
    completedPerSecond: completed * perSecond,
    rejectedPerSecond: rejected * perSecond,
    serviceMs: completed > 0 ? serviceMs / completed : undefined,
    inFlight: inFlightMs / intervalMs,
    limit: to.limit !== undefined && to.limit > 0 && to.limit < Infinity ? to.limit : undefined,
  };
}
