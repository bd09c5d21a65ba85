import { Dispatcher, getGlobalDispatcher, type Pool } from 'undici';
import type { IdleWatch, Watched } from '../idle-watch.ts';
import { readLoadReport } from '../load-report.ts';

/** What is learnt of an exchange of `fetch`. */
export interface ExchangeReports {
  reportLoad(load: number): void;
  /** All exchanges that were begun have ended. */
  ended(): void;
}

/**
 * What one `fetch` sends its requests through: to its server by the server's pool, and wherever redirects lead by
 * undici's global dispatcher. It sees when the bodies have ended, whether or not anybody reads them.
 */
export class TrackedDispatcher extends Dispatcher {
  readonly #origin: string;
  readonly #pool: Pool;
  readonly #watch: IdleWatch;
  readonly #reports: ExchangeReports;
  #open = 0;
  #isClosed = false;

  constructor(origin: string, pool: Pool, watch: IdleWatch, reports: ExchangeReports) {
    super();
    this.#origin = new URL(origin).origin;
    this.#pool = pool;
    this.#watch = watch;
    this.#reports = reports;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const isOurs = String(options.origin) === this.#origin;
    this.#open += 1;
    const tracked = new Tracked(handler, this.#watch, isOurs ? this.#reports : undefined, () => {
      this.#open -= 1;
      this.#check();
    });
    return (isOurs ? this.#pool : getGlobalDispatcher()).dispatch(options, tracked);
  }

  /** Nothing more is sent: `fetch` has settled. */
  settled(): void {
    this.#isClosed = true;
    this.#check();
  }

  #check(): void {
    if (this.#isClosed && this.#open === 0) this.#reports.ended();
  }
}

/** Passes everything on. The older methods are those that `fetch` has. */
class Tracked implements Dispatcher.DispatchHandler, Watched {
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #watch: IdleWatch;
  readonly #reports: ExchangeReports | undefined;
  readonly #onEnd: () => void;
  #abort: ((error?: Error) => void) | undefined;
  #isOver = false;
  progressAt = 0;

  constructor(
    handler: Dispatcher.DispatchHandler,
    watch: IdleWatch,
    reports: ExchangeReports | undefined,
    onEnd: () => void,
  ) {
    this.#handler = handler;
    this.#watch = watch;
    this.#reports = reports;
    this.#onEnd = onEnd;
  }

  idle(): void {
    this.#abort?.(new Error(`no progress for ${this.#watch.limitMs} ms`));
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort;
    this.#handler.onConnect?.(abort);
  }

  onBodySent(chunkSize: number, totalBytesSent: number): void {
    this.#handler.onBodySent?.(chunkSize, totalBytesSent);
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.();
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void, statusText: string): boolean {
    // Up to here the balancer's time-out goes.
    this.#watch.add(this);
    this.#report(headers);
    return this.#handler.onHeaders?.(status, headers, resume, statusText) ?? true;
  }

  onData(chunk: Buffer): boolean {
    this.progressAt = this.#watch.now;
    return this.#handler.onData?.(chunk) ?? true;
  }

  onComplete(trailers: string[] | null): void {
    this.#end();
    this.#handler.onComplete?.(trailers);
  }

  onError(error: Error): void {
    this.#end();
    this.#handler.onError?.(error);
  }

  onUpgrade(
    status: number,
    headers: Buffer[] | string[] | null,
    socket: Parameters<NonNullable<Dispatcher.DispatchHandler['onUpgrade']>>[2],
  ): void {
    this.#end();
    this.#handler.onUpgrade?.(status, headers, socket);
  }

  #report(headers: readonly Buffer[]): void {
    if (!this.#reports) return;
    for (let index = 0; index + 1 < headers.length; index += 2) {
      const { length } = headers[index] as Buffer;
      if (length !== 'x-server-load'.length && length !== 'endpoint-load-metrics'.length) continue;
      const name = String(headers[index]).toLowerCase();
      if (name !== 'x-server-load' && name !== 'endpoint-load-metrics') continue;
      const load = readLoadReport(name, String(headers[index + 1]));
      if (load !== undefined) this.#reports.reportLoad(load);
    }
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#watch.remove(this);
    this.#onEnd();
  }
}
