import type { IncomingMessage, ServerResponse } from 'node:http';
import { option, readValue, toError } from '@evenkeel/core';
import type { AdmissionController } from '../../admission/admission-controller.ts';
import { REQUEST_CLASSES, type RequestClass } from '../../admission/request-class.ts';
import {
  type LoadSheddingOptions,
  type LoadSheddingSettings,
  readLoadSheddingOptions,
} from './load-shedding-options.ts';
import { statedPatienceMs } from './request-deadline.ts';
import { RequestTicket } from './request-ticket.ts';

const NORMAL = REQUEST_CLASSES.indexOf('normal');

/** Puts HTTP requests through admission control: what handlers, routers and frameworks are wrapped with. */
export class RequestAdmission {
  readonly #admission: AdmissionController;
  readonly #settings: LoadSheddingSettings;
  #warned = false;

  /** @throws ConfigurationError when the admission control or the options can't be used */
  constructor(owner: string, admission: AdmissionController, options: LoadSheddingOptions | undefined) {
    const rule = option.withMethods<AdmissionController>('offer', 'finish', 'retryAfterMs');
    this.#admission = readValue(owner, 'admission', admission, rule);
    this.#settings = readLoadSheddingOptions(owner, options);
  }

  /** Calls `handle` when it is the request's turn, or answers 503. */
  admit(request: IncomingMessage, response: ServerResponse, handle: () => unknown): void {
    if (this.#isExempt(request)) {
      handle();
      return;
    }
    const patienceMs = statedPatienceMs(request.headers);
    const deadlineMs = patienceMs === undefined ? Infinity : this.#admission.nowMs() + patienceMs;
    const rank = this.#rankOf(request);
    this.#admission.offer(new RequestTicket(rank, deadlineMs, this.#admission, request, response, handle));
  }

  #isExempt(request: IncomingMessage): boolean {
    try {
      return this.#settings.exempt(request) === true;
    } catch (thrown) {
      this.#warn(`exempt threw: ${toError(thrown).message}`);
      return false;
    }
  }

  #rankOf(request: IncomingMessage): number {
    const { classify } = this.#settings;
    if (!classify) return NORMAL;
    try {
      const given = classify(request);
      const rank = REQUEST_CLASSES.indexOf(given as RequestClass);
      if (rank >= 0) return rank;
      this.#warn(`classify must return one of ${REQUEST_CLASSES.join(', ')}, got ${String(given)}`);
    } catch (thrown) {
      this.#warn(`classify threw: ${toError(thrown).message}`);
    }
    return NORMAL;
  }

  /** Once: a callback that fails does so for every request. */
  #warn(message: string): void {
    if (!this.#warned) process.emitWarning(`load shedding: ${message}`);
    this.#warned = true;
  }
}
