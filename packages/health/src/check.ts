import type { Disposer, Duration, HealthStatus } from '@evenkeel/core';

/** What a check is asked for: is the process alive, may it take traffic, has it come up? */
export type HealthKind = 'liveness' | 'readiness' | 'startup';

/** All kinds. */
export const HEALTH_KINDS = ['liveness', 'readiness', 'startup'] as const satisfies readonly HealthKind[];

/** `unknown` until the first result. */
export type KnownStatus = HealthStatus | 'unknown';

/** What a check returns. */
export interface CheckResult {
  readonly status: HealthStatus;
  /** One sentence for people. Shown over HTTP only to those who are authorised. */
  readonly message: string;
  /** Measurements behind it, as plain data. Shown over HTTP only to those who are authorised. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * A check: finds out about one thing. It may throw or reject, which counts as critical. Its signal fires when
 * nobody waits any longer: a check that passes it on frees what it holds.
 */
export interface HealthCheck {
  (signal: AbortSignal): CheckResult | PromiseLike<CheckResult>;
  /** Whether it asks something outside of the process; such a check is refused as a liveness check. */
  readonly dependency?: boolean;
  /** What it looks at, in the terms of health+json. @defaultValue 'component' */
  readonly componentType?: 'component' | 'datastore' | 'system';
  /** Begins to collect what the check judges by; runs from the checker's `start()` to its `stop()`. */
  readonly begin?: () => Disposer;
}

/** How a check is run and judged. All are optional; `defaults` of the checker come first. */
export interface HealthCheckOptions {
  /** How long a run may take, in ms. @defaultValue the checker's `totalBudget` */
  readonly timeout?: Duration;
  /** Time between runs in the background while the checker is started, in ms; 0 turns them off. @defaultValue 10000 */
  readonly interval?: Duration;
  /** How long a result that is not critical answers in place of a new run, in ms. @defaultValue 0 */
  readonly cacheFor?: Duration;
  /** How long a critical result answers in place of a new run, in ms. @defaultValue 0 */
  readonly cacheFailuresFor?: Duration;
  /**
   * For how long after `cacheFor` a result that is not critical still answers, while a new run begins behind
   * it (stale-while-revalidate), in ms. @defaultValue 0
   */
  readonly staleFor?: Duration;
  /** Whether a critical result makes the whole critical (503) rather than a warning (200). @defaultValue true */
  readonly critical?: boolean;
  /** @defaultValue 'readiness' */
  readonly kind?: HealthKind;
  /** So many results in a row, each worse than the present status, worsen it. At most 100. @defaultValue 1 */
  readonly failureThreshold?: number;
  /** So many results in a row, each better than the present status, improve it. At most 100. @defaultValue 1 */
  readonly successThreshold?: number;
}

/** A check with its name and options, as `nodeHealthChecks()` makes them for `builtIn`. */
export interface HealthCheckDefinition {
  readonly name: string;
  readonly check: HealthCheck;
  readonly options?: HealthCheckOptions;
}
