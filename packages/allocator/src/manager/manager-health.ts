import type { ComponentHealth, HealthStatus } from '@evenkeel/core';
import type { AllocationState } from '../components/allocation-state.ts';
import { PRESSURE_LEVELS } from '../pressure/pressure-level.ts';
import type { ResourcePressure } from '../pressure/resource-pressure.ts';

/* What the worst level of all resources costs: nominal, fair, serious, critical. */
const LEVEL_COSTS = [0, 5, 35, 70] as const;
const UNKNOWN_COST = 10;
const UNRESPONSIVE_COST = 10;
const MOST_UNRESPONSIVE_COST = 30;

/* A sensor needs an interval to measure in, and a file may be away for a moment. */
const UNKNOWN_AFTER_MS = 10_000;

/**
 * 100, less 5, 35 or 70 for the worst level of pressure (fair, serious, critical), 10 where a resource has been
 * unknown for 10 s, and 10 for each unresponsive component, up to 30.
 */
export function healthOf(
  pressures: readonly ResourcePressure[],
  states: readonly AllocationState[],
  nowMs: number,
): ComponentHealth {
  const levels = pressures.map((each) => (each.kind === 'known' ? PRESSURE_LEVELS.indexOf(each.level) : 0));
  const worst = Math.max(0, ...levels);
  const count = (kind: AllocationState['kind']): number =>
    states.filter((state) => state.kind === kind).length;
  const unresponsive = count('unresponsive');
  const unknown = pressures.filter(
    ({ kind, sinceMs }) => kind === 'unknown' && nowMs - sinceMs >= UNKNOWN_AFTER_MS,
  ).length;
  const cost =
    (LEVEL_COSTS[worst] ?? 0) +
    (unknown > 0 ? UNKNOWN_COST : 0) +
    Math.min(MOST_UNRESPONSIVE_COST, UNRESPONSIVE_COST * unresponsive);
  const status: HealthStatus =
    worst === 3 ? 'critical' : worst === 2 || unresponsive + unknown > 0 ? 'warning' : 'healthy';
  return {
    score: Math.max(0, 100 - cost),
    status,
    metrics: {
      components: states.length,
      reduced: count('reduced'),
      paused: count('paused'),
      unresponsive,
      pressureLevel: worst,
      unknownResources: unknown,
    },
  };
}
