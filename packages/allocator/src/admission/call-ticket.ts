import { type Duration, option, readOptions } from '@evenkeel/core';
import type { AdmissionController } from './admission-controller.ts';
import { OverloadedError } from './overloaded-error.ts';
import { REQUEST_CLASSES, type RefusalReason, type RequestClass } from './request-class.ts';
import { Ticket } from './ticket.ts';

/** Options of `AdmissionController.run()`. */
export interface RunOptions {
  /** @defaultValue 'normal' */
  readonly class?: RequestClass;
  /** Time from now after which nobody will want the result: it is not started later. @defaultValue none */
  readonly deadline?: Duration;
  /** Gives it up while it waits. @defaultValue none */
  readonly signal?: AbortSignal | undefined;
}

interface RunSettings {
  readonly class: RequestClass;
  readonly deadline: number | undefined;
  readonly signal: AbortSignal | undefined;
}

export function readRunOptions(options: RunOptions | undefined): RunSettings {
  return readOptions<RunSettings>('AdmissionController.run', options, {
    class: option.oneOf(REQUEST_CLASSES).default('normal'),
    deadline: option.duration({ min: 0 }).optional(),
    signal: option
      .withMethods<AbortSignal>('addEventListener', 'removeEventListener', 'throwIfAborted')
      .optional(),
  });
}

/** A call that waits for its turn. */
export class CallTicket extends Ticket {
  readonly #settings: RunSettings;
  readonly #admission: AdmissionController;
  #settle: { readonly resolve: () => void; readonly reject: (reason: unknown) => void } | undefined;
  readonly #onAbort = (): void => this.#reject(this.#settings.signal?.reason);

  constructor(settings: RunSettings, admission: AdmissionController) {
    super(REQUEST_CLASSES.indexOf(settings.class), admission.nowMs() + (settings.deadline ?? Infinity));
    this.#settings = settings;
    this.#admission = admission;
  }

  /** Fulfils when it is started; rejects when it is refused or given up. */
  wait(): Promise<void> {
    this.#settings.signal?.addEventListener('abort', this.#onAbort, { once: true });
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  override start(): void {
    this.#settle?.resolve();
    this.#done();
  }

  override refuse(reason: RefusalReason): void {
    this.#reject(new OverloadedError(reason, this.#settings.class, this.#admission.retryAfterMs()));
  }

  override isGone(): boolean {
    return this.#settle === undefined;
  }

  #reject(reason: unknown): void {
    this.#settle?.reject(reason);
    this.#done();
  }

  #done(): void {
    this.#settle = undefined;
    this.#settings.signal?.removeEventListener('abort', this.#onAbort);
  }
}
