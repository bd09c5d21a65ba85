import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What a proxy does to its connections. */
export type Fault =
  /** Everything passes. */
  | { readonly kind: 'none' }
  /** Connections are cut, and new ones refused. */
  | { readonly kind: 'down' }
  /** Connections stay open, new ones are accepted, and nothing passes until it heals. */
  | { readonly kind: 'frozen' }
  /** Everything passes, so much later, in ms; order is kept. */
  | { readonly kind: 'delay'; readonly delayMs: number };

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly ways: readonly Way[];
}

/** A TCP proxy on loopback that kills, freezes and delays what passes through it, and heals. */
export class TcpProxy {
  readonly #target: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #fault: Fault = { kind: 'none' };
  #port = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** @param target the port on loopback that connections are passed to */
  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    // A server that listens on TCP has an address of this form.
    proxy.#port = (proxy.#server.address() as AddressInfo).port;
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Connections open at present. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** From now on; what was held back by a freeze passes once the new fault lets it. */
  set(fault: Fault): void {
    this.#fault = fault;
    if (fault.kind === 'down') this.kill();
    for (const { ways } of this.#pairs) for (const way of ways) way.set(fault);
  }

  /** Cuts all connections of now. What clients have sent may or may not have arrived, as in life. */
  kill(): void {
    for (const pair of [...this.#pairs]) this.#cut(pair);
  }

  async stop(): Promise<void> {
    this.kill();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #accept(client: Socket): void {
    if (this.#fault.kind === 'down') {
      client.destroy();
      return;
    }
    const server = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true });
    client.setNoDelay(true);
    server.setNoDelay(true);
    const pair: Pair = { client, server, ways: [new Way(client, server), new Way(server, client)] };
    this.#pairs.add(pair);
    for (const way of pair.ways) way.set(this.#fault);
    for (const socket of [client, server]) {
      socket.on('error', () => this.#cut(pair));
      socket.on('close', () => this.#cut(pair));
    }
  }

  #cut(pair: Pair): void {
    if (!this.#pairs.delete(pair)) return;
    for (const way of pair.ways) way.close();
    pair.client.destroy();
    // What the client had sent before it was cut is on its way to the server, as in life.
    pair.server.destroySoon();
  }
}

interface Parcel {
  readonly data: Buffer | 'end';
  readonly dueMs: number;
}

/** One direction of a connection. Order is kept, whatever happens in between. */
class Way {
  readonly #to: Socket;
  readonly #queue: Parcel[] = [];
  #fault: Fault = { kind: 'none' };
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket) {
    this.#to = to;
    from.on('data', (data) => this.#carry(data));
    from.on('end', () => this.#carry('end'));
  }

  set(fault: Fault): void {
    this.#fault = fault;
    this.#drain();
  }

  /** A frozen way forgets what it holds: it was not on its way yet. */
  close(): void {
    clearTimeout(this.#timer);
    if (this.#fault.kind !== 'frozen') for (const { data } of this.#queue) this.#pass(data);
    this.#queue.length = 0;
  }

  #carry(data: Buffer | 'end'): void {
    const delayMs = this.#fault.kind === 'delay' ? this.#fault.delayMs : 0;
    this.#queue.push({ data, dueMs: performance.now() + delayMs });
    this.#drain();
  }

  #drain(): void {
    clearTimeout(this.#timer);
    if (this.#fault.kind === 'frozen') return;
    for (let first = this.#queue[0]; first; first = this.#queue[0]) {
      const waitMs = first.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#drain(), Math.ceil(waitMs));
        return;
      }
      this.#queue.shift();
      this.#pass(first.data);
    }
  }

  #pass(data: Buffer | 'end'): void {
    if (this.#to.destroyed || !this.#to.writable) return;
    if (data === 'end') this.#to.end();
    else this.#to.write(data);
  }
}
