import { EvenkeelError } from '@evenkeel/core';
import type { RefusalReason, RequestClass } from './request-class.ts';

const BECAUSE: Readonly<Record<RefusalReason, string>> = {
  wait: 'it waited for longer than is worth while under the present load',
  deadline: 'its deadline would pass before it could be done',
  full: 'the queue is full',
};

/** Work that was not started because there is more than can be done. It has had no effect: it may be retried. */
export class OverloadedError extends EvenkeelError {
  override readonly name = 'OverloadedError';
  readonly reason: RefusalReason;
  readonly class: RequestClass;
  /** When trying again makes sense, in ms. */
  readonly retryAfterMs: number;

  constructor(reason: RefusalReason, ofClass: RequestClass, retryAfterMs: number) {
    super(`${ofClass} work was refused: ${BECAUSE[reason]}`, { code: 'OVERLOADED' });
    this.reason = reason;
    this.class = ofClass;
    this.retryAfterMs = retryAfterMs;
  }
}
