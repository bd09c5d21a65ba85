import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Disposer, TimeoutError, toError } from '@evenkeel/core';
import type { Attempt } from '../../execution/attempt.ts';
import type { RequestOptions } from '../../execution/request-options.ts';
import type { Server } from '../../servers/server.ts';
import type { RequestBalancer } from '../balancer.ts';
import { type ServerPools, serverNameOf } from '../connections/server-pools.ts';
import type { RequestHead } from '../headers/request-head.ts';
import type { IdleWatch } from '../idle-watch.ts';
import { isIdempotent } from '../methods.ts';
import { OwnExchange, type Upgraded } from './own-exchange.ts';
import { PooledExchange } from './pooled-exchange.ts';
import { RequestBody, readBody } from './request-body.ts';
import { ResponseWriter } from './response-writer.ts';
import type { ProxySettings } from './reverse-proxy-options.ts';
import { Try } from './try.ts';

/** What all requests of a proxy share. */
export interface ProxyParts {
  readonly balancer: RequestBalancer;
  readonly settings: ProxySettings;
  readonly pools: ServerPools;
  readonly watch: IdleWatch;
}

/* An upload takes as long as it takes; that it goes on is looked after otherwise. */
const NO_LIMIT_MS = 86_400_000;

/** A client's request, on its way through the proxy. */
export class ProxiedRequest {
  readonly #parts: ProxyParts;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #head: RequestHead;
  readonly #writer: ResponseWriter;
  readonly #tries: Try[] = [];
  readonly #ended = new AbortController();
  #isLeft = false;
  /** The client's connection, where it is to change the protocol. */
  readonly #socket: Duplex | undefined;
  #body: Buffer | null = null;

  constructor(
    parts: ProxyParts,
    req: IncomingMessage,
    res: ServerResponse,
    head: RequestHead,
    socket?: Duplex,
  ) {
    this.#parts = parts;
    this.#req = req;
    this.#res = res;
    this.#head = head;
    this.#socket = socket;
    this.#writer = new ResponseWriter(req, res, parts.settings.failureStatuses, parts.settings.via);
    res.on('close', this.#closed);
  }

  /** Whether the client has left before it had its answer. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  /**
   * Passes the request on and the answer back; resolves when that has begun. Gives the server's connection where it
   * has changed the protocol, of which the client knows nothing yet.
   *
   * @throws what `executeRequest` throws, where no answer can be given
   */
  async run(key: string | undefined): Promise<Upgraded | undefined> {
    const { balancer, settings } = this.#parts;
    const isRepeatable = isIdempotent(this.#head.method) && this.#canBeKept();
    const isStreamed = !isRepeatable && hasBody(this.#head);
    if (hasBody(this.#head) && isRepeatable) this.#body = await readBody(this.#req);
    const options: RequestOptions = {
      timeout: isStreamed ? NO_LIMIT_MS : settings.timeoutMs,
      deadline: isStreamed ? NO_LIMIT_MS : settings.deadlineMs,
      key,
      idempotent: isRepeatable,
      signal: this.#ended.signal,
      judge: settings.judge,
    };
    const cancelTimer = isStreamed ? this.#limitWait() : () => {};
    try {
      const answer = await balancer.executeRequest(this.#try, options);
      if (answer.upgraded) {
        this.#tries.splice(this.#tries.indexOf(answer), 1);
        return answer.upgraded;
      }
      if (answer !== this.#writer.source) answer.write();
      // What waits for its body, as events do, has a head that must not wait.
      else if (!answer.hasData) this.#res.flushHeaders();
    } catch (error) {
      // A try was answered just before all was given up.
      if (!this.#writer.source) throw error;
    } finally {
      cancelTimer();
      for (const each of this.#tries) if (each !== this.#writer.source) each.discard();
    }
    return undefined;
  }

  /** What has no deadline, because its body may take long, is not to wait for a server for so long. */
  #limitWait(): Disposer {
    const { clock, deadlineMs } = this.#parts.settings;
    return clock.setTimeout(() => {
      if (this.#tries.length === 0) this.#ended.abort(new TimeoutError('waiting for a server', deadlineMs));
    }, deadlineMs);
  }

  #canBeKept(): boolean {
    const { body } = this.#head;
    return body === 'none' || (body !== 'chunked' && body <= this.#parts.settings.repeatableBodyBytes);
  }

  readonly #try = (server: Server, attempt: Attempt): Promise<Try> => {
    const streams = hasBody(this.#head) && this.#body === null;
    const body = streams ? new RequestBody(this.#req) : undefined;
    const begun = new Try(server, attempt, this.#parts, this.#writer, body);
    this.#tries.push(begun);
    try {
      this.#send(begun, server, body);
    } catch (error) {
      begun.failed(toError(error));
    }
    return begun.answered;
  };

  #send(begun: Try, server: Server, body: RequestBody | undefined): void {
    const { settings, pools } = this.#parts;
    const head = this.#head;
    const host = this.#hostFor(server);
    if (this.#socket || (body && head.trailer !== undefined)) {
      const exchange = new OwnExchange(begun, this.#socket && ((upgraded) => begun.changed(upgraded)));
      begun.by(exchange);
      exchange.start(server, head, host, settings.connections, body, this.#req);
    } else {
      const exchange = new PooledExchange(begun);
      begun.by(exchange);
      const servername = serverNameOf(server, settings.connections.tls);
      exchange.start(pools.of(server), head, host, servername, body ?? this.#body);
    }
  }

  #hostFor(server: Server): string {
    const own = `${server.host.includes(':') ? `[${server.host}]` : server.host}:${server.port}`;
    return this.#parts.settings.host === 'keep' ? (this.#head.host ?? own) : own;
  }

  readonly #closed = (): void => {
    if (this.#res.writableFinished) return;
    this.#isLeft = true;
    const reason = new Error('the client has left');
    this.#ended.abort(reason);
    for (const each of this.#tries) each.abort(reason);
  };
}

function hasBody({ body }: RequestHead): boolean {
  return body !== 'none' && body !== 0;
}
