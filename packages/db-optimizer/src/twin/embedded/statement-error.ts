import { EvenkeelError } from '@evenkeel/core';

/** The embedded PostgreSQL refused a statement; `code` is its SQLSTATE. */
export class StatementError extends EvenkeelError {
  override readonly name = 'StatementError';

  constructor(message: string, code: string) {
    super(message, { code });
  }
}
