import { EvenkeelError } from '@evenkeel/core';

/**
 * The connection was lost, or went silent, after something was sent that may change data, and it could not be found
 * out what came of it. It is never repeated: whoever knows what it was about can look. Everything else that a query or
 * transaction rejects with means that nothing was changed. `code` is `OUTCOME_UNKNOWN`, `cause` what went wrong.
 */
export class OutcomeUnknownError extends EvenkeelError {
  override readonly name = 'OutcomeUnknownError';
  /** The transaction's id, where it is known: `pg_xact_status` tells of it once the server is back. */
  readonly xid: string | undefined;

  constructor(what: string, cause: unknown, xid?: string) {
    const about = xid === undefined ? '' : ` (its transaction id is ${xid})`;
    super(`it is not known whether ${what} took effect${about}`, { code: 'OUTCOME_UNKNOWN', cause });
    this.xid = xid;
  }
}

/**
 * COMMIT was answered with ROLLBACK: a statement had failed, and the callback went on as if it had not. `code` is
 * `TRANSACTION_ABORTED`, `cause` the error of that statement.
 */
export class TransactionAbortedError extends EvenkeelError {
  override readonly name = 'TransactionAbortedError';

  constructor(cause: unknown) {
    super(
      'the transaction was rolled back at COMMIT: a statement in it had failed, which the callback ignored',
      {
        code: 'TRANSACTION_ABORTED',
        cause,
      },
    );
  }
}
