import { divergence, SURPRISE } from './divergence.ts';

/* As Envoy. Many time-outs long, as requests that time out end later than those that go well beside them. */
const INTERVAL_MS = 10_000;

/**
 * Finds the servers that fail more often than the others, by counts over whole intervals: as Envoy's success rate
 * outliers, with the median in the place of the mean, which bad servers don't move, and a test in the place of
 * multiples of the standard deviation, which holds for few servers and few requests. Servers are slots.
 */
export class FailureRates {
  readonly #excess: number;
  #successes = new Float64Array(16);
  #failures = new Float64Array(16);
  /* Why they stand out, by what they did in the interval before. */
  readonly #outliers = new Map<number, string>();
  #intervalEndMs = Number.NEGATIVE_INFINITY;

  /** @param excess by so much a server must fail more often than it is expected to, 0 to 1 */
  constructor(excess: number) {
    this.#excess = excess;
  }

  forget(slot: number): void {
    if (slot >= this.#failures.length) {
      const length = Math.max(2 * this.#failures.length, slot + 1);
      const successes = new Float64Array(length);
      successes.set(this.#successes);
      this.#successes = successes;
      const failures = new Float64Array(length);
      failures.set(this.#failures);
      this.#failures = failures;
    }
    this.#successes[slot] = 0;
    this.#failures[slot] = 0;
    this.#outliers.delete(slot);
  }

  succeeded(slot: number): void {
    this.#successes[slot] = (this.#successes[slot] as number) + 1;
  }

  /**
   * @param servers slots of the whole fleet
   * @param usual part of the fleet's requests that fail in its usual state
   * @returns why the server stands out, if it does
   */
  failed(slot: number, nowMs: number, servers: readonly number[], usual: number): string | undefined {
    this.#failures[slot] = (this.#failures[slot] as number) + 1;
    if (nowMs >= this.#intervalEndMs) {
      this.#intervalEndMs = nowMs + INTERVAL_MS;
      this.#judge(servers, usual);
    }
    return this.#outliers.get(slot);
  }

  /** Ends the interval. */
  #judge(servers: readonly number[], usual: number): void {
    this.#outliers.clear();
    const rates = Float64Array.from(
      servers.filter((slot) => this.#requests(slot) > 0),
      (slot) => this.#rate(slot),
    ).sort();
    // The lower median of the others, for servers above it: those are the ones in question.
    const expected = Math.max(usual, rates[(rates.length - 2) >> 1] ?? 0);
    for (const slot of servers) {
      const rate = this.#rate(slot);
      const isOutlier =
        rate >= expected + this.#excess && this.#requests(slot) * divergence(rate, expected) >= SURPRISE;
      if (isOutlier) {
        this.#outliers.set(
          slot,
          `${percent(rate)} of its requests failed, of the others' ${percent(expected)}`,
        );
      }
      this.#successes[slot] = 0;
      this.#failures[slot] = 0;
    }
  }

  #requests(slot: number): number {
    return (this.#successes[slot] ?? 0) + (this.#failures[slot] ?? 0);
  }

  #rate(slot: number): number {
    return (this.#failures[slot] ?? 0) / (this.#requests(slot) || 1);
  }
}

function percent(rate: number): string {
  return `${Number((100 * rate).toPrecision(2))} %`;
}
