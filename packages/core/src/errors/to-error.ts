import { describeValue } from './describe-value.ts';
import { EvenkeelError } from './evenkeel-error.ts';

/** Whatever was thrown, as an `Error`: callbacks of users throw strings and `undefined` too. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new EvenkeelError(`a value that is no error was thrown: ${describeValue(thrown)}`, {
    code: 'THROWN_VALUE',
    cause: thrown,
  });
}

/** The message of whatever was thrown, on one line. Never throws itself. */
export function errorMessage(thrown: unknown): string {
  return toError(thrown).message.replaceAll(/\s*\n\s*/g, '; ');
}
