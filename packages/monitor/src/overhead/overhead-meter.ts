import { SlicedWindow } from '../requests/sliced-window.ts';

/** One recording in so many is timed. A power of two. */
export const SAMPLED_EVERY = 64;

/** What the monitor itself costs, over the window. */
export interface OverheadSummary {
  /** Its own time to the time that passed: 0.001 is a thousandth of one CPU. */
  readonly ratio: number;
  /** Its own time to the CPU time of the whole process; `null` until a `cpu` collector has told that. */
  readonly shareOfProcess: number | null;
  /** Gathering, evaluating thresholds and keeping snapshots, in ms: the parts that run synchronously. */
  readonly collectingMs: number;
  /** `recordRequest`, `startTimer` and `end`, in ms: one call in 64 is timed and stands for all. */
  readonly recordingMs: number;
  /** What collectors say they used between readings, in ms. */
  readonly backgroundMs: number;
}

interface OverheadSlice {
  collectingMs: number;
  recordingMs: number;
  backgroundMs: number;
  processMs: number;
}

/**
 * Adds up the monitor's own time. Times are wall time of code that does not wait, so a process that is robbed
 * of the CPU meanwhile is charged too much rather than too little. Not seen are the part of a collector that
 * runs after it has awaited something, and the operating system's work for timers.
 */
export class OverheadMeter {
  readonly #window: SlicedWindow<OverheadSlice>;
  #backgroundMs = 0;
  #processMs: number | undefined;

  constructor(windowMs: number) {
    this.#window = new SlicedWindow<OverheadSlice>({ windowMs, create: emptySlice, clear: empty });
  }

  collected(nowMs: number, ms: number): void {
    this.#window.at(nowMs).collectingMs += ms;
  }

  /** @param ms time of the one recording in {@link SAMPLED_EVERY} that was timed */
  sampled(nowMs: number, ms: number): void {
    this.#window.at(nowMs).recordingMs += ms * SAMPLED_EVERY;
  }

  /** Takes the running totals of the collectors and, where it is known, of the process. */
  totals(nowMs: number, backgroundMs: number, processMs: number | undefined): void {
    const slice = this.#window.at(nowMs);
    // A total that went back is of other collectors than before.
    slice.backgroundMs += Math.max(0, backgroundMs - this.#backgroundMs);
    this.#backgroundMs = backgroundMs;
    if (processMs === undefined) return;
    slice.processMs += Math.max(0, processMs - (this.#processMs ?? processMs));
    this.#processMs = processMs;
  }

  /** @param coveredMs how much of the window has passed */
  read(nowMs: number, coveredMs: number): OverheadSummary {
    const sum = emptySlice();
    for (const slice of this.#window.read(nowMs)) {
      sum.collectingMs += slice.collectingMs;
      sum.recordingMs += slice.recordingMs;
      sum.backgroundMs += slice.backgroundMs;
      sum.processMs += slice.processMs;
    }
    const { processMs, ...parts } = sum;
    const ownMs = parts.collectingMs + parts.recordingMs + parts.backgroundMs;
    return {
      ratio: ownMs / coveredMs,
      shareOfProcess: processMs > 0 ? Math.min(1, ownMs / processMs) : null,
      ...parts,
    };
  }
}

function emptySlice(): OverheadSlice {
  return { collectingMs: 0, recordingMs: 0, backgroundMs: 0, processMs: 0 };
}

function empty(slice: OverheadSlice): void {
  Object.assign(slice, emptySlice());
}
