import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import { EvenkeelError } from '@evenkeel/core';
import { UpstreamError } from '../upstream-error.ts';

/** A request that is not passed on. */
export class RefusedRequest extends EvenkeelError {
  override readonly name = 'RefusedRequest';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message, { code: 'REFUSED_REQUEST' });
    this.status = status;
  }
}

/* When nothing better is known. */
const RETRY_AFTER_S = 1;

/** The status that tells a client why it gets no answer of a server. */
export function statusOf(error: unknown): number {
  if (error instanceof RefusedRequest) return error.status;
  if (error instanceof UpstreamError) return error.verdict === 'ignore' ? 400 : error.isTimeout ? 504 : 502;
  switch ((error as { readonly code?: unknown } | null | undefined)?.code) {
    case 'TIMEOUT':
      return 504;
    case 'NO_SERVER':
    case 'QUEUE_FULL':
    case 'THROTTLED':
    // The balancer is stopped.
    case 'STATE':
      return 503;
    default:
      return 500;
  }
}

/** Answers in the proxy's own name. Of the error nothing is told but its kind. */
export function refuse(req: IncomingMessage, res: ServerResponse, status: number): void {
  if (res.headersSent || res.destroyed) return;
  const body = `${status} ${STATUS_CODES[status] ?? 'Error'}\n`;
  // What somebody has set before is about another answer.
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  res.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    ...(status === 503 ? { 'Retry-After': RETRY_AFTER_S } : {}),
    // What is framed in a way that may be read in two ways, nothing behind it can be trusted.
    ...(status === 400 || status === 501 ? { Connection: 'close' } : {}),
  });
  res.end(body);
  // Its rest must be read before the connection can be used again.
  req.resume();
}
