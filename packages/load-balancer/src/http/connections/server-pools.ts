import { isIP } from 'node:net';
import { type Disposer, StateError } from '@evenkeel/core';
import { buildConnector, Pool } from 'undici';
import type { Server } from '../../servers/server.ts';
import type { RequestBalancer } from '../balancer.ts';
import type { ConnectionSettings, TlsOptions } from './connection-options.ts';

interface Entry {
  readonly origin: string;
  readonly pool: Pool;
}

/** A pool of connections for each server, closed when the server has gone or is at another address. */
export class ServerPools {
  readonly #settings: ConnectionSettings;
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new Set<Pool>();
  readonly #unsubscribe: Disposer;
  #isDestroyed = false;

  constructor(balancer: Pick<RequestBalancer, 'on'>, settings: ConnectionSettings) {
    this.#settings = settings;
    this.#unsubscribe = balancer.on('server_removed', ({ id }) => this.#remove(id));
  }

  /** @throws StateError once they are destroyed */
  of(server: Server): Pool {
    if (this.#isDestroyed) throw new StateError('the connections to the servers are closed for good');
    const origin = originOf(server);
    const entry = this.#entries.get(server.id);
    if (entry?.origin === origin) return entry.pool;
    if (entry) this.#close(entry.pool);
    const pool = this.#open(server, origin);
    this.#entries.set(server.id, { origin, pool });
    return pool;
  }

  /** Ends all connections, whatever goes on there. */
  async destroy(): Promise<void> {
    this.#isDestroyed = true;
    this.#unsubscribe();
    const pools = [...[...this.#entries.values()].map(({ pool }) => pool), ...this.#closing];
    this.#entries.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #open(server: Server, origin: string): Pool {
    const { connections, connectTimeoutMs, keepAliveMs, tls } = this.#settings;
    const connect = buildConnector({ ...tls, timeout: connectTimeoutMs });
    const servername = serverNameOf(server, tls);
    return new Pool(origin, {
      connections,
      keepAliveTimeout: keepAliveMs,
      // Ours are exact, and don't count the time in which the other side can't take more.
      headersTimeout: 0,
      bodyTimeout: 0,
      // The name is the server's, whatever Host the request has.
      connect: (options, callback) => connect({ ...options, servername }, callback),
    });
  }

  #remove(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    this.#close(entry.pool);
  }

  /** What goes on there may end. */
  #close(pool: Pool): void {
    this.#closing.add(pool);
    void pool.close().finally(() => this.#closing.delete(pool));
  }
}

/** `http://host:port`, with IPv6 addresses in brackets. */
export function originOf({ protocol, host, port }: Server): string {
  return `${protocol}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** The name that a server's certificate is to be for; none for an address. */
export function serverNameOf({ host }: Server, { servername }: TlsOptions): string {
  return servername ?? (isIP(host) === 0 ? host : '');
}
