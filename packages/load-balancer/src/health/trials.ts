/* So many requests in a row must go well for a server to come back: one that goes well may be luck. */
const TRIALS_TO_PASS = 3;

/* When no request has come for so long that can be repeated elsewhere, any is good enough. */
const PATIENCE_MS = 1000;

/* A trial that takes longer is left to itself, and another begins: its caller may stream for hours. */
const LEASE_MS = 10_000;

/* A pick looks at so many servers on trial; the next pick looks at the next. */
const LOOKS_PER_PICK = 8;

/** How an ejection ends: by requests that go well. Times are monotonic ms. */
export class Trial {
  readonly slot: number;
  /** Requests that began earlier say nothing. */
  sinceMs: number;
  leasedUntilMs = Number.NEGATIVE_INFINITY;
  freeSinceMs: number;
  /* Requests in flight from before: which one has ended is not known, and these are taken to end first. */
  #older = 0;
  #passed = 0;

  constructor(slot: number, nowMs: number) {
    this.slot = slot;
    this.sinceMs = nowMs;
    this.freeSinceMs = nowMs;
  }

  /** The server's turn begins. */
  begin(nowMs: number, inFlight: number): void {
    this.sinceMs = nowMs;
    this.leasedUntilMs = nowMs;
    this.freeSinceMs = nowMs;
    this.#older = inFlight;
    this.#passed = 0;
  }

  /** A request of the trial has ended; says whether that makes enough in a row. */
  observed(nowMs: number, succeeded: boolean): boolean {
    this.#free(nowMs);
    this.#passed = succeeded ? this.#passed + 1 : 0;
    return this.#passed >= TRIALS_TO_PASS;
  }

  /** The server is rid of a request. */
  released(nowMs: number): void {
    if (this.#older > 0) this.#older -= 1;
    else this.#free(nowMs);
  }

  #free(nowMs: number): void {
    if (this.leasedUntilMs <= nowMs) return;
    this.leasedUntilMs = nowMs;
    this.freeSinceMs = nowMs;
  }
}

/** The servers on trial, half open in the terms of circuit breakers: each gets one request at a time. */
export class Trials {
  readonly #trials: Trial[] = [];
  #next = 0;

  get size(): number {
    return this.#trials.length;
  }

  add(trial: Trial): void {
    this.#trials.push(trial);
  }

  remove(trial: Trial): void {
    const at = this.#trials.indexOf(trial);
    if (at >= 0) this.#trials.splice(at, 1);
  }

  /**
   * The server whose turn it is, leased to the request; -1 where there is none.
   *
   * @param mayTry whether the request can be repeated elsewhere
   * @param isFull whether the server in a slot has as many requests in flight as it may
   */
  lease(
    nowMs: number,
    tried: readonly number[] | undefined,
    mayTry: boolean,
    isFull: (slot: number) => boolean,
  ): number {
    const looks = Math.min(this.#trials.length, LOOKS_PER_PICK);
    for (let look = 0; look < looks; look++) {
      this.#next = this.#next + 1 < this.#trials.length ? this.#next + 1 : 0;
      const trial = this.#trials[this.#next];
      if (!trial || trial.leasedUntilMs > nowMs) continue;
      if (!mayTry && nowMs - trial.freeSinceMs < PATIENCE_MS) continue;
      if (tried?.includes(trial.slot) || isFull(trial.slot)) continue;
      trial.leasedUntilMs = nowMs + LEASE_MS;
      return trial.slot;
    }
    return -1;
  }
}
