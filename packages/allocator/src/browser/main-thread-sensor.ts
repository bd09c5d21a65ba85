import { type Clock, systemClock } from '@evenkeel/core';
import type { ResourceReading, ResourceSensor } from '../pressure/resource-sensor.ts';
import { EXHAUSTED_DELAY_MS, TimerLateness } from '../pressure/timer-lateness.ts';
import { isPageHidden } from './browser-globals.ts';
import { LongFrames } from './long-frames.ts';

export interface MainThreadSensorOptions {
  /** @defaultValue the browser's */
  readonly clock?: Clock;
}

/* Where the browser tells of long tasks, timers add only those whose telling is held up by more of them. */
const SAMPLE_EVERY_MS = { withFrames: 250, alone: 50 };

/**
 * The main thread of a page since the previous reading: the part of the time that long animation frames or long
 * tasks took, or the greatest delay, of these or of timers, in relation to 250 ms, whichever is greater.
 *
 * In a page that is hidden browsers let timers wait on purpose. They don't count then, nor in the time in which
 * the page became visible again, and where there is nothing else it cannot tell.
 */
export class MainThreadSensor implements ResourceSensor {
  readonly resource = 'eventLoop';
  readonly #clock: Clock;
  readonly #frames = new LongFrames();
  readonly #lateness: TimerLateness;
  #sinceMs: number | undefined;
  #wasHidden = false;

  constructor({ clock = systemClock }: MainThreadSensorOptions = {}) {
    this.#clock = clock;
    this.#lateness = new TimerLateness(clock, SAMPLE_EVERY_MS.alone);
  }

  start(): void {
    this.#sinceMs = this.#clock.monotonic();
    this.#wasHidden = isPageHidden();
    this.#frames.start();
    this.#lateness.start();
  }

  stop(): void {
    this.#sinceMs = undefined;
    this.#frames.stop();
    this.#lateness.stop();
  }

  /** `undefined` while it isn't started. */
  read(): ResourceReading | undefined {
    if (this.#sinceMs === undefined) return undefined;
    const nowMs = this.#clock.monotonic();
    const elapsedMs = nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    const blocked = this.#frames.take();
    const lateMs = this.#lateness.take(SAMPLE_EVERY_MS[blocked ? 'withFrames' : 'alone']);
    const isHidden = isPageHidden();
    const areTimersHonest = !isHidden && !this.#wasHidden;
    this.#wasHidden = isHidden;
    if (!blocked && !areTimersHonest) return undefined;
    // Of a frame that began before the interval only a part is in it.
    const busyRatio = blocked && elapsedMs > 0 ? Math.min(1, blocked.totalMs / elapsedMs) : 0;
    const maxDelayMs = Math.max(blocked?.longestMs ?? 0, areTimersHonest ? lateMs : 0);
    return {
      utilization: Math.max(busyRatio, maxDelayMs / EXHAUSTED_DELAY_MS),
      evidence: { busyRatio, maxDelayMs },
    };
  }
}
