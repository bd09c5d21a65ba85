import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/* Frontend message `Query`, which `pg` sends COMMIT as: type, length, text, zero. */
const COMMIT = Buffer.from('Q\0\0\0\x0bCOMMIT\0', 'latin1');

export interface Cuts {
  /** Before the server saw it. */
  before: number;
  /** After it had acted. */
  after: number;
  commits: number;
}

/** A proxy before a PostgreSQL that cuts a share of the connections that send COMMIT. */
export class CommitCutter {
  readonly cuts: Cuts = { before: 0, after: 0, commits: 0 };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #upstream: { readonly host: string; readonly port: number };
  readonly #random: () => number;
  readonly #share: () => number;

  constructor(
    upstream: { readonly host: string; readonly port: number },
    random: () => number,
    share: () => number,
  ) {
    this.#upstream = upstream;
    this.#random = random;
    this.#share = share;
    this.#server = createServer((client) => this.#serve(client));
  }

  /** Gives the port. */
  async start(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    const server = connect(this.#upstream);
    client.setNoDelay();
    server.setNoDelay();
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    let swallowsAnswer = false;
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    client.on('data', (chunk) => {
      if (chunk.subarray(-COMMIT.length).equals(COMMIT)) {
        this.cuts.commits += 1;
        if (this.#random() < this.#share()) {
          if (this.#random() < 0.5) {
            this.cuts.before += 1;
            end();
            return;
          }
          this.cuts.after += 1;
          swallowsAnswer = true;
        }
      }
      server.write(chunk);
    });
    server.on('data', (chunk) => {
      // The server answers when it has acted.
      if (swallowsAnswer) end();
      else client.write(chunk);
    });
  }
}
