import { QuantileSketch } from '@evenkeel/core';

/* What counts as recent: between one and two of these. */
const EPOCH_MS = 30_000;

/* A quantile is worked out anew after so long, or when nothing was known yet. */
const FRESH_MS = 1000;

/* Fewer say too little to act on. */
const LEAST_COUNT = 20;

/** Quantiles of the latencies of the last 30 to 60 s. */
export class RecentLatency {
  #current = new QuantileSketch({ relativeError: 0.02 });
  #previous = new QuantileSketch({ relativeError: 0.02 });
  #epochMs = 0;
  readonly #known = new Map<number, { readonly value: number; readonly atMs: number }>();

  add(latencyMs: number, nowMs: number): void {
    if (nowMs - this.#epochMs >= EPOCH_MS) this.#turn(nowMs);
    this.#current.add(latencyMs);
  }

  /** `undefined` while too few are known. Up to a second old. */
  quantile(q: number, nowMs: number): number | undefined {
    const known = this.#known.get(q);
    if (known && nowMs - known.atMs < FRESH_MS) return known.value;
    const all = this.recent(nowMs);
    if (all.count < LEAST_COUNT) return undefined;
    const value = all.quantile(q);
    this.#known.set(q, { value, atMs: nowMs });
    return value;
  }

  /** A copy. */
  recent(nowMs: number): QuantileSketch {
    if (nowMs - this.#epochMs >= EPOCH_MS) this.#turn(nowMs);
    const all = new QuantileSketch({ relativeError: 0.02 });
    all.merge(this.#previous);
    all.merge(this.#current);
    return all;
  }

  #turn(nowMs: number): void {
    const isAdjacent = nowMs - this.#epochMs < 2 * EPOCH_MS;
    const old = this.#previous;
    old.reset();
    this.#previous = this.#current;
    this.#current = old;
    if (!isAdjacent) this.#previous.reset();
    this.#epochMs = nowMs;
  }
}
