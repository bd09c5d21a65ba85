import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AdmissionController } from '../../admission/admission-controller.ts';
import { Ticket } from '../../admission/ticket.ts';

/** A request that waits for its turn. */
export class RequestTicket extends Ticket {
  readonly #admission: AdmissionController;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #handle: () => unknown;
  /** Keeps the request's own asynchronous context, and with it what `AsyncLocalStorage` holds, while it waits. */
  #context: AsyncResource | undefined = undefined;

  constructor(
    rank: number,
    deadlineMs: number,
    admission: AdmissionController,
    request: IncomingMessage,
    response: ServerResponse,
    handle: () => unknown,
  ) {
    super(rank, deadlineMs);
    this.#admission = admission;
    this.#request = request;
    this.#response = response;
    this.#handle = handle;
  }

  override enqueued(): void {
    this.#context = new AsyncResource('AdmittedRequest');
  }

  override start(): void {
    // It comes once for every response, finished or not.
    this.#response.on('close', () => this.#admission.finish(this));
    if (this.#response.socket === null) this.#watchConnection();
    if (this.#context) this.#context.runInAsyncScope(this.#handle);
    else this.#handle();
  }

  override refuse(): void {
    refuseRequest(this.#response, this.#admission.retryAfterMs());
  }

  override isGone(): boolean {
    const { destroyed, writableEnded } = this.#response;
    return writableEnded || destroyed || this.#request.destroyed || isStreamGone(this.#response);
  }

  /**
   * A response that is behind others of its connection (pipelining) has no socket yet, and no `close` where the
   * connection breaks off before its turn comes.
   */
  #watchConnection(): void {
    const { socket } = this.#request;
    const end = (): void => this.#admission.finish(this);
    // One for each that waits, however many are pipelined, is no leak.
    socket.setMaxListeners(0);
    socket.on('close', end);
    this.#response.on('close', () => socket.off('close', end));
  }
}

/** The requests and responses of HTTP/2's compatibility API tell only by their stream that a client is gone. */
function isStreamGone(
  response: ServerResponse & { readonly stream?: { readonly destroyed: boolean } },
): boolean {
  return response.stream?.destroyed === true;
}

const BODY = '{"error":"the service is overloaded, try again later"}\n';
const BODY_BYTES = String(Buffer.byteLength(BODY));

/** 503 with `Retry-After`; as little work as can be. */
function refuseRequest(response: ServerResponse, retryAfterMs: number): void {
  if (response.headersSent || response.destroyed) return;
  response.sendDate = false;
  response.writeHead(503, [
    'Content-Type',
    'application/json',
    'Content-Length',
    BODY_BYTES,
    'Cache-Control',
    'no-store',
    'Retry-After',
    String(Math.ceil(retryAfterMs / 1000)),
  ]);
  response.end(BODY);
}
