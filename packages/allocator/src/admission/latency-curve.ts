/* Rungs of concurrency, two to an octave: 1, 1.4, 2, 2.8, 4 … up to 2^20. */
const RUNGS = 41;
const RUNGS_PER_OCTAVE = 2;

/* Old figures fade: a rung is the mean of about its last 64 samples. */
const MEMORY = 64;

/* Fewer samples are chance. */
const EVIDENCE = 4;

/* What was learnt in one rush still serves in the next; what is older may be of another time. */
const FRESH_MS = 300_000;

/* More concurrency that brings less than a ninth more throughput brings queueing only. */
const NEARLY_BEST = 0.9;

/* The scatter of latencies is that of the work: known from about the last 256 samples of all rungs. */
const SCATTER_GAIN = 1 / 256;

/* A sample that is further off comes from a change, not from the scatter. */
const FURTHEST_OFF = 5;

/** The concurrency of a rung. */
export function concurrencyOf(rung: number): number {
  return 2 ** (rung / RUNGS_PER_OCTAVE);
}

function rungOf(concurrency: number): number {
  const rung = Math.round(RUNGS_PER_OCTAVE * Math.log2(concurrency));
  return Math.min(RUNGS - 1, Math.max(0, rung));
}

/**
 * How long work takes by how much of it was in flight. By Little's law concurrency over latency is
 * throughput, so the curve tells the concurrency beyond which there is no more throughput to be had, whatever
 * the mix of the work: no baseline latency is needed, which a mix of fast and slow work does not have. Since a few
 * samples of such a mix say little, a rung is only credited with what is left when its standard error is taken off.
 */
export class LatencyCurve {
  readonly #latencyMs = new Float64Array(RUNGS);
  /** What was really in flight, of all that falls on a rung. */
  readonly #concurrency = new Float64Array(RUNGS);
  readonly #samples = new Float64Array(RUNGS);
  readonly #atMs = new Float64Array(RUNGS);
  /** Of latencies about the mean of their rung, relative to it, squared. */
  #scatter = 0;

  /** @param concurrency work in flight when this was started, itself included */
  record(concurrency: number, latencyMs: number, nowMs: number): void {
    const rung = rungOf(concurrency);
    const samples = this.#isFresh(rung, nowMs) ? Math.min(MEMORY, (this.#samples[rung] ?? 0) + 1) : 1;
    const meanMs = this.#latencyMs[rung] ?? 0;
    const meanConcurrency = this.#concurrency[rung] ?? 0;
    if (samples > 1 && meanMs > 0) {
      const off = Math.min(FURTHEST_OFF, Math.abs(latencyMs / meanMs - 1));
      this.#scatter += SCATTER_GAIN * (off * off - this.#scatter);
    }
    this.#samples[rung] = samples;
    this.#latencyMs[rung] = meanMs + (latencyMs - meanMs) / samples;
    this.#concurrency[rung] = meanConcurrency + (concurrency - meanConcurrency) / samples;
    this.#atMs[rung] = nowMs;
  }

  /**
   * What to expect at a concurrency; where it is not known, at worst: as if it brought no more throughput than the
   * nearest below. `undefined` where nothing is known of that either.
   */
  expectedMs(concurrency: number, nowMs: number): number | undefined {
    const own = rungOf(concurrency);
    for (let rung = own; rung >= 0; rung--) {
      if (!this.#isEvident(rung, nowMs)) continue;
      const latencyMs = this.#latencyMs[rung] ?? 0;
      return rung === own ? latencyMs : (latencyMs * concurrency) / (this.#concurrency[rung] ?? 1);
    }
    return undefined;
  }

  /** The lowest rung with nearly the best throughput of all; `undefined` while nothing is known. */
  knee(nowMs: number): number | undefined {
    const best = this.#bestThroughput(nowMs);
    for (let rung = 0; rung < RUNGS; rung++) {
      if (this.#isEvident(rung, nowMs) && this.#throughput(rung) >= NEARLY_BEST * best) return rung;
    }
    return undefined;
  }

  /** Whether concurrencies of twice the knee's and more were seen not to bring more throughput. */
  isProven(knee: number, nowMs: number): boolean {
    return NEARLY_BEST * this.#throughputFrom(knee + RUNGS_PER_OCTAVE, nowMs) < this.#bestThroughput(nowMs);
  }

  /** The greatest concurrency that something is known of, and how long work took there. */
  furthest(nowMs: number): { readonly concurrency: number; readonly latencyMs: number } | undefined {
    for (let rung = RUNGS - 1; rung >= 0; rung--) {
      if (!this.#isEvident(rung, nowMs)) continue;
      return { concurrency: this.#concurrency[rung] ?? 0, latencyMs: this.#latencyMs[rung] ?? 0 };
    }
    return undefined;
  }

  forget(): void {
    this.#samples.fill(0);
  }

  #bestThroughput(nowMs: number): number {
    let best = 0;
    for (let rung = 0; rung < RUNGS; rung++) {
      if (this.#isEvident(rung, nowMs)) best = Math.max(best, this.#throughput(rung));
    }
    return best;
  }

  /** What is sure of it. */
  #throughput(rung: number): number {
    const relativeError = Math.sqrt(this.#scatter / (this.#samples[rung] ?? 1));
    const latencyMs = (this.#latencyMs[rung] ?? 0) * (1 + relativeError);
    return (this.#concurrency[rung] ?? 0) / Math.max(Number.EPSILON, latencyMs);
  }

  /** Of all rungs from one on together, as each of them may have too few samples; `Infinity` where all have. */
  #throughputFrom(first: number, nowMs: number): number {
    let samples = 0;
    let concurrency = 0;
    let latencyMs = 0;
    for (let rung = first; rung < RUNGS; rung++) {
      if (!this.#isFresh(rung, nowMs)) continue;
      const ofRung = this.#samples[rung] ?? 0;
      samples += ofRung;
      concurrency += ofRung * (this.#concurrency[rung] ?? 0);
      latencyMs += ofRung * (this.#latencyMs[rung] ?? 0);
    }
    return samples < EVIDENCE ? Infinity : concurrency / Math.max(Number.EPSILON, latencyMs);
  }

  #isEvident(rung: number, nowMs: number): boolean {
    return (this.#samples[rung] ?? 0) >= EVIDENCE && this.#isFresh(rung, nowMs);
  }

  #isFresh(rung: number, nowMs: number): boolean {
    return (this.#samples[rung] ?? 0) > 0 && nowMs - (this.#atMs[rung] ?? 0) < FRESH_MS;
  }
}
