import { type Clock, EvenkeelError, TimeoutError } from '@evenkeel/core';
import type { Timed, Timeouts } from './timeouts.ts';

/** How long something may take, and who may end it before. */
export interface LimitSettings {
  /** Names it in the `TimeoutError`. */
  readonly what: string;
  /** In ms; `Infinity`: as long as it likes. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export type EndListener = (error: unknown) => void;

/** Ends waiting when the time is up or the signal aborts. To be disposed of when what it limits has ended. */
export class Limit implements Timed {
  readonly dueMs: number;
  before: Timed | undefined = undefined;
  after: Timed | undefined = undefined;
  readonly #timeouts: Timeouts;
  readonly #settings: LimitSettings;
  #reason: { readonly error: unknown } | undefined;
  /* Nearly always there is one. */
  #listener: EndListener | undefined;
  #others: EndListener[] | undefined;
  #onAbort: (() => void) | undefined;

  /** @param nowMs monotonic */
  constructor(timeouts: Timeouts, settings: LimitSettings, nowMs: number = timeouts.clock.monotonic()) {
    this.#timeouts = timeouts;
    this.#settings = settings;
    this.dueMs = nowMs + settings.timeoutMs;
    if (this.dueMs !== Number.POSITIVE_INFINITY) timeouts.add(this, nowMs);
    const { signal } = settings;
    if (signal === undefined) return;
    this.#onAbort = () => this.end(signal.reason ?? new EvenkeelError('aborted', { code: 'ABORTED' }));
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get clock(): Clock {
    return this.#timeouts.clock;
  }

  /** What ended it; `undefined` while there is time. */
  get reason(): { readonly error: unknown } | undefined {
    return this.#reason;
  }

  /** Calls `listener` when it ends, or at once where it has, unless {@link offEnd} takes that back. */
  onEnd(listener: EndListener): void {
    if (this.#reason) listener(this.#reason.error);
    else if (this.#listener === undefined) this.#listener = listener;
    else {
      this.#others ??= [];
      this.#others.push(listener);
    }
  }

  offEnd(listener: EndListener): void {
    if (this.#listener === listener) this.#listener = undefined;
    else this.#others = this.#others?.filter((other) => other !== listener);
  }

  /** Waits for the promise, and rejects with the reason where it ends before. How it then ends is nobody's concern. */
  waitFor<T>(work: PromiseLike<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.onEnd(reject);
      work.then(
        (value) => {
          this.offEnd(reject);
          resolve(value);
        },
        (error: unknown) => {
          this.offEnd(reject);
          reject(error);
        },
      );
    });
  }

  /** Called by the list of time-outs. */
  expire(): void {
    this.end(new TimeoutError(this.#settings.what, this.#settings.timeoutMs));
  }

  /** Ends it now, unless it has ended. */
  end(error: unknown): void {
    if (this.#reason) return;
    this.#reason = { error };
    const listeners = [this.#listener, ...(this.#others ?? [])];
    this.#listener = undefined;
    this.#others = undefined;
    for (const listener of listeners) listener?.(error);
  }

  /** Idempotent. */
  dispose(): void {
    this.#timeouts.remove(this);
    if (this.#onAbort) this.#settings.signal?.removeEventListener('abort', this.#onAbort);
  }
}
