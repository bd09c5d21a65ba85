/* Pressure that is back within this time after a component was restored counts as brought back by that. */
const RELAPSE_WINDOW_MS = 60_000;

/* However bad the last attempts were, one is made every five minutes. */
export const LONGEST_RESTORE_WAIT_MS = 300_000;

/**
 * How long a component stays reduced or paused at the least. The wait doubles each time the component is acted
 * upon within a minute of having been restored, up to five minutes, and is halved for every further minute that
 * it ran untouched: changes of state are bounded, whatever the period of the load.
 */
export class RestoreBackoff {
  #doublings = 0;
  #restoredAtMs: number | undefined;
  #relievedAtMs = Number.NEGATIVE_INFINITY;

  /** How often in a row it was too early; 0 where nothing is wrong. */
  get relapses(): number {
    return this.#doublings;
  }

  /** When its share was last lowered, on the monotonic clock. */
  get relievedAtMs(): number {
    return this.#relievedAtMs;
  }

  /** It was reduced or paused under pressure. */
  relieved(nowMs: number): void {
    if (this.#restoredAtMs !== undefined) {
      const quietMinutes = Math.floor((nowMs - this.#restoredAtMs) / RELAPSE_WINDOW_MS);
      this.#doublings =
        quietMinutes === 0 ? this.#doublings + 1 : Math.max(0, this.#doublings - quietMinutes);
    }
    this.#restoredAtMs = undefined;
    this.#relievedAtMs = nowMs;
  }

  /** It was reduced already, and now is more so. */
  lowered(nowMs: number): void {
    this.#relievedAtMs = nowMs;
  }

  /** It was resumed, or runs untouched again. */
  restored(nowMs: number): void {
    this.#restoredAtMs = nowMs;
  }

  /** When it may be restored, on the monotonic clock. */
  readyAtMs(restoreWaitMs: number): number {
    return this.#relievedAtMs + Math.min(LONGEST_RESTORE_WAIT_MS, restoreWaitMs * 2 ** this.#doublings);
  }
}
