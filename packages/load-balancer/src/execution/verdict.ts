/** What came of a try: what the function returned, or what it threw. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * What a try says of its server.
 * - `success`: it did what it was asked
 * - `failure`: it did not; a request that may be repeated goes to another server
 * - `not-sent`: it never got the request, which may go to another server whatever it is
 * - `ignore`: nothing; the outcome is the caller's
 */
export type Verdict = 'success' | 'failure' | 'not-sent' | 'ignore';

/** Tells what a try says of its server. */
export type Judge = (outcome: Outcome) => Verdict;

const VERDICTS: readonly unknown[] = ['success', 'failure', 'not-sent', 'ignore'] satisfies Verdict[];

/* The connection was never made, or the name never found. */
const NOT_SENT_CODES: readonly unknown[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
];

/* An error of fetch has its cause one level down; a chain may be a ring. */
const MAX_CAUSES = 5;

/** Values are successes; errors are failures, or `not-sent` where a code among their causes shows it. */
export function judgeByError(outcome: Outcome): Verdict {
  if (!('error' in outcome)) return 'success';
  return wasNotSent(outcome.error) ? 'not-sent' : 'failure';
}

/** Whether it is one: judges are the user's. */
export function isVerdict(value: unknown): value is Verdict {
  return VERDICTS.includes(value);
}

function wasNotSent(error: unknown): boolean {
  try {
    let cause = error;
    for (let depth = 0; depth < MAX_CAUSES && typeof cause === 'object' && cause !== null; depth++) {
      const { code, cause: next } = cause as { readonly code?: unknown; readonly cause?: unknown };
      if (NOT_SENT_CODES.includes(code)) return true;
      cause = next;
    }
  } catch {
    // Getters may throw.
  }
  return false;
}
