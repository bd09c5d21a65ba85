import { type Clock, callWithTimeout, toError } from '@evenkeel/core';
import type { ReportDelivery, ReportMessage } from '../delivery.ts';

interface DeliveryOutcome {
  readonly message: ReportMessage;
  readonly recipients: readonly string[];
  /** Tries so far. */
  readonly attempts: number;
}

interface DeliveryFailure extends DeliveryOutcome {
  readonly error: Error;
  readonly willRetry: boolean;
}

export interface ReportCourierOptions {
  readonly delivery: ReportDelivery;
  /** For each try. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onDelivered: (outcome: DeliveryOutcome) => void;
  readonly onFailed: (failure: DeliveryFailure) => void;
}

/* Each holds a whole page. */
const MAX_WAITING = 20;
/* The waits of 5 s, tripled each time, add up to about ten minutes. */
const MAX_ATTEMPTS = 6;
const FIRST_RETRY_MS = 5000;
const RETRY_FACTOR = 3;

/** Hands messages to a delivery until it has taken charge of them. Each by itself: one that is refused holds up no other. */
export class ReportCourier {
  readonly #options: ReportCourierOptions;
  /* Each with what ends its waits. */
  readonly #underWay = new Map<AbortController, Promise<void>>();

  constructor(options: ReportCourierOptions) {
    this.#options = options;
  }

  /** Messages that the delivery has not taken yet. */
  get waiting(): number {
    return this.#underWay.size;
  }

  /** Never throws. */
  send(message: ReportMessage, recipients: readonly string[]): void {
    if (this.#underWay.size >= MAX_WAITING) {
      const error = new Error(`${MAX_WAITING} messages wait to be delivered already`);
      this.#options.onFailed({ message, recipients, attempts: 0, error, willRetry: false });
      return;
    }
    const stopping = new AbortController();
    const sending = this.#deliver(message, recipients, stopping.signal);
    this.#underWay.set(
      stopping,
      sending.finally(() => this.#underWay.delete(stopping)),
    );
  }

  /** Gives up what has not been taken, and tells of it. Messages can be sent again afterwards. */
  async stop(): Promise<void> {
    const sendings = [...this.#underWay.values()];
    const reason = new Error('the reporter was stopped before the message was taken');
    for (const stopping of this.#underWay.keys()) stopping.abort(reason);
    await Promise.all(sendings);
  }

  async #deliver(message: ReportMessage, recipients: readonly string[], signal: AbortSignal): Promise<void> {
    const { delivery, timeoutMs, clock, random, onDelivered, onFailed } = this.#options;
    for (let attempts = 1; ; attempts++) {
      try {
        const what = 'the delivery of a report';
        await callWithTimeout(() => delivery.deliverReport(message, recipients), {
          timeoutMs,
          what,
          clock,
          signal,
        });
        onDelivered({ message, recipients, attempts });
        return;
      } catch (thrown) {
        const willRetry = attempts < MAX_ATTEMPTS && !signal.aborted && !isPermanent(thrown);
        onFailed({ message, recipients, attempts, error: toError(thrown), willRetry });
        if (!willRetry) return;
      }
      const waitMs = FIRST_RETRY_MS * RETRY_FACTOR ** (attempts - 1) * (0.5 + random());
      await wait(clock, waitMs, signal);
    }
  }
}

/** Whether trying again cannot help: what is wrong is the request, such as the name of a channel. */
function isPermanent(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false;
  const { code, isPermanent: says } = thrown as { readonly code?: unknown; readonly isPermanent?: unknown };
  return says === true || code === 'CONFIGURATION' || code === 'UNKNOWN_NAME';
}

function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}
