/* A latency that comes this long after the one before counts for half of the estimate. In ms. */
const MEMORY_MS = 4000;

/* However dense they are, each latency counts for this part: the estimate follows a change within some 20 requests. */
const LEAST_GAIN = 0.05;

/* Latencies that are no further apart count for that; the estimate does not move by itself meanwhile. In ms. */
const DENSE_MS = 200;

/* An estimate that nothing was heard of for this long has lost 63 % of its distance from the fleet's mean. In ms. */
const FORGETTING_MS = 10_000;
const PER_FORGETTING = 1 / (8 * FORGETTING_MS);

/*
 * A failure counts as a latency of so many times the fleet's mean, each further one in a row as so many times the one
 * before, up to a limit: a server that stays dead is tried again after 26, 35, 42, 46 s where the others are idle.
 */
const FAILURE_CHARGE = 8;
const REPEATED_CHARGE = 4;
const MOST_CHARGE = 256;

/* How often servers are thought to be ill, before anything is known: one in a thousand. */
const ILL_AT_FIRST = 0.001;

/* What a request counts for in the fleet's failure rate and mean latency, once there were enough of them. */
const FLEET_FAILURES_GAIN = 1 / 1000;
const FLEET_LATENCY_GAIN = 1 / 100;

/* More failures in a row tell nothing more. */
const MOST_IN_A_ROW = 8;

/* Where all latencies are 0, as with virtual time. In ms. */
const LEAST_MEAN_MS = 1e-6;

/**
 * How long requests to each server take, as far as one client can know: time-weighted moving averages, by slot, of the
 * latency as a ratio to the fleet's mean.
 *
 * - A server of which nothing is known, such as a new one, stands at the mean, which is 1; so does, little by little,
 *   one of which nothing is heard. From nought it would draw all traffic, and from its last bad day it would never
 *   return.
 * - A failure is charged as slowness, however fast it came, by as much as it shows that the server is ill: where errors
 *   are common at all servers a single one shows little (Bayes' rule, with the fleet's error rate as the chance
 *   that a healthy server fails). Where everything fails nothing is charged, since no other server would be better.
 */
export class DelayEstimates {
  #ratio = new Float64Array(16);
  #heardAt = new Float64Array(16);
  #failuresInARow = new Uint8Array(16);
  #meanMs = LEAST_MEAN_MS;
  #meanGain = 1;
  #meanAt = 0;
  #failureRate = 0;

  /** Of the latencies of all servers, in ms. */
  get meanMs(): number {
    return this.#meanMs;
  }

  /** Begins anew for a slot, of which nothing is known then. */
  forget(slot: number, nowMs: number): void {
    if (slot >= this.#ratio.length) this.#grow(slot);
    this.#ratio[slot] = 1;
    this.#heardAt[slot] = nowMs;
    this.#failuresInARow[slot] = 0;
  }

  /** Whether the estimate is changing by itself. */
  isStale(slot: number, nowMs: number): boolean {
    return nowMs - (this.#heardAt[slot] as number) > DENSE_MS;
  }

  /** The server's latency, failures charged, as a ratio to the fleet's mean. */
  ratio(slot: number, nowMs: number): number {
    const ratio = this.#ratio[slot] as number;
    const elapsedMs = nowMs - (this.#heardAt[slot] as number);
    if (elapsedMs <= DENSE_MS) return ratio;
    // (1 - x/8)^8, for exp(-x) is dear.
    const rest = Math.max(0, 1 - elapsedMs * PER_FORGETTING);
    const squared = rest * rest;
    const fourth = squared * squared;
    return 1 + (ratio - 1) * fourth * fourth;
  }

  /** Learns a latency; gives the ratio that comes of it. */
  succeeded(slot: number, nowMs: number, latencyMs: number): number {
    // After a silence the mean begins anew: it would stay wrong for a hundred requests.
    if (nowMs - this.#meanAt > FORGETTING_MS) this.#meanGain = 1;
    this.#meanAt = nowMs;
    this.#meanMs = Math.max(LEAST_MEAN_MS, this.#meanMs + (latencyMs - this.#meanMs) * this.#meanGain);
    if (this.#meanGain > FLEET_LATENCY_GAIN) this.#meanGain = nextGain(this.#meanGain, FLEET_LATENCY_GAIN);
    const elapsedMs = nowMs - (this.#heardAt[slot] as number);
    const before = this.ratio(slot, nowMs);
    const gain = elapsedMs <= DENSE_MS ? LEAST_GAIN : elapsedMs / (elapsedMs + MEMORY_MS);
    const ratio = before + (latencyMs / this.#meanMs - before) * gain;
    this.#ratio[slot] = ratio;
    this.#heardAt[slot] = nowMs;
    this.#failuresInARow[slot] = 0;
    if (this.#failureRate > 0) this.#failureRate -= this.#failureRate * FLEET_FAILURES_GAIN;
    return ratio;
  }

  /** Learns of a failure; gives the ratio that comes of it. */
  failed(slot: number, nowMs: number, latencyMs: number): number {
    const before = this.ratio(slot, nowMs);
    const inARow = Math.min((this.#failuresInARow[slot] as number) + 1, MOST_IN_A_ROW);
    const isIll = ILL_AT_FIRST / (ILL_AT_FIRST + this.#failureRate ** inARow);
    const charged = Math.max(
      this.#meanGain < 1 ? latencyMs / this.#meanMs : 0,
      FAILURE_CHARGE * REPEATED_CHARGE ** (inARow - 1),
    );
    const ratio = before + isIll * (Math.min(charged, MOST_CHARGE) - before);
    this.#ratio[slot] = ratio;
    this.#heardAt[slot] = nowMs;
    this.#failuresInARow[slot] = inARow;
    this.#failureRate += (1 - this.#failureRate) * FLEET_FAILURES_GAIN;
    return ratio;
  }

  #grow(slot: number): void {
    let length = this.#ratio.length;
    while (length <= slot) length *= 2;
    const copy = <Column extends Float64Array | Uint8Array>(to: Column, from: Column): Column => {
      to.set(from);
      return to;
    };
    this.#ratio = copy(new Float64Array(length), this.#ratio);
    this.#heardAt = copy(new Float64Array(length), this.#heardAt);
    this.#failuresInARow = copy(new Uint8Array(length), this.#failuresInARow);
  }
}

/* 1, 1/2, 1/3 and so on: a plain mean at first, a moving one from `least` on. */
function nextGain(gain: number, least: number): number {
  return gain > least ? Math.max(least, gain / (1 + gain)) : gain;
}
