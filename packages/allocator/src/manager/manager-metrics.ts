import type { BoundHistogram, Meter } from '@evenkeel/core';
import { type ActionName, ALLOCATION_STATES, type AllocationState } from '../components/allocation-state.ts';
import type { ActionOutcome } from '../executor/actuator.ts';
import { PRESSURE_LEVELS } from '../pressure/pressure-level.ts';
import type { ResourcePressure } from '../pressure/resource-pressure.ts';

/* From 10 µs to 10 ms. */
const DECISION_BUCKETS = [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01];

export interface ManagerMetrics {
  readonly decisionSeconds: BoundHistogram;
  countAction(action: ActionName, outcome: ActionOutcome): void;
  recordPressures(pressures: readonly ResourcePressure[]): void;
}

/** @param states looked at before each export */
export function defineManagerMetrics(meter: Meter, states: () => Iterable<AllocationState>): ManagerMetrics {
  const utilization = meter.gauge('evenkeel_allocator_resource_utilization_ratio', {
    description: 'Used part of a resource; NaN while no sensor can tell.',
    labels: ['resource'],
  });
  const level = meter.gauge('evenkeel_allocator_pressure_level', {
    description: 'Pressure on a resource: 0 nominal, 1 fair, 2 serious, 3 critical; NaN while unknown.',
    labels: ['resource'],
  });
  const components = meter.gauge('evenkeel_allocator_components', {
    description: 'Components by state.',
    labels: ['state'],
  });
  const actions = meter.counter('evenkeel_allocator_actions_total', {
    description: 'Callbacks by action and outcome: done, failed, timed_out, late (after a time-out).',
    labels: ['action', 'outcome'],
  });
  meter.onCollect(() => {
    const counts = new Map<string, number>();
    for (const { kind } of states()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    for (const state of ALLOCATION_STATES) components.labels({ state }).set(counts.get(state) ?? 0);
  });
  return {
    decisionSeconds: meter.histogram('evenkeel_allocator_decision_seconds', {
      description: 'Time from the readings to the decision.',
      buckets: DECISION_BUCKETS,
    }),
    countAction: (action, outcome) => actions.labels({ action, outcome }).inc(),
    recordPressures(pressures) {
      for (const pressure of pressures) {
        const { resource } = pressure;
        const isKnown = pressure.kind === 'known';
        utilization.labels({ resource }).set(isKnown ? pressure.utilization : Number.NaN);
        level.labels({ resource }).set(isKnown ? PRESSURE_LEVELS.indexOf(pressure.level) : Number.NaN);
      }
    },
  };
}
