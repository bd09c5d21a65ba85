import { type HealthStatus, VirtualClock } from '@evenkeel/core';
import {
  type CheckResult,
  HealthChecker,
  type HealthCheckerOptions,
  type HealthEvents,
} from '@evenkeel/health';

/** A checker on a clock that stands still, with what it emits. */
export function virtualChecker(options: HealthCheckerOptions = {}) {
  const clock = new VirtualClock(Date.UTC(2024, 0, 1));
  const checker = new HealthChecker({ clock, jitter: 0, ...options });
  const errors: string[] = [];
  const changes: Pick<HealthEvents['health_changed'], 'from' | 'to' | 'checks'>[] = [];
  checker.on('error', ({ source, error }) => errors.push(`${source}: ${error.message}`));
  checker.on('health_changed', ({ from, to, checks }) => changes.push({ from, to, checks }));
  return { clock, checker, errors, changes };
}

/** Lets virtual time pass until the promise settles. */
export async function settleWithin<T>(clock: VirtualClock, ms: number, promise: Promise<T>): Promise<T> {
  await clock.advanceAsync(ms);
  return Promise.race([promise, Promise.reject(new Error(`it did not settle within ${ms} ms`))]);
}

export const healthy: CheckResult = { status: 'healthy', message: 'fine' };
export const critical: CheckResult = { status: 'critical', message: 'refused by db-7.internal' };
export const result = (status: HealthStatus): CheckResult => ({ status, message: `it is ${status}` });

/** A promise that never settles. */
export const never = <T>(): Promise<T> => new Promise<T>(() => {});

/** A check whose runs are ended by the test. */
export function manualCheck() {
  const runs: { readonly signal: AbortSignal; end(value: unknown): void; fail(error: unknown): void }[] = [];
  const check = (signal: AbortSignal): Promise<CheckResult> =>
    new Promise((resolve, reject) => {
      // What a check returns is unknown at run time: junk goes the same way.
      runs.push({ signal, end: (value) => resolve(value as CheckResult), fail: reject });
    });
  return { check, runs };
}
