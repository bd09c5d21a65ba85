import type { Dispatcher, Pool } from 'undici';
import type { RequestHead } from '../headers/request-head.ts';
import type { Exchange, ExchangeListener } from './exchange.ts';
import type { RequestBody } from './request-body.ts';

/**
 * An exchange on a connection of undici's pool. By the handler's older methods, which give the fields of a response
 * raw: their case, their order, and how often each came.
 */
export class PooledExchange implements Exchange, Dispatcher.DispatchHandler {
  readonly #listener: ExchangeListener;
  #abort: ((reason?: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #reason: Error | undefined;

  constructor(listener: ExchangeListener) {
    this.#listener = listener;
  }

  start(
    pool: Pool,
    head: RequestHead,
    host: string,
    servername: string,
    body: RequestBody | Buffer | null,
  ): void {
    const headers = ['Host', host, ...head.headers];
    if (Buffer.isBuffer(body)) headers.push('Content-Length', String(body.length));
    else if (typeof head.body === 'number') headers.push('Content-Length', String(head.body));
    // Not in undici's types: else it would connect by the name in Host.
    const options: Dispatcher.DispatchOptions & { servername: string } = {
      path: head.path,
      method: head.method,
      headers,
      body,
      servername,
    };
    pool.dispatch(options, this);
  }

  resume(): void {
    this.#resume?.();
  }

  abort(reason: Error): void {
    if (this.#abort) this.#abort(reason);
    // Waits for a connection yet.
    else this.#reason = reason;
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.#abort = abort;
    if (this.#reason) abort(this.#reason);
    else this.#listener.connected();
  }

  onRequestSent(): void {
    this.#listener.sent();
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, statusText: string): boolean {
    if (status < 200) {
      this.#listener.informed(status, raw);
      return true;
    }
    this.#resume = resume;
    return this.#listener.head(status, statusText, raw);
  }

  onData(chunk: Buffer): boolean {
    return this.#listener.data(chunk);
  }

  onComplete(trailers: readonly (string | Buffer)[] | null): void {
    this.#listener.complete(trailers ?? []);
  }

  onError(error: Error): void {
    this.#listener.failed(error);
  }
}
