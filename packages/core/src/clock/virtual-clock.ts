import type { Disposer } from '../contracts/disposer.ts';
import { EvenkeelError } from '../errors/index.ts';
import type { Clock } from './clock.ts';

interface Timer {
  readonly id: number;
  dueMs: number;
  readonly periodMs: number | undefined;
  readonly callback: () => void;
}

/* Timers due at one instant beyond this are taken for a loop that never lets time pass. */
const MAX_TIMERS_PER_INSTANT = 100_000;

/**
 * A clock that stands still until it is told to advance: for tests and simulators. Timers run in the order
 * of their due times, and in the order they were set where those are equal.
 */
export class VirtualClock implements Clock {
  #elapsedMs = 0;
  #epochMs: number;
  #nextId = 0;
  readonly #timers = new Map<number, Timer>();

  /** @param epochMs wall time at the start @defaultValue 0 */
  constructor(epochMs = 0) {
    this.#epochMs = epochMs;
  }

  now(): number {
    return this.#epochMs + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Sets the wall clock, as an administrator or NTP would; monotonic time and timers are not touched. */
  setWallTime(epochMs: number): void {
    this.#epochMs = epochMs - this.#elapsedMs;
  }

  setTimeout(callback: () => void, delayMs: number): Disposer {
    return this.#add(callback, delayMs, undefined);
  }

  setInterval(callback: () => void, periodMs: number): Disposer {
    // As the platforms do: a period below a millisecond is a millisecond, so that time moves.
    return this.#add(callback, periodMs, Math.max(1, periodMs));
  }

  /** Lets `ms` pass, running what falls due. Promise callbacks do not run in between: see {@link advanceAsync}. */
  advance(ms: number): void {
    const end = this.#elapsedMs + ms;
    const budget = new InstantBudget();
    for (let timer = this.#due(end); timer; timer = this.#due(end)) {
      budget.spend(timer.dueMs);
      this.#run(timer);
    }
    this.#elapsedMs = end;
  }

  /** Like {@link advance}, and lets promise callbacks settle before, between and after the timers. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#elapsedMs + ms;
    const budget = new InstantBudget();
    await settle();
    for (let timer = this.#due(end); timer; timer = this.#due(end)) {
      budget.spend(timer.dueMs);
      this.#run(timer);
      await settle();
    }
    this.#elapsedMs = end;
  }

  #add(callback: () => void, delayMs: number, periodMs: number | undefined): Disposer {
    const id = this.#nextId++;
    this.#timers.set(id, { id, dueMs: this.#elapsedMs + Math.max(0, delayMs), periodMs, callback });
    return () => {
      this.#timers.delete(id);
    };
  }

  #due(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers.values()) {
      if (timer.dueMs <= end && (first === undefined || timer.dueMs < first.dueMs)) first = timer;
    }
    return first;
  }

  #run(timer: Timer): void {
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueMs);
    if (timer.periodMs === undefined) this.#timers.delete(timer.id);
    else timer.dueMs += timer.periodMs;
    timer.callback();
  }
}

class InstantBudget {
  #instant = Number.NaN;
  #count = 0;

  spend(dueMs: number): void {
    if (dueMs !== this.#instant) {
      this.#instant = dueMs;
      this.#count = 0;
    }
    this.#count += 1;
    if (this.#count > MAX_TIMERS_PER_INSTANT) {
      throw new EvenkeelError(
        `over ${MAX_TIMERS_PER_INSTANT} timers fell due at ${dueMs} ms: time does not pass`,
        {
          code: 'VIRTUAL_TIME_STALLED',
        },
      );
    }
  }
}

/* A chain of a few awaits is the usual depth between a timer and what it leads to. */
const SETTLE_TURNS = 32;

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) await undefined;
}
