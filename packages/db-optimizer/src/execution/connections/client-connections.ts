import type { Connection, Connections, Done } from './connection.ts';
import { type PgClientLike, PgConnection } from './pg-connection.ts';

/** A Client of `pg` that is the application's own. */
export type OwnClient = PgClientLike;

/** A client has one connection: it is never closed, and used by one at a time, in the order in which they came. */
export class ClientConnections implements Connections {
  readonly isSingle = true;
  readonly canReconnect = false;
  readonly refusal = undefined;
  readonly hasFree = false;
  readonly #client: OwnClient;
  #last: Promise<void> = Promise.resolve();

  constructor(client: OwnClient) {
    this.#client = client;
  }

  forStatement(done: Done<Connection>): void {
    void this.forTransaction().then((connection) => done(undefined, connection));
  }

  async forTransaction(): Promise<Connection> {
    const before = this.#last;
    let leave = (): void => {};
    this.#last = new Promise((resolve) => {
      leave = resolve;
    });
    await before;
    const connection = new PgConnection(this.#client, false, () => {
      connection.detach();
      leave();
    });
    return connection;
  }
}
