import type { HealthSummary } from '../health-summary.ts';

/**
 * A body by MicroProfile Health 4. There the whole is UP only when each check is, so that a degradable check
 * that fails is UP here, with its own status among the data.
 */
export function microprofile(
  { ok, checks }: HealthSummary,
  { authorised }: { readonly authorised: boolean },
): object {
  return {
    status: ok ? 'UP' : 'DOWN',
    checks: Object.values(checks).map(({ name, status, critical, message, details }) => ({
      name,
      status: critical && (status === 'critical' || status === 'unknown') ? 'DOWN' : 'UP',
      data: { status, critical, ...(authorised ? { message, ...details } : {}) },
    })),
  };
}
