import { type Clock, TimeoutError } from '@evenkeel/core';
import type { SinkOperation } from './drain-events.ts';

/** How one try of a sink ended. */
export type Outcome =
  | { readonly kind: 'done' }
  /** `isTold`: the failure is known already, since it took too long. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly isTold: boolean }
  /** Nobody knows: it was not waited for. */
  | { readonly kind: 'abandoned' };

/**
 * Calls a sink, once at a time. When it takes too long, its signal fires, and it is waited for all the same: a sink is
 * not called again before it has settled, and what it did after all counts.
 */
export class SinkCaller {
  readonly #sink: string;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #onHang: (operation: SinkOperation, error: TimeoutError) => void;
  #abandon: () => void = () => {};
  #isHanging = false;

  /** @param onHang called when a call takes longer than `timeoutMs` */
  constructor(
    sink: string,
    timeoutMs: number,
    clock: Clock,
    onHang: (operation: SinkOperation, error: TimeoutError) => void,
  ) {
    this.#sink = sink;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#onHang = onHang;
  }

  get isHanging(): boolean {
    return this.#isHanging;
  }

  async call(operation: SinkOperation, invoke: (signal: AbortSignal) => unknown): Promise<Outcome> {
    const controller = new AbortController();
    const cancel = this.#clock.setTimeout(() => {
      const error = new TimeoutError(`${operation} of the sink ${this.#sink}`, this.#timeoutMs);
      this.#isHanging = true;
      controller.abort(error);
      this.#onHang(operation, error);
    }, this.#timeoutMs);
    const outcome = await new Promise<Outcome>((resolve) => {
      this.#abandon = () => resolve({ kind: 'abandoned' });
      settle(invoke, controller.signal).then(
        () => resolve({ kind: 'done' }),
        (error: unknown) => resolve({ kind: 'failed', error, isTold: this.#isHanging }),
      );
    });
    cancel();
    this.#isHanging = false;
    if (outcome.kind === 'abandoned') controller.abort();
    return outcome;
  }

  /** Waits no longer for the call under way, if there is one. */
  abandon(): void {
    this.#abandon();
  }
}

/** Turns a synchronous throw into a rejection. */
async function settle(invoke: (signal: AbortSignal) => unknown, signal: AbortSignal): Promise<void> {
  await invoke(signal);
}
