/** A load that failed. */
interface Failure {
  readonly error: unknown;
  /** How many have failed in a row. */
  readonly count: number;
  /** Until when its error answers for further loads, on the monotonic clock. */
  readonly answersUntil: number;
  /** Before then nothing is refreshed in the background. */
  readonly retryAt: number;
}

/* Failures that are remembered; the oldest are forgotten first. */
const MAX_FAILURES = 1000;

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

/** Remembers which keys could not be loaded, so that a source in trouble is not asked all the time. */
export class Failures {
  readonly #failures = new Map<string, Failure>();

  /** @param errorTtlMs how long the error answers for further loads */
  add(key: string, error: unknown, now: number, errorTtlMs: number): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const retryMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(count - 1, 10), LAST_RETRY_MS);
    this.#failures.delete(key);
    this.#failures.set(key, { error, count, answersUntil: now + errorTtlMs, retryAt: now + retryMs });
    if (this.#failures.size <= MAX_FAILURES) return;
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      return;
    }
  }

  /** It could be loaded, or what it was is of no interest any more. */
  forget(key: string): void {
    if (this.#failures.size > 0) this.#failures.delete(key);
  }

  clear(): void {
    this.#failures.clear();
  }

  /** The failure whose error answers for a load now. */
  answering(key: string, now: number): { readonly error: unknown } | undefined {
    const failure = this.#failures.size === 0 ? undefined : this.#failures.get(key);
    return failure !== undefined && now < failure.answersUntil ? failure : undefined;
  }

  /** Whether a refresh in the background should wait. */
  isHolding(key: string, now: number): boolean {
    const failure = this.#failures.size === 0 ? undefined : this.#failures.get(key);
    return failure !== undefined && now < failure.retryAt;
  }
}
