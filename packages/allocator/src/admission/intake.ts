/* What blocks the loop for less cannot hide much of a crowd, and most requests do: they are spared further turns. */
const LONG_MS = 0.5;

/* A new connection is taken in during one turn, and its request read in the next. */
const QUIET_TURNS = 2;

/* However large the crowd is, something has to be started now and then. */
const MOST_TURNS = 64;

/**
 * Tells whether more is still coming in after something has blocked the event loop. Node takes in one new
 * connection a turn: with one start a turn, the crowd would wait in the kernel, where it can
 * neither be seen nor refused.
 */
export class Intake {
  #startedMs = Infinity;
  #arrivals = 0;
  #seen = 0;
  #turns = 0;
  #quietTurns = 0;

  arrived(): void {
    this.#arrivals += 1;
  }

  started(nowMs: number): void {
    this.#startedMs = nowMs;
    this.#turns = 0;
    this.#quietTurns = 0;
    this.#seen = this.#arrivals;
  }

  /** Whether to wait for another turn before the next start. Asked once a turn. */
  goesOn(nowMs: number): boolean {
    if (nowMs - this.#startedMs < LONG_MS) return false;
    this.#quietTurns = this.#arrivals === this.#seen ? this.#quietTurns + 1 : 0;
    this.#seen = this.#arrivals;
    this.#turns += 1;
    if (this.#quietTurns <= QUIET_TURNS && this.#turns < MOST_TURNS) return true;
    this.#startedMs = Infinity;
    return false;
  }
}
