import type { AllocationState, ResourceAllocationManager } from '@evenkeel/allocator';
import type { VirtualClock } from '@evenkeel/core';
import type { Subject } from './subject.ts';

export const RULES = {
  'essential-paused': 'an essential component was paused, and nobody forced it',
  'unfair-pause': 'one was paused by pressure while one of lower priority ran untouched',
  'caller-overruled': 'what the application had paused did not stay paused',
  'wrong-state': 'the state of a component with reliable callbacks was not what they had done',
  flapping: 'the state of a component changed more often than the back-off allows',
  'did-not-give-way':
    'under lasting pressure something optional and responsive was neither paused nor reduced',
  'not-restored': 'after the pressure something that it had touched did not run again in time',
  'left-behind': 'a stopped manager left a component paused by pressure, or a timer',
} as const;

export interface Violation {
  readonly rule: keyof typeof RULES;
  readonly at: number;
  readonly detail: string;
}

const PRIORITIES = ['low', 'medium', 'high'];

/* Who starts to run when one of higher priority is paused already gives way when the step before has had its effect: a time-out of an
   action, the time to settle, and a few looks. */
const GRACE_MS = 15_000;

const WANTED_FOR_MS = 60_000;

/* Two for each time that it gives way and comes back, by way of being reduced twice as many; at most once in the
   minute in which a relapse counts, and seven times more while the waits still double up to five minutes. */
const CHANGES_PER_CYCLE = 4;
const RELAPSE_WINDOW_MS = 60_000;
const DOUBLINGS = 7;

/** Looks at a manager and its components, and notes what must not be. */
export class Checks {
  readonly violations: Violation[] = [];
  readonly #manager: ResourceAllocationManager;
  readonly #subjects: ReadonlyMap<string, Subject>;
  readonly #clock: VirtualClock;
  readonly #forced = new Set<string>();
  readonly #pausedByCaller = new Set<string>();
  readonly #resumedAt = new Map<string, number>();
  readonly #changes = new Map<string, number>();
  readonly #kinds = new Map<string, string>();
  /* When a component was last seen before it was to be paused. */
  readonly #lastFree = new Map<string, number>();
  readonly #unfairSince = new Map<string, number>();

  constructor(
    manager: ResourceAllocationManager,
    subjects: ReadonlyMap<string, Subject>,
    clock: VirtualClock,
  ) {
    this.#manager = manager;
    this.#subjects = subjects;
    this.#clock = clock;
  }

  pause(subject: Subject, force: boolean): void {
    const { id, traits, canPause } = subject;
    if (canPause && (force || !traits.isEssential)) {
      this.#pausedByCaller.add(id);
      if (traits.isEssential) this.#forced.add(id);
    }
    this.#manager.pauseComponent(id, { force }).catch(() => {});
  }

  resume({ id }: Subject): void {
    this.#pausedByCaller.delete(id);
    this.#resumedAt.set(id, this.#clock.now());
    this.#manager.resumeComponent(id).catch(() => {});
  }

  look(): void {
    const states = Object.entries(this.#manager.getComponentStates());
    for (const [id, state] of states) {
      const subject = this.#subjects.get(id);
      if (!subject) continue;
      if (subject.traits.isEssential && subject.pauses > 0 && !this.#forced.has(id)) {
        this.#note('essential-paused', id);
      }
      this.#countChange(id, state);
      if (subject.temper === 'healthy') this.#checkHealthy(subject, state);
    }
    this.#checkFairness(states);
  }

  allGaveWay(): void {
    for (const [id, state] of Object.entries(this.#manager.getComponentStates())) {
      const subject = this.#subjects.get(id);
      if (!subject || subject.temper === 'hanging' || subject.traits.isEssential) continue;
      if (subject.canPause && state.kind !== 'paused') this.#note('did-not-give-way', `${id} ${state.kind}`);
      if (!subject.canPause && state.kind !== 'reduced')
        this.#note('did-not-give-way', `${id} ${state.kind}`);
    }
  }

  /** Whether everything runs but what the application paused, and what hangs for ever. */
  isRestored(): boolean {
    return this.#notRestored().length === 0;
  }

  allRestored(): void {
    for (const detail of this.#notRestored()) this.#note('not-restored', detail);
  }

  end(): void {
    if (this.#clock.pending > 0) this.#note('left-behind', `${this.#clock.pending} timers`);
    for (const detail of this.#notRestored()) this.#note('left-behind', detail);
    const limit = CHANGES_PER_CYCLE * (DOUBLINGS + this.#clock.monotonic() / RELAPSE_WINDOW_MS);
    for (const [id, changes] of this.#changes) {
      if (changes > limit) this.#note('flapping', `${id} ${changes} times`);
    }
  }

  #notRestored(): string[] {
    return Object.entries(this.#manager.getComponentStates()).flatMap(([id, state]) => {
      const subject = this.#subjects.get(id);
      if (!subject || subject.temper === 'hanging' || this.#pausedByCaller.has(id)) return [];
      const runs = state.kind === 'running' && !subject.isPaused && subject.share === 1;
      return runs ? [] : [`${id} is ${state.kind}, paused ${subject.isPaused}, share ${subject.share}`];
    });
  }

  #checkHealthy(subject: Subject, state: AllocationState): void {
    const { id, isPaused, share } = subject;
    const isRight =
      (state.kind === 'running' && !isPaused && share === 1) ||
      (state.kind === 'reduced' && !isPaused && share === state.share) ||
      (state.kind === 'paused' && isPaused);
    if (!isRight) this.#note('wrong-state', `${id} is ${state.kind}, paused ${isPaused}, share ${share}`);
    if (this.#pausedByCaller.has(id) && !isPaused) this.#note('caller-overruled', id);
  }

  #checkFairness(states: readonly (readonly [string, AllocationState])[]): void {
    const now = this.#clock.now();
    const paused = states.filter(([, state]) => state.kind === 'paused' && state.by === 'pressure');
    for (const [id, { kind }] of states) {
      if (kind === 'running' || kind === 'reduced') this.#lastFree.set(id, now);
    }
    for (const [id, state] of states) {
      const subject = this.#subjects.get(id);
      if (state.kind !== 'running' || !subject?.canPause || subject.traits.isEssential) {
        this.#unfairSince.delete(id);
        continue;
      }
      // What the application has resumed is left alone for a minute.
      const resumedAt = this.#resumedAt.get(id);
      const wantedUntil = resumedAt === undefined ? 0 : resumedAt + WANTED_FOR_MS;
      const above = paused.filter(([other]) => this.#priorityOf(other) > this.#priorityOf(id));
      if (above.length === 0) {
        this.#unfairSince.delete(id);
        continue;
      }
      const since = Math.max(wantedUntil, this.#unfairSince.get(id) ?? now);
      this.#unfairSince.set(id, since);
      const overtaken = above.find(
        ([other]) => (this.#lastFree.get(other) ?? 0) > Math.max(wantedUntil, state.since),
      );
      if (overtaken) this.#note('unfair-pause', `${overtaken[0]} was paused while ${id} ran`);
      else if (now - since > GRACE_MS) this.#note('unfair-pause', `${id} runs since ${since} ms`);
    }
  }

  #priorityOf(id: string): number {
    return PRIORITIES.indexOf(this.#subjects.get(id)?.traits.cpuPriority ?? 'low');
  }

  /** Counts what pressure and its end have changed. */
  #countChange(id: string, { kind, reason }: AllocationState): void {
    if (kind !== 'running' && kind !== 'reduced' && kind !== 'paused') return;
    const before = this.#kinds.get(id);
    this.#kinds.set(id, kind);
    if (before === undefined || before === kind || reason.endsWith('by the application')) return;
    this.#changes.set(id, (this.#changes.get(id) ?? 0) + 1);
  }

  #note(rule: Violation['rule'], detail: string): void {
    if (this.violations.some((violation) => violation.rule === rule)) return;
    this.violations.push({ rule, at: this.#clock.monotonic(), detail });
  }
}
