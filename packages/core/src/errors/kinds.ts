import { describeValue } from './describe-value.ts';
import { EvenkeelError } from './evenkeel-error.ts';

/** Something took longer than it was given. */
export class TimeoutError extends EvenkeelError {
  override readonly name = 'TimeoutError';
  /** The time it was given, in ms. */
  readonly timeoutMs: number;

  constructor(what: string, timeoutMs: number) {
    super(`${what} did not finish within ${timeoutMs} ms`, { code: 'TIMEOUT' });
    this.timeoutMs = timeoutMs;
  }
}

/* A message is to be read by a person. */
const MAX_NAMES = 20;

/** A name that nothing is registered under. The message lists the names that exist, up to 20 of them. */
export class UnknownNameError extends EvenkeelError {
  override readonly name = 'UnknownNameError';

  constructor(kind: string, given: string, known: Iterable<string>) {
    const names = [...known];
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
    const shown =
      names.length === 0 ? 'none is registered' : `known: ${names.slice(0, MAX_NAMES).join(', ')}${more}`;
    super(`no ${kind} is called ${describeValue(given)} (${shown})`, { code: 'UNKNOWN_NAME' });
  }
}

/** An operation that the present state does not allow, such as registering a name twice. */
export class StateError extends EvenkeelError {
  override readonly name = 'StateError';

  constructor(message: string) {
    super(message, { code: 'STATE' });
  }
}
