import type { Argument, LinkEvents, RedisDriver, RedisLink, Reply } from './driver.ts';

/** A client of the package `ioredis` 5, as `new Redis()` returns it. */
export interface IoredisClient {
  readonly status: string;
  readonly isCluster: boolean;
  duplicate(override?: object): object;
}

/** What the driver uses of its own clients. */
interface Connection {
  connect(): Promise<unknown>;
  disconnect(): void;
  readonly stream?: { destroy(): unknown };
  callBuffer(command: string, ...args: Argument[]): Promise<unknown>;
  subscribe(channel: string): Promise<unknown>;
  ping(): Promise<unknown>;
  on(event: string, listener: (...data: unknown[]) => void): unknown;
}

/**
 * ioredis speaks RESP2 alone, where signals need a connection of their own. Replies and signals are not ordered
 * then: fences keep what was read from being stored after a signal that came first, and a beat asks both, the
 * connection of signals last.
 */
export class IoredisDriver implements RedisDriver {
  readonly #client: IoredisClient;

  constructor(client: IoredisClient) {
    this.#client = client;
  }

  open(prefix: string, connectTimeoutMs: number, events: LinkEvents): RedisLink {
    const connect = (): Connection =>
      // A duplicate of a client of ioredis is one.
      this.#client.duplicate({
        lazyConnect: true,
        // The first script says as well whether the server is ready.
        enableReadyCheck: false,
        // The client's timers to this end keep the process alive, and outlast the connection.
        disconnectTimeout: 0,
        connectTimeout: connectTimeoutMs,
        retryStrategy: () => null,
        sentinelRetryStrategy: () => null,
        reconnectOnError: null,
        enableOfflineQueue: false,
        autoResubscribe: false,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 0,
        enableAutoPipelining: false,
        commandTimeout: undefined,
        socketTimeout: undefined,
        keyPrefix: '',
        stringNumbers: false,
        readOnly: false,
        monitor: false,
      }) as Connection;
    return new IoredisLink(connect(), connect(), prefix, events);
  }
}

class IoredisLink implements RedisLink {
  readonly opened: Promise<void>;
  readonly #commands: Connection;
  readonly #signals: Connection;
  readonly #events: LinkEvents;
  #ended = false;

  constructor(commands: Connection, signals: Connection, prefix: string, events: LinkEvents) {
    this.#commands = commands;
    this.#signals = signals;
    this.#events = events;
    for (const connection of [commands, signals]) {
      connection.on('error', (error) => this.#lose(error));
      connection.on('end', () => this.#lose(new Error('the connection was closed')));
      connection.on('connect', () => {
        if (this.#ended) this.#discard(connection);
      });
    }
    signals.on('messageBuffer', (_channel, names) => this.#onInvalidate(names));
    this.opened = this.#open(prefix);
  }

  async send([command = '', ...args]: readonly Argument[]): Promise<Reply> {
    // RESP2 replies with strings as bytes are made of these.
    return (await this.#commands.callBuffer(String(command), ...args)) as Reply;
  }

  async drained(): Promise<void> {
    await this.#signals.ping();
  }

  close(): void {
    this.#ended = true;
    this.#discard(this.#commands);
    this.#discard(this.#signals);
  }

  #discard(connection: Connection): void {
    connection.disconnect();
    // The client alone would wait for the server to close its end, which a frozen one does not.
    connection.stream?.destroy();
  }

  async #open(prefix: string): Promise<void> {
    await Promise.all([this.#commands.connect(), this.#signals.connect()]);
    const id = String(await this.#signals.callBuffer('CLIENT', 'ID'));
    await this.#signals.subscribe('__redis__:invalidate');
    await this.send(['CLIENT', 'TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', prefix]);
  }

  #onInvalidate(names: unknown): void {
    if (this.#ended) return;
    if (Array.isArray(names)) this.#events.signalled(names.map(String));
    else this.#events.flushed();
  }

  #lose(error: unknown): void {
    if (this.#ended) return;
    this.close();
    this.#events.lost(error);
  }
}
