import type { HealthStatus } from '@evenkeel/core';
import type { HealthCheck, HealthKind, KnownStatus } from './check.ts';
import type { FailureReason } from './observation.ts';

/** What is known of one check. Plain data. */
export interface CheckReport {
  readonly name: string;
  readonly kind: HealthKind;
  /** Whether it can make the whole critical. */
  readonly critical: boolean;
  readonly componentType: NonNullable<HealthCheck['componentType']>;
  /** The status that counts: after damping. */
  readonly status: KnownStatus;
  /** The status of the last run by itself. */
  readonly observedStatus: KnownStatus;
  /** The last run's message. */
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Why the last run was critical. */
  readonly reason?: FailureReason;
  /** When the last run ended, in ms since 1970. */
  readonly checkedAt?: number;
  /** How old the last result is. */
  readonly ageMs?: number;
  /** How long the last run took. */
  readonly durationMs?: number;
  /** Whether a run is under way. */
  readonly running: boolean;
  readonly runs: number;
  readonly failures: number;
  /** Critical results in a row, up to now. */
  readonly consecutiveFailures: number;
  /** Runs that ended after they had timed out; their results were not used. */
  readonly lateRuns: number;
  /** How long the last such run took in all. */
  readonly lateMs?: number;
  /** What the last such run came to. */
  readonly lateStatus?: HealthStatus;
}

/** The report of a check that is expected and that nobody has registered. */
export function missingCheck(name: string): CheckReport {
  return {
    name,
    kind: 'readiness',
    critical: true,
    componentType: 'component',
    status: 'unknown',
    observedStatus: 'unknown',
    message: 'it is expected but not registered yet',
    running: false,
    runs: 0,
    failures: 0,
    consecutiveFailures: 0,
    lateRuns: 0,
  };
}
