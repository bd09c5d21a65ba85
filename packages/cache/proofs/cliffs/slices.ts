import { readFileSync } from 'node:fs';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { type Clock, systemClock } from '@evenkeel/core';

/** A timer's callback, while which nothing else can run. */
export interface Slice {
  readonly beganAt: number;
  readonly ms: number;
  /** How much of it the garbage collector took. */
  gcMs: number;
  /** How much of it the thread had no processor, where the system tells. */
  readonly preemptedMs: number;
}

interface Pause {
  readonly beganAt: number;
  readonly ms: number;
  readonly kind: number;
}

const KINDS = new Map<number, string>([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weak callbacks'],
]);

/** Measures what a cache does in its timers: give it `clock`. */
export class SliceProbe {
  readonly #slices: Slice[] = [];
  readonly #pauses: Pause[] = [];
  readonly #observer = new PerformanceObserver((list) => this.#note(list.getEntries()));

  readonly clock: Clock = {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    setInterval: (callback, periodMs) => systemClock.setInterval(callback, periodMs),
    setTimeout: (callback, delayMs) => systemClock.setTimeout(() => this.#measure(callback), delayMs),
  };

  start(): void {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** What there was since then. */
  async take(since = 0): Promise<{ readonly slices: readonly Slice[]; readonly pauses: readonly string[] }> {
    // Pauses are told of somewhat later.
    await new Promise((resolve) => setTimeout(resolve, 20));
    this.#note(this.#observer.takeRecords());
    const slices = this.#slices.splice(0).filter(({ beganAt }) => beganAt >= since);
    const pauses = this.#pauses.splice(0).filter(({ beganAt }) => beganAt >= since);
    for (const slice of slices) {
      for (const { beganAt, ms } of pauses) {
        const from = Math.max(slice.beganAt, beganAt);
        const to = Math.min(slice.beganAt + slice.ms, beganAt + ms);
        slice.gcMs += Math.max(0, to - from);
      }
    }
    return { slices, pauses: longestByKind(pauses) };
  }

  stop(): void {
    this.#observer.disconnect();
  }

  #measure(callback: () => void): void {
    const waitedBefore = waitedMs();
    const beganAt = performance.now();
    callback();
    const ms = performance.now() - beganAt;
    this.#slices.push({ beganAt, ms, gcMs: 0, preemptedMs: Math.min(ms, waitedMs() - waitedBefore) });
  }

  #note(entries: ReturnType<PerformanceObserver['takeRecords']>): void {
    for (const entry of entries) {
      const { kind = 0 } = (entry as { detail?: { kind?: number } }).detail ?? {};
      this.#pauses.push({ beganAt: entry.startTime, ms: entry.duration, kind });
    }
  }
}

/** What a slice took of its own. */
export function ownMs({ ms, gcMs, preemptedMs }: Slice): number {
  return Math.max(0, ms - gcMs - preemptedMs);
}

/** As many slices that do nothing for so long: what they take beyond it, the machine has taken. */
export function idleSlices(count: number, lastingMs: number): number[] {
  return Array.from({ length: count }, () => {
    const waitedBefore = waitedMs();
    const beganAt = performance.now();
    while (performance.now() - beganAt < lastingMs);
    return performance.now() - beganAt - (waitedMs() - waitedBefore);
  });
}

function longestByKind(pauses: readonly Pause[]): string[] {
  const longest = new Map<number, number>();
  for (const { kind, ms } of pauses) longest.set(kind, Math.max(longest.get(kind) ?? 0, ms));
  return [...longest].map(([kind, ms]) => `${KINDS.get(kind) ?? kind} ${ms.toFixed(1)} ms`);
}

/** How long this thread has waited for a processor, which Linux tells. */
function waitedMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
