import { EvenkeelError, type EvenkeelErrorOptions } from '@evenkeel/core';

/**
 * The statistics twin could not be built, or is no longer there. `code` is `TWIN_NOT_AVAILABLE` where PGlite is not
 * installed, `TWIN_NOT_POSSIBLE` where the source cannot be imitated, `TWIN_FAILED` where the embedded PostgreSQL
 * failed or took too long, and `TWIN_CLOSED` after `close()`.
 */
export class TwinError extends EvenkeelError {
  override readonly name = 'TwinError';

  constructor(message: string, options: EvenkeelErrorOptions & { readonly code: TwinErrorCode }) {
    super(message, options);
  }
}

export type TwinErrorCode = 'TWIN_NOT_AVAILABLE' | 'TWIN_NOT_POSSIBLE' | 'TWIN_FAILED' | 'TWIN_CLOSED';
