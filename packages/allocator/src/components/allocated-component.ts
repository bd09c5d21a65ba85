import { Actuator, type ActuatorOptions } from '../executor/actuator.ts';
import type { ComponentView } from '../planner/allocation-view.ts';
import type { AllocationState } from './allocation-state.ts';
import { isByPressure, type Order, RUNNING, shareOf } from './goal.ts';
import { RestoreBackoff } from './restore-backoff.ts';

/* Long enough that the application's word counts, and that a component that resumes itself does not hold up others;
   short enough that the pressure does not outlast it. */
const WANTED_FOR_MS = 60_000;

/** A registered component: what it is, what moves it, and how patient one has to be with it. */
export class AllocatedComponent {
  readonly id: string;
  readonly traits: ActuatorOptions['traits'];
  readonly actuator: Actuator;
  readonly backoff = new RestoreBackoff();
  #wantedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: ActuatorOptions) {
    this.id = options.id;
    this.traits = options.traits;
    this.actuator = new Actuator(options);
  }

  /** Lets it run because the application asks for it; pressure leaves it alone for a minute. */
  resume(reason: string, nowMs: number): Promise<AllocationState> {
    this.#wantedUntilMs = nowMs + WANTED_FOR_MS;
    return this.actuator.aim({ goal: RUNNING, resource: undefined, reason }, true);
  }

  /** Gives it a goal because of pressure, or because that has gone. */
  move(order: Order, nowMs: number): Promise<unknown> {
    const { goal } = this.actuator.order;
    const isLess = shareOf(order.goal) < shareOf(goal);
    if (order.goal.kind === goal.kind) {
      if (isLess) this.backoff.lowered(nowMs);
    } else if (isLess) {
      this.backoff.relieved(nowMs);
    } else {
      this.backoff.restored(nowMs);
    }
    return this.actuator.aim(order);
  }

  view(restoreWaitMs: number, effects: ReadonlyMap<string, number>): ComponentView {
    const { order, state, isBusy } = this.actuator;
    const isUnresponsive = state.kind === 'unresponsive';
    return {
      id: this.id,
      priority: this.traits.cpuPriority,
      footprint: this.traits.memoryFootprint,
      isEssential: this.traits.isEssential,
      canReduce: this.traits.reduceResourcesCallback !== undefined,
      canPause: this.traits.pauseCallback !== undefined,
      goal: order.goal,
      goalResource: isByPressure(order.goal) ? order.resource : undefined,
      isSettled: !isBusy && !isUnresponsive,
      isUnresponsive,
      wantedUntilMs: this.#wantedUntilMs,
      readyAtMs: this.backoff.readyAtMs(restoreWaitMs),
      relievedAtMs: this.backoff.relievedAtMs,
      effects,
    };
  }
}
