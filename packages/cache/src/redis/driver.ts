/** An argument of a command: text goes as UTF-8. */
export type Argument = string | Buffer;

/** A reply: strings as bytes, whatever the client. */
export type Reply = Buffer | string | number | null | readonly Reply[];

/** What a link tells its keeper. */
export interface LinkEvents {
  /** Keys under the tracked prefix that have been written, by whomever. */
  signalled(names: readonly string[]): void;
  /** The server has dropped all keys at once. */
  flushed(): void;
  /** The connection is gone, for whatever reason but `close()`; called once. The link is of no use any more. */
  lost(error: unknown): void;
}

/**
 * One connection to Redis, from opening to loss: it never reconnects by itself, keeps no queue while there is no
 * connection and sends nothing late. Its keeper opens another. That leaves one path only by which tracking is armed.
 */
export interface RedisLink {
  /** Resolves once keys under the tracked prefix are signalled; rejects where that cannot be. */
  readonly opened: Promise<void>;
  /** Rejects with the server's error, or when the connection is lost. */
  send(args: readonly Argument[]): Promise<Reply>;
  /** Resolves when all signals have been delivered that the server had sent before the call. */
  drained(): Promise<void>;
  /** Closes at once; commands in flight reject. Idempotent. */
  close(): void;
}

/** Opens links with a client library. */
export interface RedisDriver {
  /**
   * @param prefix of the keys to be signalled
   * @param connectTimeoutMs how long the library may try
   */
  open(prefix: string, connectTimeoutMs: number, events: LinkEvents): RedisLink;
}
