import type { Argument, LinkEvents, RedisDriver, RedisLink, Reply } from './driver.ts';

/** A client of the package `redis` (node-redis 6), as `createClient()` returns it. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  duplicate(overrides?: object): object;
  createPool(options?: object): object;
}

/** What the driver uses of its own client. */
interface Connection {
  connect(): Promise<unknown>;
  destroy(): void;
  sendCommand(args: readonly Argument[], options: object): Promise<unknown>;
  on(event: string, listener: (data: unknown) => void): unknown;
}

/* RESP's "$": strings come as bytes. And none of the timers that the client would set for every command. */
const COMMAND_OPTIONS = { typeMapping: { 36: Buffer }, timeout: undefined };

/**
 * One RESP3 connection for commands and signals: what the server sends first arrives first, so an answer proves
 * that all signals before it have been delivered.
 */
export class NodeRedisDriver implements RedisDriver {
  readonly #client: NodeRedisClient;

  constructor(client: NodeRedisClient) {
    this.#client = client;
  }

  open(prefix: string, connectTimeoutMs: number, events: LinkEvents): RedisLink {
    const { options } = this.#client as { options?: { socket?: object } };
    const connection = this.#client.duplicate({
      RESP: 3,
      emitInvalidate: true,
      clientSideCache: undefined,
      disableOfflineQueue: true,
      commandOptions: {},
      keyPrefix: undefined,
      pingInterval: undefined,
      readonly: false,
      maintNotifications: 'disabled',
      socket: {
        ...options?.socket,
        reconnectStrategy: false,
        connectTimeout: connectTimeoutMs,
        socketTimeout: undefined,
      },
      // A duplicate of a client of node-redis is one; the types of the overrides depend on the user's modules.
    }) as Connection;
    return new NodeRedisLink(connection, prefix, events);
  }
}

class NodeRedisLink implements RedisLink {
  readonly opened: Promise<void>;
  readonly #connection: Connection;
  readonly #events: LinkEvents;
  #ended = false;

  constructor(connection: Connection, prefix: string, events: LinkEvents) {
    this.#connection = connection;
    this.#events = events;
    connection.on('error', (error) => this.#lose(error));
    connection.on('end', () => this.#lose(new Error('the connection was closed')));
    connection.on('invalidate', (name) => this.#onInvalidate(name));
    // A client that is destroyed while it connects would keep the socket that it gets after all.
    connection.on('connect', () => {
      if (this.#ended) connection.destroy();
    });
    this.opened = this.#open(prefix);
  }

  async send(args: readonly Argument[]): Promise<Reply> {
    // With the type mapping, RESP3 replies to our commands are made of these.
    return (await this.#connection.sendCommand(args, COMMAND_OPTIONS)) as Reply;
  }

  /** A reply has come, so all signals before it have. */
  async drained(): Promise<void> {}

  close(): void {
    this.#ended = true;
    this.#connection.destroy();
  }

  async #open(prefix: string): Promise<void> {
    await this.#connection.connect();
    // The client has switched on tracking of what is read, and the mode can't be changed while it is on.
    await this.send(['CLIENT', 'TRACKING', 'OFF']);
    await this.send(['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', prefix]);
  }

  #onInvalidate(name: unknown): void {
    if (this.#ended) return;
    if (name === null) this.#events.flushed();
    else this.#events.signalled([String(name)]);
  }

  #lose(error: unknown): void {
    if (this.#ended) return;
    this.close();
    this.#events.lost(error);
  }
}
