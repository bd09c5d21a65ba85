import { concurrencyOf, LatencyCurve } from './latency-curve.ts';

/* Deciding costs a look at the whole curve. */
const DECIDE_EVERY = 4;

/* Latencies that differ so much from what was learnt come from another world: other work, another back end. */
const SURPRISE = 3;
const SURPRISE_SAMPLES = 16;

/* A few slow pieces of a mix are no other world, however slow they are. */
const MOST_SURPRISE = 2 * SURPRISE;

/* Concurrency so far beyond all experience, for so many times as long as work takes, is not let grow further. */
const FAR = 2;
const FAR_AT_LEAST = 8;
const FAR_FOR = 1;

/*
 * A limit that moves moves the concurrency. What began among more or fewer than there were on the mean was on the way:
 * with some bottlenecks it takes as long as befits the one, with others the other.
 */
const STEADY = 1.1;

/* Fewer at once are no crowd, and the others should not have to wait because one takes long. */
const LEAST_LIMIT = 4;

/* Out of so many turns one tries less, and one more, to learn what is there; the others stay. */
const TURNS = 24;
const TRY_LOWER = 0;
const TRY_HIGHER = 12;
/* Completions that make a turn, at least. */
const SHORTEST_TURN = 16;

/**
 * Learns how much work may be in flight at once, from the latency of what was: the concurrency of the knee of the
 * {@link LatencyCurve} and a rung more, so that the bottleneck always has something to do. There is no limit
 * until work was seen to queue behind a bottleneck: handlers that only use this process's CPU never have one,
 * and neither do those that merely take long.
 *
 * While the limit holds work back, the neighbouring rungs are tried in turn, so that a bottleneck which has become
 * wider or narrower is found out. Where latencies are all different, what was learnt is forgotten, and what is in
 * flight then taken for bearable until more is known.
 */
export class LearnedLimit {
  /** `Infinity` while there is no need of one. */
  limit = Infinity;
  readonly #curve = new LatencyCurve();
  #completions = 0;
  #knee = 0;
  #turn = 0;
  #leftInTurn = 0;
  /** Latencies relative to what was expected, and how many. */
  #ratios = 0;
  #compared = 0;
  /** Beyond this concurrency there is no experience. */
  #farFrom = Infinity;
  #farForMs = Infinity;
  #farSinceMs = -1;

  /** Something was started. @param inFlight itself included */
  started(inFlight: number, nowMs: number): void {
    if (inFlight <= this.#farFrom) this.#farSinceMs = -1;
    else if (this.#farSinceMs < 0) this.#farSinceMs = nowMs;
    else if (this.limit === Infinity && nowMs - this.#farSinceMs > this.#farForMs) {
      this.limit = inFlight;
    }
  }

  /**
   * Something has ended.
   *
   * @param concurrency work in flight when it was started, itself included
   * @param meanConcurrency the mean of what was in flight in its time
   * @param isHolding whether the limit is holding work back
   */
  ended(
    concurrency: number,
    meanConcurrency: number,
    latencyMs: number,
    isHolding: boolean,
    nowMs: number,
  ): void {
    const isSteady = meanConcurrency <= STEADY * concurrency && concurrency <= STEADY * meanConcurrency;
    this.#compare(Math.max(concurrency, meanConcurrency), latencyMs, nowMs);
    if (isSteady || this.limit === Infinity) this.#curve.record(concurrency, latencyMs, nowMs);
    if (this.limit !== Infinity) {
      // What holds nothing back is left as it is: quiet times say little of how much can be borne.
      if (!isHolding) return;
      this.#nextTurn();
    }
    this.#completions += 1;
    if (this.#completions % DECIDE_EVERY === 0) this.#decide(nowMs);
  }

  #compare(concurrency: number, latencyMs: number, nowMs: number): void {
    const expectedMs = this.#curve.expectedMs(concurrency, nowMs);
    if (!expectedMs) return;
    this.#ratios += Math.min(MOST_SURPRISE, latencyMs / expectedMs);
    this.#compared += 1;
    if (this.#compared < SURPRISE_SAMPLES) return;
    const ratio = this.#ratios / this.#compared;
    this.#ratios = 0;
    this.#compared = 0;
    if (ratio < SURPRISE && ratio > 1 / SURPRISE) return;
    this.#curve.forget();
  }

  #nextTurn(): void {
    this.#leftInTurn -= 1;
    if (this.#leftInTurn > 0) return;
    this.#turn = (this.#turn + 1) % TURNS;
    this.#leftInTurn = Math.max(SHORTEST_TURN, concurrencyOf(this.#knee));
  }

  #decide(nowMs: number): void {
    const furthest = this.#curve.furthest(nowMs);
    if (furthest) {
      this.#farFrom = FAR * furthest.concurrency + FAR_AT_LEAST;
      this.#farForMs = FAR_FOR * furthest.latencyMs;
    }
    const knee = this.#curve.knee(nowMs);
    if (knee === undefined || (this.limit === Infinity && !this.#curve.isProven(knee, nowMs))) return;
    if (knee !== this.#knee) {
      // A move in the right direction is followed by the next.
      this.#turn = knee < this.#knee ? TRY_LOWER : TRY_HIGHER;
      this.#leftInTurn = Math.max(SHORTEST_TURN, concurrencyOf(knee));
      this.#knee = knee;
    }
    this.limit = Math.max(LEAST_LIMIT, Math.ceil(concurrencyOf(knee + this.#rungsAbove())));
  }

  /** One, and while the neighbours are tried, the one above that or the one below the knee. */
  #rungsAbove(): number {
    if (this.#turn === TRY_LOWER) return -1;
    return this.#turn === TRY_HIGHER ? 2 : 1;
  }
}
