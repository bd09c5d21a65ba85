import { describeValue } from './describe-value.ts';
import { EvenkeelError } from './evenkeel-error.ts';

/** Whatever was thrown, as an `Error`: callbacks of users throw strings and `undefined` too. Never throws itself. */
export function toError(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  return new EvenkeelError(`a value that is no error was thrown: ${describeValue(thrown)}`, {
    code: 'THROWN_VALUE',
    cause: thrown,
  });
}

/** The message of whatever was thrown, on one line. Never throws itself. */
export function errorMessage(thrown: unknown): string {
  const error = toError(thrown);
  try {
    const lines = String(error.message).split('\n');
    return lines
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join('; ');
  } catch {
    return 'an error whose message cannot be read';
  }
}

function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    // A proxy may refuse even this.
    return false;
  }
}
