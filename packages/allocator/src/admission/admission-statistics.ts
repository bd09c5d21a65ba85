import type { RefusalReason, RequestClass } from './request-class.ts';

/** What admission control has seen; counts are running totals since it was made. */
export interface AdmissionStatistics {
  readonly arrived: number;
  readonly started: number;
  readonly completed: number;
  readonly rejected: number;
  /** Given up by who had asked for it, before it was started. */
  readonly abandoned: number;
  /** Started and not ended, hung work included. */
  readonly inFlight: number;
  /** Waiting to be started. */
  readonly queued: number;
  /** Of those in flight: so long that they are counted apart. */
  readonly hung: number;
  /** Sum of the times in flight of all completed work, in ms; of hung work that until it was counted apart. */
  readonly serviceMs: number;
  /** Sum of the times that started work had waited, in ms. */
  readonly waitedMs: number;
  /** Work in flight and not hung, integrated over time, in ms: the mean concurrency, by two readings. */
  readonly inFlightMs: number;
  /** The learned limit on work in flight; `undefined` while there is no need of one. */
  readonly limit: number | undefined;
  readonly classes: Readonly<Record<RequestClass, ClassStatistics>>;
}

/** The same by class. */
export interface ClassStatistics {
  readonly arrived: number;
  readonly started: number;
  readonly queued: number;
  readonly rejected: Readonly<Record<RefusalReason, number>>;
  /** Whether it comes in faster than it can be done. */
  readonly overloaded: boolean;
}
