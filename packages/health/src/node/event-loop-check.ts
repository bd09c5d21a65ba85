import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import {
  type Clock,
  type Disposer,
  type Duration,
  option,
  RingBuffer,
  readOptions,
  systemClock,
} from '@evenkeel/core';
import type { CheckResult, HealthCheck } from '../check.ts';
import { levelOf, requireOrder } from './thresholds.ts';

/** Options of {@link eventLoopCheck}. */
export interface EventLoopCheckOptions {
  /** Longest delay within the window from which on the check warns, in ms. @defaultValue 250 */
  readonly warning?: Duration;
  /** Longest delay within the window from which on the check is critical, in ms. @defaultValue 1000 */
  readonly critical?: Duration;
  /** For how long a delay is remembered, in ms. @defaultValue 15000 */
  readonly window?: Duration;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
}

/* Twenty timers a second cost next to nothing, and hide at most 50 ms of a stall. */
const PERIOD_MS = 50;

/**
 * Judges the event loop by the longest delay of a timer of its own within the window. It measures while the
 * checker is started. The delay is what comes on top of the timer's period, so that an idle loop reads about
 * 0 and not the resolution, as `monitorEventLoopDelay()` does, and no reader resets it for the others.
 *
 * @throws ConfigurationError
 */
export function eventLoopCheck(options: EventLoopCheckOptions = {}): HealthCheck {
  const { warning, critical, window, clock } = readOptions('eventLoopCheck', options, {
    warning: option.duration({ min: 1 }).default(250),
    critical: option.duration({ min: 1 }).default(1000),
    window: option.duration({ min: PERIOD_MS, max: 600_000 }).default(15_000),
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout', 'setInterval').default(systemClock),
  });
  requireOrder('eventLoopCheck', { warning, critical });
  const delays = new LoopDelays(clock, Math.ceil(window / PERIOD_MS));
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  const check = (): CheckResult => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    const maxDelayMs = delays.maximum();
    return {
      status: levelOf(maxDelayMs, { warning, critical }),
      message: `delayed by ${Math.round(maxDelayMs)} ms at most, ${Math.round(utilization * 100)} % busy`,
      details: { maxDelayMs, meanDelayMs: delays.mean(), utilization },
    };
  };
  return Object.assign(async () => check(), {
    componentType: 'system' as const,
    begin: () => delays.begin(),
  });
}

/** By how much the latest timers came late. */
class LoopDelays {
  readonly #clock: Clock;
  readonly #delays: RingBuffer<number>;
  #dueMs: number | undefined;

  constructor(clock: Clock, capacity: number) {
    this.#clock = clock;
    this.#delays = new RingBuffer(capacity);
  }

  begin(): Disposer {
    let cancel: Disposer = () => {};
    const wait = (): void => {
      this.#dueMs = this.#clock.monotonic() + PERIOD_MS;
      cancel = this.#clock.setTimeout(() => {
        this.#delays.push(this.#overdueMs());
        wait();
      }, PERIOD_MS);
    };
    wait();
    return () => {
      cancel();
      this.#dueMs = undefined;
    };
  }

  /** Counts the timer that is due by now: a check may run first when a stall ends. */
  maximum(): number {
    return Math.max(this.#overdueMs(), ...this.#delays);
  }

  mean(): number {
    let sum = 0;
    for (const delay of this.#delays) sum += delay;
    return this.#delays.length === 0 ? 0 : sum / this.#delays.length;
  }

  #overdueMs(): number {
    return this.#dueMs === undefined ? 0 : Math.max(0, this.#clock.monotonic() - this.#dueMs);
  }
}
