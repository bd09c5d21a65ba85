import type { ManagedComponent } from '@evenkeel/core';
import type { HealthCheck } from './check.ts';

/**
 * The check of a component by its own `healthCheck()`: its status, with its score and metrics as details.
 *
 * @example
 * checker.registerHealthCheck('cache', componentCheck(cache), { critical: false });
 */
export function componentCheck(component: Pick<ManagedComponent, 'healthCheck'>): HealthCheck {
  return async () => {
    const { score, status, metrics } = await component.healthCheck();
    return { status, message: `score ${Math.round(score)} of 100`, details: { score, ...metrics } };
  };
}
