import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { type Clock, systemClock } from '@evenkeel/core';
import type { Collector } from '../collectors/collector.ts';
import type { GcReading } from '../collectors/readings.ts';

export interface GcCollectorOptions {
  readonly clock?: Clock;
}

type Kind = keyof GcReading['kinds'];

interface Counts {
  readonly kinds: Record<Kind, { count: number; timeMs: number }>;
  longestMs: number;
}

/* Flags of V8's GCType. Kinds that later versions add count as minor, their most frequent sort. */
const KINDS: ReadonlyMap<number, Kind> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakCallbacks'],
]);

/**
 * Counts every garbage collection from `start` to `stop`. The engine reports them in batches, of which all
 * entries count; a batch that waits to be delivered is fetched at each reading.
 */
export class GcCollector implements Collector<GcReading> {
  readonly #clock: Clock;
  #observer: PerformanceObserver | undefined;
  #counts = noCounts();
  #sinceMs: number;
  #totalCount = 0;
  #totalMs = 0;
  #ownMs = 0;

  constructor({ clock = systemClock }: GcCollectorOptions = {}) {
    this.#clock = clock;
    this.#sinceMs = clock.monotonic();
  }

  /** Idempotent. */
  start(): void {
    if (this.#observer) return;
    this.#observer = new PerformanceObserver((list) => this.#count(list.getEntries()));
    this.#observer.observe({ entryTypes: ['gc'] });
    this.#sinceMs = this.#clock.monotonic();
  }

  /** Idempotent. */
  stop(): void {
    this.#fetch();
    this.#observer?.disconnect();
    this.#observer = undefined;
  }

  backgroundMs(): number {
    return this.#ownMs;
  }

  collect(): GcReading {
    this.#fetch();
    const nowMs = this.#clock.monotonic();
    const elapsedMs = nowMs - this.#sinceMs;
    const { kinds, longestMs } = this.#counts;
    this.#counts = noCounts();
    this.#sinceMs = nowMs;
    const all = Object.values(kinds);
    const count = all.reduce((sum, kind) => sum + kind.count, 0);
    const timeMs = all.reduce((sum, kind) => sum + kind.timeMs, 0);
    return {
      count,
      timeMs,
      longestMs,
      ratio: elapsedMs > 0 ? Math.min(1, timeMs / elapsedMs) : 0,
      kinds,
      totalCount: this.#totalCount,
      totalSeconds: this.#totalMs / 1000,
    };
  }

  /** Takes over the batch that waits. */
  #fetch(): void {
    if (this.#observer) this.#count(this.#observer.takeRecords());
  }

  #count(entries: readonly PerformanceEntry[]): void {
    const begunMs = this.#clock.monotonic();
    for (const entry of entries) {
      const kind = this.#counts.kinds[kindOf(entry)];
      kind.count += 1;
      kind.timeMs += entry.duration;
      this.#counts.longestMs = Math.max(this.#counts.longestMs, entry.duration);
      this.#totalCount += 1;
      this.#totalMs += entry.duration;
    }
    this.#ownMs += this.#clock.monotonic() - begunMs;
  }
}

function kindOf(entry: PerformanceEntry): Kind {
  const detail: unknown = 'detail' in entry ? entry.detail : undefined;
  const flag: unknown = typeof detail === 'object' && detail !== null && 'kind' in detail ? detail.kind : 0;
  return (typeof flag === 'number' ? KINDS.get(flag) : undefined) ?? 'minor';
}

function noCounts(): Counts {
  const none = (): { count: number; timeMs: number } => ({ count: 0, timeMs: 0 });
  return {
    kinds: { minor: none(), major: none(), incremental: none(), weakCallbacks: none() },
    longestMs: 0,
  };
}
