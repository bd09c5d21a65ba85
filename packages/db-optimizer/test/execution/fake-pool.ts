import { EventEmitter } from 'node:events';
import type { Queryable } from '@evenkeel/core';

/** What a statement is answered with; a promise that never resolves is a server that hangs. */
export type Answer = (text: string, params: unknown) => unknown;

export interface FakePool extends Queryable {
  /** Every statement that was sent, over all connections, with the number of its connection. */
  readonly sent: string[];
  readonly released: (Error | undefined)[];
  /** Connections that are out. */
  readonly out: number;
}

/** The part of `pg`'s Pool that is used, with answers made up by the test. Thrown errors are the server's. */
export function fakePool(answer: Answer, connect: () => void | Promise<void> = () => {}): FakePool {
  const sent: string[] = [];
  const released: (Error | undefined)[] = [];
  let out = 0;
  let made = 0;
  const idle: Client[] = [];

  class Client extends EventEmitter {
    readonly number = ++made;
    readonly processID = 1000 + made;

    query(
      config: string | { readonly text: string },
      params?: unknown,
      done?: (error: unknown, result?: unknown) => void,
    ): Promise<unknown> | undefined {
      const text = typeof config === 'string' ? config : config.text;
      sent.push(`${this.number}: ${text}`);
      const answered = Promise.resolve().then(() => answer(text, params));
      const result = answered.then(
        (given) => given ?? { rows: [], rowCount: 0, command: text.split(' ')[0]?.toUpperCase() },
      );
      if (done === undefined) return result;
      result.then(
        (value) => done(undefined, value),
        (error: unknown) => done(error),
      );
      return undefined;
    }

    release(error?: Error): void {
      out -= 1;
      released.push(error);
      if (error === undefined) idle.push(this);
    }
  }

  const take = async (): Promise<Client> => {
    await connect();
    out += 1;
    return idle.pop() ?? new Client();
  };
  return {
    sent,
    released,
    get out() {
      return out;
    },
    query: () => Promise.reject(new Error('the pool itself is not asked')),
    connect(done: (error: unknown, client?: Client) => void): void {
      take().then(
        (client) => done(undefined, client),
        (error: unknown) => done(error),
      );
    },
    totalCount: 0,
    idleCount: 0,
    waitingCount: 0,
  } as FakePool;
}

export function coded(code: string, more: object = {}): Error {
  return Object.assign(new Error(`failed with ${code}`), { code, severity: 'ERROR', ...more });
}

export const LOST = (): Error => new Error('Connection terminated unexpectedly');
