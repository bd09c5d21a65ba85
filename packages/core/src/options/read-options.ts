import { ConfigurationError, type ConfigurationIssue } from '../errors/index.ts';
import { type Field, type Fields, object } from './field.ts';

/**
 * Checks the options of a class or function at its edge and fills in the defaults. All faults are found at
 * once, unknown names among them, and thrown as one `ConfigurationError`. An option that is `undefined` is
 * absent; `null` is a value, and accepted nowhere.
 *
 * @param owner who has the options: begins the message
 * @param options `undefined` is no options at all
 * @throws ConfigurationError
 * @example
 * const { size } = readOptions('Window', options, { size: option.integer({ min: 1 }).default(10) });
 */
export function readOptions<T extends object>(owner: string, options: unknown, fields: Fields<T>): T {
  const issues: ConfigurationIssue[] = [];
  const result = object(fields).read(options === undefined ? {} : options, '', issues);
  if (issues.length > 0) throw new ConfigurationError(owner, issues);
  return result;
}

/**
 * Checks one value: an argument of a function.
 *
 * @throws ConfigurationError
 */
export function readValue<T>(owner: string, name: string, value: unknown, field: Field<T>): T {
  const issues: ConfigurationIssue[] = [];
  const result = field.read(value, name, issues);
  if (issues.length > 0) throw new ConfigurationError(owner, issues);
  return result;
}
