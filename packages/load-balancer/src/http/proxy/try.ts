import type { Disposer } from '@evenkeel/core';
import type { Attempt } from '../../execution/attempt.ts';
import type { Server } from '../../servers/server.ts';
import { type ResponseHead, readResponseHead } from '../headers/response-head.ts';
import type { IdleWatch, Watched } from '../idle-watch.ts';
import { UpstreamError, upstreamError } from '../upstream-error.ts';
import type { Exchange, ExchangeListener } from './exchange.ts';
import type { Upgraded } from './own-exchange.ts';
import type { ProxyParts } from './proxied-request.ts';
import type { RequestBody } from './request-body.ts';
import type { ResponseWriter } from './response-writer.ts';
import type { ProxySettings } from './reverse-proxy-options.ts';

/* What is left of an answer that nobody wants is read, so that its connection can be kept; more is not worth it. */
const MAX_DISCARDED_BYTES = 65_536;

/**
 * A request on one server. Its answer goes to the client as it comes, without waiting for anybody's decision, unless it
 * is one that may be better on another server: such an answer is held back until it is known to be the last.
 */
export class Try implements ExchangeListener, Watched {
  readonly server: Server;
  readonly #attempt: Attempt;
  readonly #watch: IdleWatch;
  readonly #settings: ProxySettings;
  readonly #writer: ResponseWriter;
  /** The request's body where it is streamed. */
  readonly #body: RequestBody | undefined;
  /** Settles with the head of the response. */
  readonly answered: Promise<Try>;
  #resolve: (answer: Try) => void = () => {};
  #reject: (error: UpstreamError) => void = () => {};
  #release: () => void = () => {};
  #exchange: Exchange | undefined;
  #head: ResponseHead | undefined;
  #upgraded: Upgraded | undefined;
  #cancelTimer: Disposer = () => {};
  progressAt = 0;
  #wasSent = false;
  #isOver = false;
  #isComplete = false;
  #hasData = false;
  #trailers: readonly (string | Buffer)[] = [];
  /** What becomes of the body: nothing is decided, it goes to the client, or nowhere. */
  #use: 'undecided' | 'written' | 'discarded' = 'undecided';
  #discarded = 0;

  constructor(
    server: Server,
    attempt: Attempt,
    { watch, settings }: ProxyParts,
    writer: ResponseWriter,
    body: RequestBody | undefined,
  ) {
    this.server = server;
    this.#attempt = attempt;
    this.#watch = watch;
    this.#settings = settings;
    this.#writer = writer;
    this.#body = body;
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    attempt.holdUntil(
      new Promise<void>((resolve) => {
        this.#release = resolve;
      }),
    );
    attempt.signal.addEventListener('abort', this.#givenUp, { once: true });
    if (!body) return;
    body.onProgress = () => this.#progress();
    watch.add(this);
  }

  get status(): number {
    return this.#upgraded ? 101 : (this.#head?.status ?? 0);
  }

  /** The connection, where the server has changed the protocol. */
  get upgraded(): Upgraded | undefined {
    return this.#upgraded;
  }

  /** Whether all or part of the body has come. */
  get hasData(): boolean {
    return this.#hasData || this.#isComplete;
  }

  /** How it is sent. To be called once, before that begins. */
  by(exchange: Exchange): void {
    this.#exchange = exchange;
  }

  /** Sends the client what was held back. */
  write(): void {
    if (this.#use !== 'undecided' || !this.#head) return;
    this.#use = 'written';
    this.#writer.begin(this, this.#head);
    if (this.#isComplete) this.#writer.end(this.#trailers);
    else if (this.#isOver) this.#writer.breakOff();
    else this.#exchange?.resume();
  }

  /** What was held back is of no use. */
  discard(): void {
    if (this.#use !== 'undecided') return;
    this.#use = 'discarded';
    this.#upgraded?.socket.destroy();
    if (!this.#isOver) this.#exchange?.resume();
  }

  /** Ends it, wherever it is. */
  abort(reason: Error): void {
    if (this.#isOver) return;
    const error = upstreamError(reason, this.#wasSent);
    this.#upgraded?.socket.destroy();
    this.#exchange?.abort(error);
    // The transport is not always able to end it at once.
    this.failed(error);
  }

  /** The client can take more. */
  resume(): void {
    this.#progress();
    this.#exchange?.resume();
  }

  idle(): void {
    const limit = `${this.#watch.limitMs} ms`;
    this.abort(new UpstreamError(`no progress for ${limit}`, 'failure', { isTimeout: true }));
  }

  connected(): void {
    this.#wasSent = true;
  }

  sent(): void {
    // Where there was nothing to stream, the balancer's time-out goes for it all.
    if (!this.#body || this.#isOver || this.#head) return;
    const { clock, timeoutMs } = this.#settings;
    this.#cancelTimer = clock.setTimeout(() => {
      this.abort(new UpstreamError(`no answer within ${timeoutMs} ms`, 'failure', { isTimeout: true }));
    }, timeoutMs);
  }

  /** The server has changed the protocol. */
  changed(upgraded: Upgraded): void {
    if (this.#isOver) {
      upgraded.socket.destroy();
      return;
    }
    this.#upgraded = upgraded;
    this.#attempt.signal.removeEventListener('abort', this.#givenUp);
    upgraded.socket.on('error', () => {});
    upgraded.socket.on('close', () => this.#end());
    this.#resolve(this);
  }

  informed(status: number, raw: readonly (string | Buffer)[]): void {
    if (!this.#isOver) this.#writer.inform(status, raw);
  }

  head(status: number, statusText: string, raw: readonly (string | Buffer)[]): boolean {
    if (this.#isOver) return false;
    const head = readResponseHead(status, statusText, raw);
    this.#head = head;
    if (head.load !== undefined) this.#attempt.reportLoad(head.load);
    this.#attempt.signal.removeEventListener('abort', this.#givenUp);
    this.#cancelTimer();
    this.#watch.add(this);
    const isWritten = this.#writer.writesAtOnce(this, head);
    if (isWritten) this.#use = 'written';
    this.#resolve(this);
    return isWritten;
  }

  data(chunk: Buffer): boolean {
    if (this.#isOver) return false;
    this.#hasData = true;
    this.#progress();
    if (this.#use === 'written') return this.#writer.data(chunk);
    this.#discarded += chunk.length;
    if (this.#discarded > MAX_DISCARDED_BYTES) this.abort(new Error('nobody wants it'));
    return true;
  }

  complete(rawTrailers: readonly (string | Buffer)[]): void {
    if (this.#isOver) return;
    this.#isComplete = true;
    this.#trailers = rawTrailers;
    this.#end();
    if (this.#use === 'written') this.#writer.end(rawTrailers);
  }

  failed(error: Error): void {
    if (this.#isOver) return;
    this.#end();
    this.#reject(upstreamError(error, this.#wasSent));
    if (this.#use === 'written') this.#writer.breakOff();
  }

  readonly #givenUp = (): void => {
    this.abort(new Error('given up'));
  };

  #progress(): void {
    this.progressAt = this.#watch.now;
  }

  #end(): void {
    this.#isOver = true;
    this.#cancelTimer();
    this.#watch.remove(this);
    this.#attempt.signal.removeEventListener('abort', this.#givenUp);
    this.#body?.destroy();
    this.#release();
  }
}
