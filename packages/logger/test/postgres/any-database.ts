import type { Queryable, QueryResult } from '@evenkeel/core';

let number = 0;

/** A prefix that no other history in the database has. */
export function freshPrefix(): string {
  number += 1;
  return `history${number}_`;
}

/** What goes wrong at the next statement that matches: before the database sees it, or after it has acted. */
export interface Fault {
  readonly when: 'before' | 'after';
  readonly matching: RegExp;
}

/** A database whose connection breaks when it is told to. */
export class FaultyDatabase implements Queryable {
  readonly #database: Queryable;
  readonly #faults: Fault[] = [];
  /** Statements wait for it before they are sent. */
  gate: Promise<void> = Promise.resolve();
  readonly statements: string[] = [];

  constructor(database: Queryable) {
    this.#database = database;
  }

  failNext(fault: Fault): void {
    this.#faults.push(fault);
  }

  async query<Row = Record<string, unknown>>(text: string, params?: unknown[]): Promise<QueryResult<Row>> {
    this.statements.push(text);
    await this.gate;
    const [fault] = this.#faults;
    if (fault === undefined || !fault.matching.test(text)) return this.#database.query<Row>(text, params);
    this.#faults.shift();
    if (fault.when === 'after') await this.#database.query<Row>(text, params);
    throw new Error('Connection terminated unexpectedly');
  }
}
