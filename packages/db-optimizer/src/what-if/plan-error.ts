import { EvenkeelError, errorMessage } from '@evenkeel/core';

/* A query may be as long as it likes, a message may not. */
const MAX_LENGTH = 120;

/** The planner refused a query. */
export class PlanError extends EvenkeelError {
  override readonly name = 'PlanError';
  /** What the server said, where it was the server: `42P01`. */
  readonly sqlState: string | undefined;

  constructor(text: string, cause: unknown) {
    const query = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
    super(`the planner refused ${query.replaceAll(/\s+/g, ' ')}: ${errorMessage(cause)}`, {
      code: 'PLAN',
      cause,
    });
    this.sqlState = sqlStateOf(cause);
  }
}

/** The SQLSTATE of an error of the server; undefined where there is none. */
function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
