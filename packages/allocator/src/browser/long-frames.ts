import { browserGlobals, type FrameEntry, type FrameObserver } from './browser-globals.ts';

/* The first knows of rendering too, and of several tasks that hold one frame up. */
const ENTRY_TYPES = ['long-animation-frame', 'longtask'] as const;

/* What a task may take before it counts as long: `blockingDuration` is the time beyond. */
const SHORT_TASK_MS = 50;

/** The blocks of the main thread that the browser tells of, since they were last asked for. */
export interface BlockedTime {
  readonly longestMs: number;
  readonly totalMs: number;
}

/**
 * Long animation frames, or long tasks where the browser knows only these. Costs nothing while there are none; what
 * is shorter than 50 ms is not seen.
 *
 * @see https://www.w3.org/TR/long-animation-frames/
 * @see https://www.w3.org/TR/longtasks-1/
 */
export class LongFrames {
  #observer: FrameObserver | undefined;
  #longestMs = 0;
  #totalMs = 0;

  /** Idempotent; without effect where the browser knows neither. */
  start(): void {
    const { PerformanceObserver } = browserGlobals();
    const type = ENTRY_TYPES.find((each) => PerformanceObserver?.supportedEntryTypes?.includes(each));
    if (this.#observer || !PerformanceObserver || type === undefined) return;
    const observer = new PerformanceObserver((list) => this.#add(list.getEntries()));
    observer.observe({ type });
    this.#observer = observer;
  }

  /** Idempotent. */
  stop(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
    this.#longestMs = 0;
    this.#totalMs = 0;
  }

  /** `undefined` while nothing is observed. */
  take(): BlockedTime | undefined {
    if (!this.#observer) return undefined;
    // What the browser has recorded and would hand over after this task.
    this.#add(this.#observer.takeRecords());
    const taken = { longestMs: this.#longestMs, totalMs: this.#totalMs };
    this.#longestMs = 0;
    this.#totalMs = 0;
    return taken;
  }

  #add(entries: readonly FrameEntry[]): void {
    for (const { duration, blockingDuration = duration - SHORT_TASK_MS } of entries) {
      // A frame can be long without blocking: of many short tasks, between which what waits gets its turn.
      if (!(blockingDuration > 0)) continue;
      const blockedMs = blockingDuration + SHORT_TASK_MS;
      this.#longestMs = Math.max(this.#longestMs, blockedMs);
      this.#totalMs += blockedMs;
    }
  }
}
