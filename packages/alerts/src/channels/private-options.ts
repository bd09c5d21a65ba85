import { ConfigurationError, type ConfigurationIssue, type Field, option, readOptions } from '@evenkeel/core';

const HIDDEN = '[hidden]';

/**
 * Like core's `readOptions`, for options that hold secrets: the error tells what is expected of each, but not what was
 * given for the secret ones, nor for names that do not exist, which may be misspelt secret ones.
 *
 * @throws ConfigurationError
 */
export function readPrivateOptions<T extends object>(
  owner: string,
  options: unknown,
  fields: { readonly [Name in keyof T]: Field<T[Name]> },
  secret: readonly (keyof T & string)[],
): T {
  try {
    return readOptions(owner, options, fields);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const isPublic = (name: string): boolean =>
      Object.hasOwn(fields, name) && !(secret as readonly string[]).includes(name);
    throw new ConfigurationError(
      owner,
      error.issues.map((issue) => (isPublic(firstName(issue.path)) ? issue : hideValue(issue))),
    );
  }
}

/** An absolute http or https URL. */
export function httpUrl(): Field<URL> {
  const expected = 'an absolute http or https URL';
  return new option.Field<URL>(expected, (value, path, issues) => {
    const text = value instanceof URL ? value.href : value;
    const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
    if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
    issues.push({ path, value, expected });
    return new URL('http://invalid');
  });
}

/* RFC 9110, 5.6.2 and 5.5: what fetch would refuse with an error that shows the value. */
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** Headers of a request. */
export function httpHeaders(): Field<Readonly<Record<string, string>>> {
  const expected = 'an object of HTTP header names and values';
  return new option.Field<Readonly<Record<string, string>>>(expected, (value, path, issues) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      issues.push({ path, value, expected });
      return {};
    }
    const entries: [string, unknown][] = Object.entries(value);
    const accepted: [string, string][] = [];
    for (const [name, text] of entries) {
      if (!HEADER_NAME.test(name)) issues.push({ path, value: name, expected: 'valid HTTP header names' });
      else if (typeof text !== 'string' || !HEADER_VALUE.test(text))
        issues.push({
          path: `${path}.${name}`,
          value: text,
          expected: 'a text without line breaks, in Latin-1',
        });
      else accepted.push([name.toLowerCase(), text]);
    }
    return Object.fromEntries(accepted);
  });
}

function hideValue({ path, value, expected }: ConfigurationIssue): ConfigurationIssue {
  const isTelling = value === undefined || value === null || value === '' || typeof value === 'boolean';
  return { path, value: isTelling ? value : HIDDEN, expected };
}

/** `headers` of `headers.authorization` and of `headers["x y"]`. */
function firstName(path: string): string {
  return /^[\w$-]*/.exec(path)?.[0] ?? '';
}
