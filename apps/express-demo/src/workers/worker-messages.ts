/** What a worker tells its parent, once: where it listens. */
export interface WorkerMessage {
  readonly port: number;
}

/** What a worker is told: how long it waits before it quotes. */
export interface WorkerOrder {
  readonly delayMs: number;
}
