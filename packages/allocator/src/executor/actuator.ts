import {
  type Clock,
  callWithTimeout,
  type Disposer,
  EvenkeelError,
  errorMessage,
  StateError,
  TimeoutError,
  toError,
} from '@evenkeel/core';
import type { ActionName, AllocationState } from '../components/allocation-state.ts';
import type { ComponentTraits } from '../components/component-options.ts';
import { isSameGoal, type Order, RUNNING } from '../components/goal.ts';
import {
  afterFailure,
  afterSuccess,
  type ComponentAction,
  nextAction,
  type Reached,
  UNTOUCHED,
} from './next-action.ts';
import { retryDelayMs } from './retry-delay.ts';

export interface ActuatorOptions {
  readonly id: string;
  readonly traits: ComponentTraits;
  readonly clock: Clock;
  /** How long a callback may take, in ms. */
  readonly timeoutMs: number;
  /** Called at every change of state or share; never throws. */
  readonly onState: (state: AllocationState, before: AllocationState) => void;
  /** Called when a callback has ended or its time is up; never throws. */
  readonly onOutcome: (action: ActionName, outcome: ActionOutcome) => void;
}

export type ActionOutcome = 'done' | 'failed' | 'timed_out' | 'late';

interface Pursuit {
  readonly order: Order;
  readonly ended: Promise<AllocationState>;
  readonly resolve: (state: AllocationState) => void;
  readonly reject: (error: Error) => void;
}

/* Each call that never came back holds what it holds: past these no other begins until one has ended. */
const MAX_UNSETTLED_CALLS = 3;

/* Callbacks and listeners that give contrary orders would otherwise keep each other going, and the loop from turning. */
const MAX_CALLS_PER_SECOND = 50;

/**
 * Brings one component to its goal and keeps it there, whatever its callbacks do: one call at a time, each with
 * a time-out, failed ones again after a growing wait. The goal may change at any time; the call under way ends
 * first. A call that comes back after its time-out counts from then on, and is corrected where that is not the
 * goal any more.
 */
export class Actuator {
  readonly #options: ActuatorOptions;
  #order: Order = { goal: RUNNING, resource: undefined, reason: 'registered' };
  #pursuit: Pursuit | undefined;
  #reached: Reached = UNTOUCHED;
  #state: AllocationState;
  #call: AbortController | undefined;
  #performing: Promise<void> | undefined;
  /* A call that was given up came back during the present one: what came of both is not known. */
  #interference: ActionName | undefined;
  #unsettled = 0;
  #attempts = 0;
  #mayRetry = true;
  #cancelRetry: Disposer | undefined;
  #secondBeganMs = Number.NEGATIVE_INFINITY;
  #callsInSecond = 0;
  #isRetired = false;

  constructor(options: ActuatorOptions) {
    this.#options = options;
    this.#state = { kind: 'running', since: options.clock.now(), reason: 'registered' };
  }

  get state(): AllocationState {
    return this.#state;
  }

  /** What it is to be. */
  get order(): Order {
    return this.#order;
  }

  /** Whether it is neither at its goal nor known to fail. */
  get isBusy(): boolean {
    return this.#pursuit !== undefined;
  }

  /**
   * Sets the goal. Resolves with the state when it is reached; rejects with what the first attempt failed with,
   * or `StateError` when another goal comes first. Nobody has to listen.
   *
   * @param atOnce tries now even where an earlier attempt failed and the next is still to wait
   */
  aim(order: Order, atOnce = false): Promise<AllocationState> {
    if (this.#pursuit && isSameGoal(order.goal, this.#order.goal)) return this.#pursuit.ended;
    this.#overtake(`another order came first: ${order.reason}`);
    this.#order = order;
    const pursuit = newPursuit(order);
    this.#pursuit = pursuit;
    this.#mayRetry = true;
    if (atOnce) this.#stopWaiting();
    if (this.#state.kind === 'unresponsive' && this.#cancelRetry) {
      this.#fail(new EvenkeelError(this.#state.error, { code: 'COMPONENT_UNRESPONSIVE' }));
    }
    this.#advance();
    return pursuit.ended;
  }

  /** Resolves when no callback is at work; where one is given up, a wait for the next attempt counts as rest. */
  async whenIdle(): Promise<void> {
    while (this.#performing) await this.#performing;
  }

  /** What fails from now on is not tried again, until there is a new goal or `persist()` is called. */
  rest(): void {
    this.#mayRetry = false;
    this.#stopWaiting();
  }

  /** Tries again what has failed. */
  persist(): void {
    this.#mayRetry = true;
    if (this.#state.kind === 'unresponsive') this.#advance();
  }

  /** Leaves the component as it is, for good. */
  retire(): void {
    this.#isRetired = true;
    this.#stopWaiting();
    this.#overtake('it was unregistered');
    this.#call?.abort(new StateError(`component ${JSON.stringify(this.#options.id)} was unregistered`));
  }

  #advance(): void {
    if (this.#call || this.#cancelRetry || this.#isRetired) return;
    const can = { resume: this.#options.traits.resumeCallback !== undefined };
    const action = nextAction(this.#reached, this.#order.goal, can);
    if (!action) {
      this.#arrive();
    } else if (this.#unsettled >= MAX_UNSETTLED_CALLS) {
      const message = `${this.#unsettled} calls of it have not returned; the next begins when one has`;
      this.#takeFailure(action.name, new EvenkeelError(message, { code: 'ACTION_HUNG' }));
    } else if (this.#isLooping()) {
      const message = `it was called ${MAX_CALLS_PER_SECOND} times within a second: its callbacks or listeners of its events contradict each other`;
      this.#takeFailure(action.name, new EvenkeelError(message, { code: 'ACTION_LOOP' }));
    } else {
      const performing = this.#perform(action).finally(() => {
        if (this.#performing === performing) this.#performing = undefined;
      });
      this.#performing = performing;
    }
  }

  #isLooping(): boolean {
    const nowMs = this.#options.clock.monotonic();
    if (nowMs - this.#secondBeganMs >= 1000) {
      this.#secondBeganMs = nowMs;
      this.#callsInSecond = 0;
    }
    this.#callsInSecond += 1;
    return this.#callsInSecond > MAX_CALLS_PER_SECOND;
  }

  /** Never rejects. */
  async #perform(action: ComponentAction): Promise<void> {
    const { id, timeoutMs, clock, onOutcome } = this.#options;
    const order = this.#order;
    const controller = new AbortController();
    this.#call = controller;
    this.#showProgress(action);
    let failure: Error | undefined;
    try {
      const result = await callWithTimeout((signal) => this.#invoke(action, signal), {
        timeoutMs,
        what: `${action.name} of component ${JSON.stringify(id)}`,
        signal: controller.signal,
        clock,
        onLate: (outcome) => this.#takeLate(action, 'value' in outcome && outcome.value !== false),
      });
      if (result === false) throw refusal(action.name);
    } catch (thrown) {
      failure = toError(thrown);
    }
    this.#call = undefined;
    if (this.#isRetired) return;
    onOutcome(action.name, outcomeOf(failure));
    if (failure) this.#reached = afterFailure(this.#reached, action.name);
    else this.#reached = afterSuccess(this.#reached, action);
    if (this.#interference) this.#reached = afterFailure(this.#reached, this.#interference);
    this.#interference = undefined;
    // Where there is another goal by now, the failure says nothing about that.
    if (failure && this.#order === order) {
      this.#takeFailure(action.name, failure);
      return;
    }
    if (!failure) this.#attempts = 0;
    this.#advance();
  }

  async #invoke(action: ComponentAction, signal: AbortSignal): Promise<unknown> {
    const { pauseCallback, resumeCallback, reduceResourcesCallback } = this.#options.traits;
    const { resource, reason } = this.#order;
    this.#unsettled += 1;
    try {
      if (action.name === 'pause') return await pauseCallback?.({ resource, reason, signal });
      if (action.name === 'resume') return await resumeCallback?.({ resource, reason, signal });
      return await reduceResourcesCallback?.({ share: action.share, resource, reason, signal });
    } finally {
      this.#unsettled -= 1;
    }
  }

  #takeLate(action: ComponentAction, succeeded: boolean): void {
    if (this.#isRetired) return;
    this.#options.onOutcome(action.name, 'late');
    if (!succeeded) return;
    if (this.#call) {
      this.#interference = action.name;
      return;
    }
    this.#reached = afterSuccess(this.#reached, action);
    this.#stopWaiting();
    this.#advance();
  }

  #takeFailure(during: ActionName, error: Error): void {
    const { clock } = this.#options;
    this.#attempts += 1;
    const delayMs = retryDelayMs(this.#attempts);
    if (this.#mayRetry) {
      this.#cancelRetry = clock.setTimeout(() => {
        this.#cancelRetry = undefined;
        this.#advance();
      }, delayMs);
    }
    this.#fail(error);
    const { since } = this.#state.kind === 'unresponsive' ? this.#state : { since: clock.now() };
    this.#show({
      kind: 'unresponsive',
      during,
      error: errorMessage(error),
      attempts: this.#attempts,
      retryAt: this.#mayRetry ? clock.now() + delayMs : undefined,
      since,
      reason: this.#order.reason,
    });
  }

  #arrive(): void {
    const { goal, reason } = this.#order;
    // Before anybody is told: a listener may give it another goal.
    const pursuit = this.#pursuit;
    this.#pursuit = undefined;
    this.#attempts = 0;
    const before = this.#state;
    const isSameKind = before.kind === goal.kind;
    if (
      !isSameKind ||
      (goal.kind === 'reduced' && before.kind === 'reduced' && before.share !== goal.share)
    ) {
      const since = isSameKind ? before.since : this.#options.clock.now();
      pursuit?.resolve({ ...goal, since, reason });
      this.#show({ ...goal, since, reason });
      return;
    }
    // Only who asked for it has changed.
    if (goal.kind === 'paused') this.#state = { ...goal, since: before.since, reason };
    pursuit?.resolve(this.#state);
  }

  /** What it shows while a callback is at work. A reduced one whose share moves stays reduced. */
  #showProgress(action: ComponentAction): void {
    const { goal, reason } = this.#order;
    const { kind } = this.#state;
    if (kind === 'unresponsive' || (kind === 'reduced' && action.name === 'reduce')) return;
    const since = this.#options.clock.now();
    if (action.name === 'pause') {
      const by = goal.kind === 'paused' ? goal.by : 'pressure';
      this.#show({ kind: 'pausing', by, since, reason });
    } else if (action.name === 'reduce' && action.share < 1) {
      this.#show({ kind: 'reducing', share: action.share, since, reason });
    } else {
      this.#show({ kind: 'resuming', since, reason });
    }
  }

  #show(state: AllocationState): void {
    const before = this.#state;
    this.#state = state;
    this.#options.onState(state, before);
  }

  #stopWaiting(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }

  #fail(error: Error): void {
    const pursuit = this.#pursuit;
    this.#pursuit = undefined;
    pursuit?.reject(error);
  }

  #overtake(why: string): void {
    const { id } = this.#options;
    this.#fail(new StateError(`component ${JSON.stringify(id)} was given up on its way: ${why}`));
  }
}

function outcomeOf(failure: Error | undefined): ActionOutcome {
  if (!failure) return 'done';
  return failure instanceof TimeoutError ? 'timed_out' : 'failed';
}

function newPursuit(order: Order): Pursuit {
  let resolve: Pursuit['resolve'] = () => {};
  let reject: Pursuit['reject'] = () => {};
  const ended = new Promise<AllocationState>((onReached, onFailed) => {
    resolve = onReached;
    reject = onFailed;
  });
  // The state and an event tell of it too, so that nobody has to listen.
  ended.catch(() => {});
  return { order, ended, resolve, reject };
}

function refusal(action: ActionName): EvenkeelError {
  return new EvenkeelError(`the ${action} callback returned false`, { code: 'ACTION_REFUSED' });
}
