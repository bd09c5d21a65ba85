import type { Disposer } from '../contracts/disposer.ts';
import { EvenkeelError } from '../errors/index.ts';
import { option, readValue } from '../options/index.ts';
import { atLeast } from './at-least.ts';
import type { Clock } from './clock.ts';
import { type Timer, TimerQueue } from './timer-queue.ts';

/* Timers due at one instant beyond this are taken for a loop that never lets time pass. */
const MAX_TIMERS_PER_INSTANT = 100_000;

/* Each `await` costs up to three turns: this is several times the usual depth between a timer and what it leads to. */
const SETTLE_TURNS = 100;

/**
 * A clock that stands still until it is told to advance: for tests and simulators. Timers run in the order
 * of their due times, and in the order they were set where those are equal. What a timer throws leaves
 * `advance`, with the clock at that timer's time and the other timers still waiting.
 */
export class VirtualClock implements Clock {
  #elapsedMs = 0;
  #epochMs: number;
  #nextId = 0;
  readonly #timers = new TimerQueue();

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
    const stepMs = atLeast(1, periodMs);
    return this.#add(callback, stepMs, stepMs);
  }

  /**
   * Lets `ms` pass, running what falls due. Promise callbacks do not run in between: see {@link advanceAsync}.
   *
   * @throws ConfigurationError unless `ms` is a number of at least 0
   * @throws EvenkeelError `VIRTUAL_TIME_STALLED` when timers set timers for the same instant without end
   */
  advance(ms: number): void {
    const end = this.#endAfter(ms);
    const budget = new InstantBudget();
    for (let timer = this.#due(end); timer; timer = this.#due(end)) {
      budget.spend(timer.dueMs);
      this.#run(timer);
    }
    this.#moveTo(end);
  }

  /**
   * Like {@link advance}, and lets promise callbacks settle before, between and after the timers: chains of up
   * to 100 turns of the microtask queue. I/O is not waited for.
   */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#endAfter(ms);
    const budget = new InstantBudget();
    await settle();
    for (let timer = this.#due(end); timer; timer = this.#due(end)) {
      budget.spend(timer.dueMs);
      this.#run(timer);
      await settle();
    }
    this.#moveTo(end);
  }

  #add(callback: () => void, delayMs: number, periodMs: number | undefined): Disposer {
    const dueMs = this.#elapsedMs + atLeast(0, delayMs);
    const timer: Timer = { id: this.#nextId++, dueMs, periodMs, callback, position: -1 };
    this.#timers.add(timer);
    return () => this.#timers.remove(timer);
  }

  #endAfter(ms: number): number {
    return this.#elapsedMs + readValue('VirtualClock.advance', 'ms', ms, option.number({ min: 0 }));
  }

  #due(end: number): Timer | undefined {
    const first = this.#timers.first();
    return first && first.dueMs <= end ? first : undefined;
  }

  #run(timer: Timer): void {
    this.#moveTo(timer.dueMs);
    this.#timers.remove(timer);
    if (timer.periodMs !== undefined) {
      timer.dueMs += timer.periodMs;
      this.#timers.add(timer);
    }
    timer.callback();
  }

  /** Never back: a callback may have advanced the clock further. */
  #moveTo(elapsedMs: number): void {
    this.#elapsedMs = Math.max(this.#elapsedMs, elapsedMs);
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
        { code: 'VIRTUAL_TIME_STALLED' },
      );
    }
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) await undefined;
}
