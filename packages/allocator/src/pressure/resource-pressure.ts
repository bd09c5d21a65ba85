import type { PressureLevel } from './pressure-level.ts';

/** How full a resource is, as far as anybody knows. */
export type ResourcePressure = KnownPressure | UnknownPressure;

export interface KnownPressure {
  readonly kind: 'known';
  readonly resource: string;
  readonly level: PressureLevel;
  /** The latest reading. */
  readonly utilization: number;
  /** The second highest of the latest readings: what steps are sized by. */
  readonly typicalUtilization: number;
  /** Whether it was ever seen beyond 1; else it may end there, and not tell how much more is wanted. */
  readonly isOpenEnded: boolean;
  /** Since when the level stands, on the monotonic clock. */
  readonly sinceMs: number;
  readonly evidence: Readonly<Record<string, number | string>>;
}

/** No sensor of the resource can tell: nothing is done because of it. */
interface UnknownPressure {
  readonly kind: 'unknown';
  readonly resource: string;
  readonly sinceMs: number;
}
