import type { Clock } from '@evenkeel/core';
import type { AllocatedComponent } from '../components/allocated-component.ts';
import { isByPressure, shareOf } from '../components/goal.ts';
import type { ModeSettings } from '../modes.ts';
import type { AllocationView, Plan } from '../planner/allocation-view.ts';
import { LearnedEffects, type Utilizations } from '../planner/learned-effects.ts';
import { plan } from '../planner/plan.ts';
import { type Step, StepTracker } from '../planner/step-tracker.ts';
import { type PressureChange, PressureWatch } from '../pressure/pressure-watch.ts';
import type { ResourcePressure } from '../pressure/resource-pressure.ts';
import type { ResourceSensor } from '../pressure/resource-sensor.ts';
import type { SensorFailure } from '../pressure/sensor-set.ts';
import type { ManagerMetrics } from './manager-metrics.ts';
import type { LastStep } from './manager-snapshot.ts';

export interface ControlLoopOptions {
  readonly components: ReadonlyMap<string, AllocatedComponent>;
  readonly sensors: readonly ResourceSensor[];
  readonly settings: ModeSettings;
  readonly clock: Clock;
  readonly metrics: ManagerMetrics;
  readonly onPressure: (change: PressureChange) => void;
  readonly onSensorFailure: SensorFailure;
}

const QUIET: Plan = { kind: 'hold' };

/** Looks at the resources, decides, and gives components their goals: once per call of `tick`. */
export class ControlLoop {
  settings: ModeSettings;
  readonly effects = new LearnedEffects();
  readonly #components: ReadonlyMap<string, AllocatedComponent>;
  readonly #clock: Clock;
  readonly #metrics: ManagerMetrics;
  readonly #onPressure: ControlLoopOptions['onPressure'];
  readonly #watch: PressureWatch;
  readonly #tracker: StepTracker;
  readonly #exhaustedSinceMs = new Map<string, number>();
  #lastStep: LastStep | undefined;

  constructor(options: ControlLoopOptions) {
    this.settings = options.settings;
    this.#components = options.components;
    this.#clock = options.clock;
    this.#metrics = options.metrics;
    this.#onPressure = options.onPressure;
    this.#watch = new PressureWatch(options.sensors, options.clock.monotonic(), options.onSensorFailure);
    this.#tracker = new StepTracker(options.clock, () => this.#watch.startAfresh());
  }

  get pressures(): readonly ResourcePressure[] {
    return this.#watch.pressures;
  }

  /** Since when there is nothing left to do, by resource, on the monotonic clock. */
  get exhaustedSinceMs(): ReadonlyMap<string, number> {
    return this.#exhaustedSinceMs;
  }

  get lastStep(): LastStep | undefined {
    return this.#lastStep;
  }

  start(): void {
    this.#watch.start();
  }

  stop(): void {
    this.#watch.stop(this.#clock.monotonic());
    this.#exhaustedSinceMs.clear();
  }

  tick(): void {
    const nowMs = this.#clock.monotonic();
    const changes = this.#watch.observe(nowMs, this.settings);
    this.#metrics.recordPressures(this.#watch.pressures);
    for (const change of changes) this.#onPressure(change);
    this.#measureStep();
    const decision = this.#isQuiet() ? QUIET : plan(this.#view(), nowMs);
    this.#metrics.decisionSeconds.observe((this.#clock.monotonic() - nowMs) / 1000);
    this.#noteExhaustion(decision.kind === 'exhausted' ? decision.resource : undefined, nowMs);
    if (decision.kind === 'relieve' || decision.kind === 'restore') this.#take(decision, nowMs);
  }

  #measureStep(): void {
    const { pressures } = this.#watch;
    const isCritical = pressures.some((each) => each.kind === 'known' && each.level === 'critical');
    this.#tracker.measure(this.effects, utilizations(pressures), this.settings, isCritical);
    if (!isCritical) this.#tracker.relax();
  }

  /** Whether there is neither anything to relieve nor anything to restore: most of the time. */
  #isQuiet(): boolean {
    if (this.#watch.pressures.some(isPressing)) return false;
    for (const { actuator } of this.#components.values()) {
      if (isByPressure(actuator.order.goal)) return false;
    }
    return true;
  }

  #view(): AllocationView {
    const { settings } = this;
    const { pressures } = this.#watch;
    return {
      components: [...this.#components.values()].map((component) =>
        component.view(settings.restoreWaitMs, this.effects.of(component.id)),
      ),
      pressures,
      settings,
      lastStep: this.#tracker.lastStep,
      reliefsInARow: this.#tracker.reliefsInARow,
      isStepUnderWay: this.#tracker.isUnderWay,
      steppedAtMs: this.#tracker.steppedAtMs,
    };
  }

  #take({ kind, resource, reason, moves }: Step, nowMs: number): void {
    const planned = moves.map(({ id, goal }) => {
      const component = this.#components.get(id);
      return { component, from: component?.actuator.order.goal, goal };
    });
    this.#tracker.begin(kind, utilizations(this.#watch.pressures));
    this.#lastStep = { kind, at: this.#clock.now(), reason, components: moves.map(({ id }) => id) };
    for (const { component, from, goal } of planned) {
      // A callback of an earlier move may have paused, resumed or removed this one: then the plan is out of date.
      if (!component || !from || this.#components.get(component.id) !== component) continue;
      if (component.actuator.order.goal !== from) continue;
      const ended = component.move({ goal, resource, reason }, nowMs);
      this.#tracker.add(component.id, shareOf(goal) - shareOf(from), ended);
    }
  }

  #noteExhaustion(exhausted: string | undefined, nowMs: number): void {
    for (const pressure of this.#watch.pressures) {
      const { resource } = pressure;
      if (!isPressing(pressure)) this.#exhaustedSinceMs.delete(resource);
      else if (resource === exhausted && !this.#exhaustedSinceMs.has(resource)) {
        this.#exhaustedSinceMs.set(resource, nowMs);
      }
    }
  }
}

function isPressing(pressure: ResourcePressure): boolean {
  return pressure.kind === 'known' && (pressure.level === 'serious' || pressure.level === 'critical');
}

function utilizations(pressures: readonly ResourcePressure[]): Utilizations {
  const known = pressures.filter((pressure) => pressure.kind === 'known');
  return new Map(known.map(({ resource, typicalUtilization }) => [resource, typicalUtilization]));
}
