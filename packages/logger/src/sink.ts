import { EvenkeelError } from '@evenkeel/core';
import type { LogRecord } from './log-record.ts';

/** Where records go. Each has its own place in the ring: a slow or broken one holds up nobody else. */
export interface Sink {
  /** Names it in metrics, events and errors; unique in a logger. */
  readonly name: string;
  /** Opens what it writes to. Rejecting, it is tried again later. */
  start?(): Promise<void>;
  /**
   * Writes a batch, oldest first. It is called again only after it has settled. Rejecting, it gets the same records
   * again, unless the error is an {@link UnwritableError}. The arrays are not used again. The signal fires when it takes
   * too long: it should then settle soon, for until it does nothing else is written.
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

/**
 * What a sink rejects a batch with that can never be written, such as a value that a database refuses. None of it is
 * written then. Its halves are tried by themselves, until the record is found that is at fault, which is left out.
 */
export class UnwritableError extends EvenkeelError {
  override readonly name = 'UnwritableError';

  constructor(message: string, cause?: unknown) {
    super(message, { code: 'UNWRITABLE', cause });
  }
}
