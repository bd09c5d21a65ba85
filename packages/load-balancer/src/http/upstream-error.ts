import { EvenkeelError, errorMessage } from '@evenkeel/core';
import { type Judge, judgeByError, type Verdict } from '../execution/verdict.ts';

interface UpstreamErrorOptions {
  readonly cause?: unknown;
  /** It took too long. */
  readonly isTimeout?: boolean;
}

/** An exchange with a server that came to nothing. */
export class UpstreamError extends EvenkeelError {
  override readonly name = 'UpstreamError';
  readonly verdict: Verdict;
  readonly isTimeout: boolean;

  /** @param verdict what it says of the server */
  constructor(message: string, verdict: Verdict, { cause, isTimeout = false }: UpstreamErrorOptions = {}) {
    super(message, { code: 'UPSTREAM', cause });
    this.verdict = verdict;
    this.isTimeout = isTimeout;
  }
}

/** What comes of a gateway, or of a server that can't, rather than of what was asked of it: as nginx has them. */
export const FAILURE_STATUSES: readonly number[] = [502, 503, 504];

/** The caller's own request can't be sent: no fault of the server's. */
const CALLERS_FAULT: ReadonlySet<unknown> = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

/** What an error of the transport is to the balancer. */
export function upstreamError(cause: unknown, wasSent: boolean): UpstreamError {
  if (cause instanceof UpstreamError) return cause;
  const code = (cause as { readonly code?: unknown } | null | undefined)?.code;
  if (CALLERS_FAULT.has(code)) return new UpstreamError(errorMessage(cause), 'ignore', { cause });
  const isTimeout = code === 'UND_ERR_CONNECT_TIMEOUT';
  return new UpstreamError(errorMessage(cause), wasSent ? 'failure' : 'not-sent', { cause, isTimeout });
}

/** Judges by the status of an answer, and by what is known of an error. */
export function judgeByStatus(failures: readonly number[]): Judge {
  return (outcome) => {
    if ('error' in outcome) {
      return outcome.error instanceof UpstreamError ? outcome.error.verdict : judgeByError(outcome);
    }
    const { status } = outcome.value as { readonly status: number };
    return failures.includes(status) ? 'failure' : 'success';
  };
}
