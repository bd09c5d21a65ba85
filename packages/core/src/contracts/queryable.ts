/** Rows of a query. */
export interface QueryResult<Row = Record<string, unknown>> {
  readonly rows: Row[];
}

/** A PostgreSQL database: `pg`'s Pool and Client satisfy it, and PGlite does. */
export interface Queryable {
  query<Row = Record<string, unknown>>(text: string, params?: unknown[]): Promise<QueryResult<Row>>;
}
