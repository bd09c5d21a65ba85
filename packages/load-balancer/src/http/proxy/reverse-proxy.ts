import { once } from 'node:events';
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RequestBalancer, readBalancer } from '../balancer.ts';
import { ServerPools } from '../connections/server-pools.ts';
import { plainAddress } from '../headers/forwarded.ts';
import { readRequestHead } from '../headers/request-head.ts';
import { IdleWatch } from '../idle-watch.ts';
import type { Upgraded } from './own-exchange.ts';
import { ProxiedRequest, type ProxyParts } from './proxied-request.ts';
import { RefusedRequest, refuse, statusOf } from './refusal.ts';
import { type ReverseProxyOptions, readProxyOptions } from './reverse-proxy-options.ts';
import { tunnel } from './tunnel.ts';

/** A handler of `node:http` and `node:https` servers, and of what is built on them. */
export interface ReverseProxy {
  (req: IncomingMessage, res: ServerResponse): void;
  /** For the server's event `upgrade`: WebSockets and other protocols. Without it they are served as plain requests. */
  readonly upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /**
   * Answers what comes with 503, waits for the requests in flight as long as `stopTimeout` says, and closes all
   * connections to servers; upgraded ones at once. Idempotent. The balancer goes on.
   */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Passes requests on to the servers of a balancer, and their answers back. HTTP/1.1 on both sides.
 *
 * A request is repeated on another server where nothing was sent, or where its method is idempotent and its body, if
 * it has one, small enough to be kept. Nothing is repeated once an answer has begun.
 *
 * @throws ConfigurationError
 * @example
 * const proxy = reverseProxy(balancer);
 * const server = createServer(proxy).on('upgrade', proxy.upgrade).listen(8080);
 */
export function reverseProxy(balancer: RequestBalancer, options?: ReverseProxyOptions): ReverseProxy {
  readBalancer('reverseProxy', balancer);
  const settings = readProxyOptions(options);
  const running = new Running({
    balancer,
    settings,
    pools: new ServerPools(balancer, settings.connections),
    watch: new IdleWatch(settings.clock, settings.bodyTimeoutMs),
  });
  return Object.assign((req: IncomingMessage, res: ServerResponse) => running.serve(req, res), {
    upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => running.upgrade(req, socket, head),
    stop: () => running.stop(),
    [Symbol.asyncDispose]: () => running.stop(),
  });
}

class Running {
  readonly #parts: ProxyParts;
  /** Requests, until their connections are rid of them. */
  readonly #responses = new Set<ServerResponse>();
  readonly #tunnels = new Set<Duplex>();
  #stopped: Promise<void> | undefined;
  #whenIdle: () => void = () => {};

  constructor(parts: ProxyParts) {
    this.#parts = parts;
  }

  serve(req: IncomingMessage, res: ServerResponse): void {
    void this.#answer(req, res);
  }

  upgrade(req: IncomingMessage, socket: Duplex, first: Buffer): void {
    socket.on('error', () => {});
    const res = new ServerResponse(req);
    res.shouldKeepAlive = false;
    // It is one: `Duplex` is for servers that were given streams of another kind.
    res.assignSocket(socket as never);
    res.on('finish', () => {
      res.detachSocket(socket as never);
      if ('destroySoon' in socket) (socket as unknown as { destroySoon(): void }).destroySoon();
      else socket.end();
      this.#over(res);
    });
    // A way around the proxy for whoever speaks HTTP/2; as a plain request it is as good.
    const isHttp2 = /(?:^|,)\s*h2c\s*(?:,|$)/i.test(req.headers.upgrade ?? '');
    void this.#answer(req, res, isHttp2 ? undefined : { socket, first });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #answer(
    req: IncomingMessage,
    res: ServerResponse,
    upgrade?: { readonly socket: Duplex; readonly first: Buffer },
  ): Promise<void> {
    const { settings } = this.#parts;
    let request: ProxiedRequest | undefined;
    try {
      // One after the other on a connection: the next may go by what this one does. Behind one that is refused, and
      // the connection closed, the others never get their turn.
      if (!res.socket) await once(res, 'socket');
      this.#responses.add(res);
      res.on('close', () => this.#over(res));
      res.on('error', () => {});
      if (this.#stopped) throw new RefusedRequest(503, 'the proxy is stopped');
      const head = readRequestHead(req, this.#isTrusted(req));
      if (head.isOwn) {
        res.writeHead(204).end();
        return;
      }
      if (upgrade && (head.method !== 'GET' || head.body !== 'none')) {
        throw new RefusedRequest(400, 'an upgrade of another kind than GET without a body');
      }
      if (settings.via !== undefined) head.headers.push('Via', `1.${req.httpVersionMinor} ${settings.via}`);
      request = new ProxiedRequest(this.#parts, req, res, head, upgrade?.socket);
      const upgraded = await request.run(this.#keyOf(req));
      if (upgraded && upgrade) this.#join(res, upgrade.socket, upgrade.first, upgraded);
    } catch (error) {
      if (request?.isLeft) return;
      this.#tell(error, req);
      refuse(req, res, statusOf(error));
    }
  }

  #join(res: ServerResponse, client: Duplex, first: Buffer, upgraded: Upgraded): void {
    res.detachSocket(client as never);
    this.#over(res);
    if (client.destroyed || this.#stopped) {
      client.destroy();
      upgraded.socket.destroy();
      return;
    }
    this.#tunnels.add(client);
    client.on('close', () => this.#tunnels.delete(client));
    if (first.length > 0) upgraded.socket.write(first);
    tunnel(client, upgraded);
  }

  #isTrusted(req: IncomingMessage): boolean {
    try {
      return this.#parts.settings.isTrusted(plainAddress(req.socket.remoteAddress)) === true;
    } catch (error) {
      this.#tell(error, req);
      return false;
    }
  }

  #keyOf(req: IncomingMessage): string | undefined {
    try {
      const key = this.#parts.settings.key?.(req);
      return typeof key === 'string' && key !== '' ? key : undefined;
    } catch (error) {
      this.#tell(error, req);
      return undefined;
    }
  }

  #tell(error: unknown, req: IncomingMessage): void {
    try {
      const result = this.#parts.settings.onError(error, req);
      if (result instanceof Promise) result.catch(() => {});
    } catch {
      // There is nobody left to tell.
    }
  }

  #over(res: ServerResponse): void {
    this.#responses.delete(res);
    if (this.#responses.size === 0) this.#whenIdle();
  }

  async #stop(): Promise<void> {
    const { settings, pools, watch } = this.#parts;
    for (const socket of this.#tunnels) socket.destroy();
    if (this.#responses.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = settings.clock.setTimeout(resolve, settings.stopTimeoutMs);
        this.#whenIdle = () => {
          cancel();
          resolve();
        };
      });
    }
    for (const socket of this.#tunnels) socket.destroy();
    await pools.destroy();
    watch.stop();
  }
}
