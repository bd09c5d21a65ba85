import type { Clock, QueryResult } from '@evenkeel/core';
import type { ConnectionPool, PooledConnection } from '../../src/pool/adaptive-pool.ts';
import type { SimulatedDatabase } from './simulated-database.ts';

/* A fork of the server, and its start-up. */
const OPENING_MS = 8;

/** A pool as `pg` has it: connections are opened when they are needed, those who wait are served in turn. */
export class SimulatedPool implements ConnectionPool {
  readonly options: { readonly max: number };
  readonly #clock: Clock;
  readonly #database: SimulatedDatabase;
  readonly #waiting: (() => void)[] = [];
  #connections = 0;
  #idle = 0;

  constructor(clock: Clock, database: SimulatedDatabase, max: number) {
    this.#clock = clock;
    this.#database = database;
    this.options = { max };
  }

  get idleCount(): number {
    return this.#idle;
  }

  async connect(): Promise<PooledConnection> {
    if (this.#idle > 0) this.#idle -= 1;
    else if (this.#connections < this.options.max) {
      this.#connections += 1;
      await new Promise<void>((resolve) => {
        this.#clock.setTimeout(resolve, OPENING_MS);
      });
    } else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return {
      query: async (): Promise<QueryResult> => {
        await this.#database.serve();
        return { rows: [] };
      },
      release: () => {
        const next = this.#waiting.shift();
        if (next) next();
        else this.#idle += 1;
      },
    };
  }
}
