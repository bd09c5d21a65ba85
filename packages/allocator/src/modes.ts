/** How much of the resources optional work may use. */
export type ResourceMode = (typeof RESOURCE_MODES)[number];

/** From the one that lets components use most to the one that lets them use least. */
export const RESOURCE_MODES = ['performance', 'balanced', 'efficiency'] as const;

/** Used parts of a resource, from 0 to 1, that mean something to a mode. */
export interface ResourceThresholds {
  /** From here on the resource is well used. Nothing is done yet. */
  readonly fair: number;
  /** From here on components are reduced and paused. */
  readonly serious: number;
  /** From here on that is done in a hurry. */
  readonly critical: number;
  /** What relief aims at, and what restored components may fill the resource up to. */
  readonly budget: number;
}

export interface ModeSettings {
  readonly memory: ResourceThresholds;
  readonly eventLoop: ResourceThresholds;
  /** For CPU and every other resource. */
  readonly others: ResourceThresholds;
  /** The smallest share a component is reduced to. */
  readonly leastShare: number;
  /** How long a relieving step is given to show its effect, in ms. */
  readonly settleMs: number;
  /** The same while a resource is critical. */
  readonly criticalSettleMs: number;
  /** How long a resource must have been below a level to leave it, in ms. */
  readonly dwellMs: number;
  /** The shortest wait before a restoring step, and after one, in ms. */
  readonly restoreWaitMs: number;
}

/**
 * What the modes mean. Memory is relieved before it is full, since nobody survives that; the event loop, since what
 * arrives at one that is 90 % busy waits ten times as long as its work takes; a CPU may be full.
 *
 * |                                            | performance | balanced | efficiency |
 * | ------------------------------------------ | ----------- | -------- | ---------- |
 * | `cpu` and others: fair                     | 0.85        | 0.80     | 0.60       |
 * | serious                                    | 0.98        | 0.97     | 0.75       |
 * | critical                                   | 1.00        | 0.99     | 0.90       |
 * | budget                                     | 0.94        | 0.93     | 0.70       |
 * | `eventLoop`: fair                          | 0.70        | 0.60     | 0.50       |
 * | serious                                    | 0.92        | 0.85     | 0.70       |
 * | critical                                   | 0.98        | 0.95     | 0.85       |
 * | budget                                     | 0.85        | 0.75     | 0.60       |
 * | `memory`: fair                             | 0.80        | 0.75     | 0.60       |
 * | serious                                    | 0.90        | 0.85     | 0.75       |
 * | critical                                   | 0.96        | 0.93     | 0.85       |
 * | budget                                     | 0.86        | 0.81     | 0.70       |
 * | least share                                | 0.25        | 0.10     | 0.05       |
 * | wait for the effect of a step              | 3 s         | 2 s      | 2 s        |
 * | the same at critical                       | 1 s         | 1 s      | 1 s        |
 * | below a level before it is left            | 3 s         | 5 s      | 10 s       |
 * | wait before components are restored        | 3 s         | 4 s      | 15 s       |
 */
export const MODES: Readonly<Record<ResourceMode, ModeSettings>> = {
  performance: {
    memory: { fair: 0.8, serious: 0.9, critical: 0.96, budget: 0.86 },
    eventLoop: { fair: 0.7, serious: 0.92, critical: 0.98, budget: 0.85 },
    others: { fair: 0.85, serious: 0.98, critical: 1, budget: 0.94 },
    leastShare: 0.25,
    settleMs: 3000,
    criticalSettleMs: 1000,
    dwellMs: 3000,
    restoreWaitMs: 3000,
  },
  balanced: {
    memory: { fair: 0.75, serious: 0.85, critical: 0.93, budget: 0.81 },
    eventLoop: { fair: 0.6, serious: 0.85, critical: 0.95, budget: 0.75 },
    others: { fair: 0.8, serious: 0.97, critical: 0.99, budget: 0.93 },
    leastShare: 0.1,
    settleMs: 2000,
    criticalSettleMs: 1000,
    dwellMs: 5000,
    restoreWaitMs: 4000,
  },
  efficiency: {
    memory: { fair: 0.6, serious: 0.75, critical: 0.85, budget: 0.7 },
    eventLoop: { fair: 0.5, serious: 0.7, critical: 0.85, budget: 0.6 },
    others: { fair: 0.6, serious: 0.75, critical: 0.9, budget: 0.7 },
    leastShare: 0.05,
    settleMs: 2000,
    criticalSettleMs: 1000,
    dwellMs: 10_000,
    restoreWaitMs: 15_000,
  },
};

export function thresholdsFor(settings: ModeSettings, resource: string): ResourceThresholds {
  if (resource === 'memory') return settings.memory;
  return resource === 'eventLoop' ? settings.eventLoop : settings.others;
}
