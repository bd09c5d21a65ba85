/** One request on one connection to a server. */
export interface Exchange {
  /** Takes up again what was paused. */
  resume(): void;
  /** Gives it up, and its connection. */
  abort(reason: Error): void;
}

/** Who is told of an exchange. Nothing is told after `complete` or `failed`, of which one always comes. */
export interface ExchangeListener {
  /** There is a connection: from now on the request counts as sent. */
  connected(): void;
  /** All of the request has been sent. */
  sent(): void;
  /** A response before the response, such as 103. */
  informed(status: number, raw: readonly (string | Buffer)[]): void;
  /** `false` pauses the body. */
  head(status: number, statusText: string, raw: readonly (string | Buffer)[]): boolean;
  /** `false` pauses the rest. */
  data(chunk: Buffer): boolean;
  complete(rawTrailers: readonly (string | Buffer)[]): void;
  failed(error: Error): void;
}
