import { type Clock, UnknownNameError } from '@evenkeel/core';
import type { Timer } from './timer.ts';

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

/* What an error message shows of the timers that are open. */
const NAMES_SHOWN = 10;

export interface TimerRegistryOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly maxOpen: number;
  /** @param nowMs the clock's reading at which the timer ended */
  readonly onEnd: (timer: Timer, durationMs: number, nowMs: number) => void;
  /** Learns that the oldest open timer was given up for a new one. */
  readonly onDrop: () => void;
}

/** The timers that have been started and not ended. */
export class TimerRegistry {
  readonly #options: TimerRegistryOptions;
  readonly #open = new Map<string, RunningTimer>();
  #started = 0;
  #dropped = 0;

  constructor(options: TimerRegistryOptions) {
    this.#options = options;
  }

  get open(): number {
    return this.#open.size;
  }

  /** Timers given up, oldest first, because too many were open: they were most likely never going to be ended. */
  get dropped(): number {
    return this.#dropped;
  }

  start(operation: string, labels: Readonly<Record<string, string>> = NO_LABELS): Timer {
    const { clock, maxOpen, onDrop } = this.#options;
    if (this.#open.size >= maxOpen) {
      for (const oldest of this.#open.keys()) {
        this.#open.delete(oldest);
        break;
      }
      this.#dropped += 1;
      onDrop();
    }
    this.#started += 1;
    const timer = new RunningTimer(`${operation}#${this.#started}`, operation, labels, this);
    this.#open.set(timer.name, timer);
    timer.begin(clock.monotonic());
    return timer;
  }

  end(name: string): number {
    const timer = this.#open.get(name);
    if (!timer) throw new UnknownNameError('open timer', name, firstOf(this.#open.keys(), NAMES_SHOWN));
    return timer.end();
  }

  /** What a timer calls when it ends. */
  close(timer: RunningTimer, startedMs: number): number {
    const nowMs = this.#options.clock.monotonic();
    const durationMs = nowMs - startedMs;
    this.#open.delete(timer.name);
    this.#options.onEnd(timer, durationMs, nowMs);
    return durationMs;
  }
}

class RunningTimer implements Timer {
  readonly name: string;
  readonly operation: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly #registry: TimerRegistry;
  #startedMs = 0;
  #durationMs: number | undefined;

  constructor(
    name: string,
    operation: string,
    labels: Readonly<Record<string, string>>,
    registry: TimerRegistry,
  ) {
    this.name = name;
    this.operation = operation;
    this.labels = labels;
    this.#registry = registry;
  }

  begin(nowMs: number): void {
    this.#startedMs = nowMs;
  }

  end(): number {
    this.#durationMs ??= this.#registry.close(this, this.#startedMs);
    return this.#durationMs;
  }
}

function* firstOf<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const item of items) {
    if (left-- <= 0) return;
    yield item;
  }
}
