import type { LogRecord } from './log-record.ts';

/** Where records go. Each has its own place in the ring: a slow or broken one holds up nobody else. */
export interface Sink {
  /** Names it in metrics, events and errors; unique in a logger. */
  readonly name: string;
  /** Opens what it writes to. Rejecting, it is tried again later. */
  start?(): Promise<void>;
  /**
   * Writes a batch, oldest first. It is called again only after it has settled. Rejecting, it gets the same records
   * again, unless the error says that they can never be written . The arrays are not used again.
   */
  write(records: readonly LogRecord[], signal: AbortSignal): Promise<void>;
  /**
   * Writes at once what a dying process has left: all that was not confirmed by a settled `write`, so the batch that is
   * on its way comes again, at the beginning. Sinks that cannot leave it out.
   */
  writeSync?(records: readonly LogRecord[]): void;
  /** Waits until all that was written is as safe as it gets. */
  flush?(signal: AbortSignal): Promise<void>;
  /** Closes what it has opened. Idempotent. */
  stop?(): Promise<void>;
}
