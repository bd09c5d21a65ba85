import type { ResourceThresholds } from '../modes.ts';
import { PRESSURE_LEVELS, type PressureLevel } from './pressure-level.ts';

/* A level is held down to this much below the threshold it was entered at. */
const HYSTERESIS = 0.03;

/* One reading alone may be a garbage collection; an event loop that is blocked once a second has two in this time. */
const WINDOW_MS = 1250;

/* An interval of 10 ms is the shortest. */
const MOST_READINGS = 125;

interface Reading {
  readonly utilization: number;
  readonly atMs: number;
}

/**
 * The pressure level of one resource, with hysteresis in both directions. A level is entered when two readings
 * within 1.25 s reach its threshold, or two in a row that are further apart. It is left when every reading of the
 * dwell time was 0.03 below the threshold, to the level that the highest of them would hold.
 */
export class PressureGauge {
  readonly #window: Reading[] = [];
  #severity = 0;
  #isOpenEnded = false;
  /* Of the readings since they last held the level. */
  #belowSinceMs: number | undefined;
  #highestBelow = 0;

  get level(): PressureLevel {
    return PRESSURE_LEVELS[this.#severity] ?? 'critical';
  }

  /** The second highest of the readings of the last 1.25 s, or of the last two. */
  get typicalUtilization(): number {
    let highest = 0;
    let second = 0;
    for (const { utilization } of this.#window) {
      if (utilization >= highest) {
        second = highest;
        highest = utilization;
      } else {
        second = Math.max(second, utilization);
      }
    }
    return this.#window.length === 1 ? highest : second;
  }

  /** Forgets the readings, and keeps the level: what is done about it has just changed what is read. */
  clear(): void {
    this.#window.length = 0;
  }

  /** Whether there was a reading beyond 1. */
  get isOpenEnded(): boolean {
    return this.#isOpenEnded;
  }

  observe(utilization: number, nowMs: number, thresholds: ResourceThresholds, dwellMs: number): void {
    const limits = [Number.NEGATIVE_INFINITY, thresholds.fair, thresholds.serious, thresholds.critical];
    this.#window.push({ utilization, atMs: nowMs });
    while (this.#isPast(nowMs)) this.#window.shift();
    if (utilization > 1) this.#isOpenEnded = true;
    const confirmed = this.#window.length < 2 ? 0 : severityOf(this.typicalUtilization, limits, 0);
    if (confirmed > this.#severity) {
      this.#severity = confirmed;
      this.#belowSinceMs = undefined;
    } else {
      this.#considerLeaving(utilization, nowMs, limits, dwellMs);
    }
  }

  /** Whether the oldest reading does not count any more. */
  #isPast(nowMs: number): boolean {
    const [oldest] = this.#window;
    if (!oldest || this.#window.length <= 2) return false;
    return nowMs - oldest.atMs > WINDOW_MS || this.#window.length > MOST_READINGS;
  }

  #considerLeaving(utilization: number, nowMs: number, limits: readonly number[], dwellMs: number): void {
    if (severityOf(utilization, limits, HYSTERESIS) >= this.#severity) {
      this.#belowSinceMs = undefined;
      return;
    }
    if (this.#belowSinceMs === undefined) {
      this.#belowSinceMs = nowMs;
      this.#highestBelow = utilization;
    }
    this.#highestBelow = Math.max(this.#highestBelow, utilization);
    if (nowMs - this.#belowSinceMs < dwellMs) return;
    this.#severity = severityOf(this.#highestBelow, limits, HYSTERESIS);
    this.#belowSinceMs = undefined;
  }
}

/** The highest level whose threshold is reached, or missed by no more than `slack`. */
function severityOf(utilization: number, limits: readonly number[], slack: number): number {
  return limits.findLastIndex((limit) => utilization >= limit - slack);
}
