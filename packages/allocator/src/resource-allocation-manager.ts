import {
  type Clock,
  type ComponentHealth,
  type Disposer,
  Emitter,
  type ManagedComponent,
  option,
  PeriodicTask,
  type Recommendation,
  readOptions,
  readValue,
  StateError,
  UnknownNameError,
} from '@evenkeel/core';
import { AdmissionController } from './admission/admission-controller.ts';
import { AllocatedComponent } from './components/allocated-component.ts';
import type { AllocationState } from './components/allocation-state.ts';
import { type ComponentOptions, readComponentOptions } from './components/component-options.ts';
import { isByPressure, RUNNING } from './components/goal.ts';
import { adviceFor } from './manager/advice.ts';
import { ControlLoop } from './manager/control-loop.ts';
import type { KnownOrNot, ResourceManagerEvents } from './manager/manager-events.ts';
import { healthOf } from './manager/manager-health.ts';
import { defineManagerMetrics, type ManagerMetrics } from './manager/manager-metrics.ts';
import { type ResourceAllocationManagerOptions, readManagerOptions } from './manager/manager-options.ts';
import type {
  ComponentSnapshot,
  ResourceManagerSnapshot,
  ResourceSnapshot,
  ResourceUsage,
} from './manager/manager-snapshot.ts';
import { MODES, RESOURCE_MODES, type ResourceMode } from './modes.ts';
import type { PressureChange } from './pressure/pressure-watch.ts';
import type { ResourcePressure } from './pressure/resource-pressure.ts';
import { LoadHistory } from './scaling/load-history.ts';
import {
  recommendReplicas,
  type ScalingOptions,
  type ScalingRecommendation,
} from './scaling/recommend-replicas.ts';
import { exportRecommendation } from './scaling/scaling-metrics.ts';

export interface PauseOptions {
  /** Pauses an essential component, too. @defaultValue false */
  readonly force?: boolean;
}

/* An id made up per request would otherwise grow the list without end. */
const MAX_COMPONENTS = 1000;

const OWNER = 'ResourceAllocationManager';

/**
 * Keeps an application within its resources: under pressure, components are reduced and then paused, those of
 * low priority and large footprint first, step by step and only as far as the measured effect requires; when the
 * pressure has gone they are restored in reverse. Essential components are never paused because of pressure.
 *
 * @example
 * const manager = new ResourceAllocationManager({ sensors: nodeSensors() });
 * manager.registerComponent('reports', {
 *   cpuPriority: 'low',
 *   pauseCallback: () => reports.pause(),
 *   resumeCallback: () => reports.resume(),
 *   reduceResourcesCallback: ({ share }) => reports.setConcurrency(Math.ceil(8 * share)),
 * });
 * manager.start();
 */
export class ResourceAllocationManager extends Emitter<ResourceManagerEvents> implements ManagedComponent {
  static #default:
    | { readonly manager: ResourceAllocationManager; readonly options: ResourceAllocationManagerOptions }
    | undefined;

  /** Decides which requests are started and which are refused. It works whether or not the manager is started. */
  readonly admission: AdmissionController;
  readonly #clock: Clock;
  readonly #actionTimeoutMs: number;
  readonly #components = new Map<string, AllocatedComponent>();
  readonly #metrics: ManagerMetrics;
  readonly #loop: ControlLoop;
  readonly #history = new LoadHistory();
  readonly #replicas: () => number;
  readonly #task: PeriodicTask;
  #mode: ResourceMode;

  /**
   * The one instance of the process, made and started at the first call: whoever calls first gives the options,
   * sensors among them. Later calls may leave them out or repeat them. Once stopped it is let go, and the next
   * call makes another.
   *
   * @throws ConfigurationError for bad options
   * @throws StateError for options other than those it was made with
   */
  static async getInstance(options?: ResourceAllocationManagerOptions): Promise<ResourceAllocationManager> {
    const present = ResourceAllocationManager.#default;
    if (present) {
      if (options) requireSameOptions(present.options, options);
      return present.manager;
    }
    const manager = new ResourceAllocationManager(options);
    ResourceAllocationManager.#default = { manager, options: { ...options } };
    manager.start();
    return manager;
  }

  /** @throws ConfigurationError */
  constructor(options: ResourceAllocationManagerOptions = {}) {
    const { sensors, mode, interval, actionTimeout, replicas, admission, clock, meter } =
      readManagerOptions(options);
    super(clock);
    this.#clock = clock;
    this.admission = new AdmissionController({ ...admission, clock, meter });
    this.admission.on('error', ({ source, error }) => this.reportError(`admission: ${source}`, error));
    this.#actionTimeoutMs = actionTimeout;
    this.#mode = mode;
    this.#metrics = defineManagerMetrics(meter, () => this.#states());
    this.#loop = new ControlLoop({
      components: this.#components,
      sensors,
      settings: MODES[mode],
      clock,
      metrics: this.#metrics,
      onPressure: (change) => this.#tellPressure(change),
      onSensorFailure: (source, thrown) => this.reportError(source, thrown),
    });
    this.#replicas = replicas;
    exportRecommendation(meter, () => this.getScalingRecommendation());
    this.#task = new PeriodicTask(() => this.#tick(), {
      intervalMs: interval,
      clock,
      onError: (thrown) => this.reportError('control loop', thrown),
    });
  }

  get isRunning(): boolean {
    return this.#task.isRunning;
  }

  get mode(): ResourceMode {
    return this.#mode;
  }

  /**
   * Puts a component under the manager's care; it counts as running. Returns what unregisters it.
   *
   * @throws ConfigurationError for bad options
   * @throws StateError when the id is taken, or beyond 1000 components
   */
  registerComponent(id: string, options: ComponentOptions = {}): Disposer {
    const owner = `${OWNER}.registerComponent`;
    readValue(owner, 'id', id, option.string());
    const traits = readComponentOptions(owner, options);
    if (this.#components.has(id)) {
      throw new StateError(
        `a component called ${JSON.stringify(id)} is registered already; unregister it first`,
      );
    }
    if (this.#components.size >= MAX_COMPONENTS) {
      throw new StateError(`there are ${MAX_COMPONENTS} components already`);
    }
    const component: AllocatedComponent = new AllocatedComponent({
      id,
      traits,
      clock: this.#clock,
      timeoutMs: this.#actionTimeoutMs,
      onState: (state, before) => this.#tellState(id, state, before),
      onOutcome: (action, outcome) => this.#metrics.countAction(action, outcome),
    });
    this.#components.set(id, component);
    return () => {
      if (this.#components.get(id) === component) this.unregisterComponent(id);
    };
  }

  /**
   * Lets go of a component, and leaves it as it is: one that is paused stays paused. Resume it before where that
   * is not wanted. Returns the state it is left in; `undefined` where there is no such component.
   */
  unregisterComponent(id: string): AllocationState | undefined {
    const component = this.#components.get(id);
    if (!component) return undefined;
    this.#components.delete(id);
    this.#loop.effects.forget(id);
    component.actuator.retire();
    return component.actuator.state;
  }

  /** Used part of each resource in percent, as of the last look at the sensors. */
  getCurrentResourceUsage(): ResourceUsage {
    const known = this.#loop.pressures.filter((pressure) => pressure.kind === 'known');
    return Object.fromEntries(known.map(({ resource, utilization }) => [resource, utilization * 100]));
  }

  /**
   * Changes thresholds, budgets and waits, from the next look at the sensors on. See `MODES`.
   *
   * @throws ConfigurationError for a mode that there is not
   */
  setResourceMode(mode: ResourceMode): void {
    readValue(`${OWNER}.setResourceMode`, 'mode', mode, option.oneOf(RESOURCE_MODES));
    const from = this.#mode;
    if (from === mode) return;
    this.#mode = mode;
    this.#loop.settings = MODES[mode];
    this.emit('resource-manager:mode-changed', { from, to: mode });
  }

  /**
   * Pauses a component until `resumeComponent` is called: pressure and its end don't touch it meanwhile.
   * Resolves when it is paused. Rejects with what the callback failed with, though it is tried again, and with
   * `StateError` when another order comes first; these need no handling, as events tell of them too. Must not be
   * awaited by the component's own callbacks: it waits for them.
   *
   * Rejects with `UnknownNameError`, or `StateError` for a component without a `pauseCallback` and for an
   * essential one unless forced.
   */
  pauseComponent(id: string, options: PauseOptions = {}): Promise<AllocationState> {
    try {
      const owner = `${OWNER}.pauseComponent`;
      const { force } = readOptions<{ force: boolean }>(owner, options, {
        force: option.boolean().default(false),
      });
      const { traits, actuator } = this.#component(id);
      const name = JSON.stringify(id);
      if (!traits.pauseCallback) throw new StateError(`component ${name} has no pauseCallback`);
      if (traits.isEssential && !force) {
        throw new StateError(`component ${name} is essential: pausing it takes { force: true }`);
      }
      const goal = { kind: 'paused', by: 'caller' } as const;
      return actuator.aim({ goal, resource: undefined, reason: 'paused by the application' }, true);
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  /**
   * Lets a component do all of its work, whoever paused or reduced it. Pressure leaves it alone for a minute, and
   * may act upon it again after that. Resolves and rejects as `pauseComponent` does.
   */
  resumeComponent(id: string): Promise<AllocationState> {
    try {
      return this.#component(id).resume('resumed by the application', this.#clock.monotonic());
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  /** By id, in the order of registration. */
  getComponentStates(): Readonly<Record<string, AllocationState>> {
    return Object.fromEntries([...this.#components].map(([id, { actuator }]) => [id, actuator.state]));
  }

  /** Looks at the sensors from now on, and acts upon what they show. Idempotent. */
  start(): void {
    if (this.#task.isRunning) return;
    this.#loop.start();
    this.#task.start();
    for (const { actuator } of this.#components.values()) actuator.persist();
  }

  /**
   * Takes no further step, restores what was reduced or paused because of pressure, and waits for that and for
   * all actions under way: twice the action time-out at the most. What the application paused stays paused.
   * Idempotent; `start()` may follow.
   */
  async stop(): Promise<void> {
    if (ResourceAllocationManager.#default?.manager === this) ResourceAllocationManager.#default = undefined;
    const stopped = this.#task.stop();
    this.#loop.stop();
    const components = [...this.#components.values()];
    for (const { actuator } of components) {
      if (isByPressure(actuator.order.goal)) {
        void actuator.aim({ goal: RUNNING, resource: undefined, reason: 'the manager was stopped' }, true);
      }
      actuator.rest();
    }
    await Promise.all([stopped, ...components.map(({ actuator }) => actuator.whenIdle())]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  snapshot(): ResourceManagerSnapshot {
    const { lastStep } = this.#loop;
    return {
      mode: this.#mode,
      isRunning: this.isRunning,
      resources: Object.fromEntries(
        this.#loop.pressures.map((pressure) => [pressure.resource, this.#resourceSnapshot(pressure)]),
      ),
      components: Object.fromEntries(
        [...this.#components].map(([id, component]) => [id, this.#componentSnapshot(component)]),
      ),
      admission: this.admission.statistics(),
      ...(lastStep ? { lastStep } : {}),
    };
  }

  recommendations(): readonly Recommendation[] {
    return adviceFor({
      components: this.#components.values(),
      pressures: this.isRunning ? this.#loop.pressures : [],
      exhaustedSinceMs: this.#loop.exhaustedSinceMs,
      nowMs: this.#clock.monotonic(),
    });
  }

  /** The same as `recommendations()`. */
  getRecommendations(): readonly Recommendation[] {
    return this.recommendations();
  }

  /**
   * How many replicas of this process the load needs, now and some minutes ahead, with the evidence: from the last
   * half hour of CPU use and of what admission control has counted.
   *
   * @throws ConfigurationError
   */
  getScalingRecommendation(options?: ScalingOptions): ScalingRecommendation {
    return recommendReplicas(this.#history, options);
  }

  /** Judged by the worst pressure, unknown resources and unresponsive components. */
  healthCheck(): ComponentHealth {
    return healthOf(this.#loop.pressures, [...this.#states()], this.#clock.monotonic());
  }

  #tick(): void {
    this.#loop.tick();
    const cpu = this.#loop.pressures.find(({ resource }) => resource === 'cpu');
    const reading = {
      timeMs: this.#clock.monotonic(),
      admission: this.admission.statistics(),
      cpu: cpu?.kind === 'known' ? cpu : undefined,
    };
    this.#history.add(reading, this.#replicas());
  }

  #component(id: string): AllocatedComponent {
    const component = this.#components.get(id);
    if (!component) throw new UnknownNameError('component', id, this.#components.keys());
    return component;
  }

  *#states(): Iterable<AllocationState> {
    for (const { actuator } of this.#components.values()) yield actuator.state;
  }

  #resourceSnapshot(pressure: ResourcePressure): ResourceSnapshot {
    const since = this.#clock.now() - (this.#clock.monotonic() - pressure.sinceMs);
    if (pressure.kind === 'unknown') return { level: 'unknown', since, evidence: {} };
    const { level, utilization, evidence } = pressure;
    return { level, utilization, since, evidence };
  }

  #componentSnapshot({ id, traits, actuator }: AllocatedComponent): ComponentSnapshot {
    const { cpuPriority, memoryFootprint, isEssential } = traits;
    const effects = Object.fromEntries(this.#loop.effects.of(id));
    return { state: actuator.state, cpuPriority, memoryFootprint, isEssential, effects };
  }

  #tellPressure({ from, to }: PressureChange): void {
    const isKnown = to.kind === 'known';
    this.emit('resource-manager:pressure', {
      resource: to.resource,
      from: levelOf(from),
      to: levelOf(to),
      utilization: isKnown ? to.utilization : undefined,
      evidence: isKnown ? to.evidence : {},
    });
  }

  #tellState(id: string, state: AllocationState, before: AllocationState): void {
    const { reason } = state;
    if (state.kind === 'paused') {
      this.emit('resource-manager:component-paused', { id, by: state.by, reason });
    } else if (state.kind === 'reduced') {
      this.emit('resource-manager:component-reduced', { id, share: state.share, reason });
    } else if (state.kind === 'running' && before.kind !== 'running') {
      this.emit('resource-manager:component-resumed', { id, reason });
    } else if (state.kind === 'unresponsive') {
      const { during, error, attempts, retryAt } = state;
      this.emit('resource-manager:component-unresponsive', { id, during, error, attempts, retryAt, reason });
    }
  }
}

function levelOf(pressure: ResourcePressure): KnownOrNot {
  return pressure.kind === 'known' ? pressure.level : 'unknown';
}

function requireSameOptions(
  present: ResourceAllocationManagerOptions,
  given: ResourceAllocationManagerOptions,
): void {
  const before: Readonly<Record<string, unknown>> = { ...present };
  const different = Object.entries(given).filter(
    ([name, value]) => value !== undefined && before[name] !== value,
  );
  if (different.length === 0) return;
  const names = different.map(([name]) => name).join(', ');
  throw new StateError(
    `${OWNER}.getInstance: the instance exists already, with other options (${names}); give them at the first call, or stop it before`,
  );
}
