import type { ComponentTraits } from '../components/component-options.ts';
import type { Goal } from '../components/goal.ts';
import type { ModeSettings } from '../modes.ts';
import type { ResourcePressure } from '../pressure/resource-pressure.ts';

/** A component as the planner sees it. */
export interface ComponentView {
  readonly id: string;
  readonly priority: ComponentTraits['cpuPriority'];
  readonly footprint: ComponentTraits['memoryFootprint'];
  readonly isEssential: boolean;
  readonly canReduce: boolean;
  readonly canPause: boolean;
  readonly goal: Goal;
  /** The resource it was reduced or paused for. */
  readonly goalResource: string | undefined;
  /** Neither under way to its goal nor unresponsive. */
  readonly isSettled: boolean;
  readonly isUnresponsive: boolean;
  /** Until then the application's wish that it runs is respected, on the monotonic clock. */
  readonly wantedUntilMs: number;
  /** Before this it is not to be resumed, on the monotonic clock. */
  readonly readyAtMs: number;
  /** When its share was last lowered because of pressure, on the monotonic clock. */
  readonly relievedAtMs: number;
  /** What its whole share costs of each resource, as far as that was learned. */
  readonly effects: ReadonlyMap<string, number>;
}

/** All that the planner decides by. */
export interface AllocationView {
  readonly components: readonly ComponentView[];
  readonly pressures: readonly ResourcePressure[];
  readonly settings: ModeSettings;
  /** Which kind of step was the last. */
  readonly lastStep: 'none' | 'relieve' | 'restore';
  /** How many relieving steps there were since the last restoring one, or since the pressure began. */
  readonly reliefsInARow: number;
  /** Whether its actions are still under way. */
  readonly isStepUnderWay: boolean;
  /** When the actions of the last step had all ended, on the monotonic clock. */
  readonly steppedAtMs: number;
}

/** One component's part in a step. */
export interface Move {
  readonly id: string;
  readonly goal: Goal;
}

/** What is to be done now. */
export type Plan =
  | { readonly kind: 'hold' }
  /** Under pressure, and there is nothing left to reduce or pause. */
  | { readonly kind: 'exhausted'; readonly resource: string }
  | {
      readonly kind: 'relieve' | 'restore';
      readonly resource: string | undefined;
      readonly reason: string;
      readonly moves: readonly Move[];
    };
