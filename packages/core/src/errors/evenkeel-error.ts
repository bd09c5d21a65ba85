/** What every error of Evenkeel may carry besides its message. */
export interface EvenkeelErrorOptions {
  /** Stable, machine-readable kind, in upper snake case. */
  readonly code?: string;
  /** The error or value that led to this one. */
  readonly cause?: unknown;
}

/** The base of all errors thrown by Evenkeel. Branch on `code`: it is stable, messages are not. */
export class EvenkeelError extends Error {
  override readonly name: string = 'EvenkeelError';
  readonly code: string;

  constructor(message: string, { code = 'EVENKEEL', cause }: EvenkeelErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
