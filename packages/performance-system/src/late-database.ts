import { EvenkeelError, type Queryable, type QueryResult } from '@evenkeel/core';

/** Stands for the database that `initialize()` is given, for components that are made before. */
export class LateDatabase implements Queryable {
  #database: Queryable | undefined;

  attach(database: Queryable): void {
    this.#database = database;
  }

  async query<Row = Record<string, unknown>>(text: string, params?: unknown[]): Promise<QueryResult<Row>> {
    if (this.#database) return await this.#database.query<Row>(text, params);
    throw new EvenkeelError('there is no database: initialize() was given none', { code: 'NO_DATABASE' });
  }
}
