/**
 * A query that `pg` takes as it is, as it takes cursors: it is told of the messages that answer it. This one has been
 * sent before its turn comes, and keeps the first value of the last row.
 */
export class SingleValueQuery {
  /** `pg` puts its own here where `query_timeout` is set. */
  callback: ((error: Error | null) => void) | undefined;
  #value: unknown;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;

  constructor(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(): void {}

  handleRowDescription(): void {}

  handleDataRow({ fields }: { readonly fields: readonly unknown[] }): void {
    [this.#value] = fields;
  }

  handleCommandComplete(): void {}

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}

  handleError(error: Error): void {
    this.#reject(error);
    this.callback?.(error);
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#value);
    this.callback?.(null);
  }
}
