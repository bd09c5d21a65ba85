import type { Alert } from '@evenkeel/core';
import type { MetricSnapshot } from '../collectors/collector.ts';
import type { CheckedThreshold } from './threshold.ts';
import { isSummaryPath, numberAt, rootOf } from './threshold-path.ts';
import { ThresholdWatch, type Transition } from './threshold-watch.ts';

/** All thresholds, at most one for a path. */
export class ThresholdSet {
  readonly #watches = new Map<string, ThresholdWatch>();
  readonly #reported = new Set<string>();
  readonly #onBlind: (path: string) => void;

  /** @param onBlind learns, once each, of a path at which a collector's reading has no number */
  constructor(onBlind: (path: string) => void) {
    this.#onBlind = onBlind;
  }

  get size(): number {
    return this.#watches.size;
  }

  /** Replaces what was set for the path. Gives the end of its alert where that no longer has a threshold. */
  set(threshold: CheckedThreshold, nowMs: number): Transition | undefined {
    const replaced = this.remove(threshold.path, nowMs);
    this.#watches.set(threshold.path, new ThresholdWatch(threshold));
    return replaced;
  }

  has(threshold: CheckedThreshold): boolean {
    return this.#watches.get(threshold.path)?.threshold === threshold;
  }

  remove(path: string, nowMs: number): Transition | undefined {
    const watch = this.#watches.get(path);
    this.#watches.delete(path);
    this.#reported.delete(path);
    return watch?.resolve(nowMs);
  }

  /** Looks at all figures. Times are wall time, in ms since 1970. */
  evaluate(summary: object, snapshot: MetricSnapshot, nowMs: number): Transition[] {
    const transitions: Transition[] = [];
    for (const [path, watch] of this.#watches) {
      const value = numberAt(isSummaryPath(path) ? summary : snapshot, path);
      const transition =
        value === undefined ? this.#blind(watch, snapshot, nowMs) : watch.update(value, nowMs);
      if (transition) transitions.push(transition);
    }
    return transitions;
  }

  alerts(): Alert[] {
    return [...this.#watches.values()].flatMap(({ alert }) => alert ?? []);
  }

  #blind(watch: ThresholdWatch, snapshot: MetricSnapshot, nowMs: number): Transition | undefined {
    const { path } = watch.threshold;
    // Without requests there is no request to complain of; a collector that fails proves nothing either way.
    if (isSummaryPath(path)) return watch.resolve(nowMs);
    const reading = snapshot[rootOf(path)];
    const failed = typeof reading === 'object' && reading !== null && 'error' in reading;
    if (reading !== undefined && !failed && !this.#reported.has(path)) {
      this.#reported.add(path);
      this.#onBlind(path);
    }
    return undefined;
  }
}
