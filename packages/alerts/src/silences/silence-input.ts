import { ConfigurationError, type Duration, option, readOptions } from '@evenkeel/core';
import { type Matchers, matchersField } from '../labels/matchers.ts';

/** What is given to `silence()`: `until` or `for`, not both. */
export interface SilenceInput {
  /** At least one entry; `{ name: '*' }` for all alerts. */
  readonly matchers: Matchers;
  /** In ms since 1970, a date, or a text that `Date.parse` reads. */
  readonly until?: number | string | Date;
  /** From now on. */
  readonly for?: Duration;
  /** Who asks for it. */
  readonly by: string;
  /** Why. @defaultValue '' */
  readonly comment?: string;
}

const OWNER = 'AlertManager.silence';
const INSTANT = "a time to come: ms since 1970, a Date, or a text such as '2026-12-24T22:00:00Z'";

const instantField = new option.Field<number>(INSTANT, (value, path, issues) => {
  const instant =
    value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : value;
  if (typeof instant === 'number' && Number.isFinite(instant)) return instant;
  issues.push({ path, value, expected: INSTANT });
  return 0;
});

const textField = new option.Field<string>('a text', (value, path, issues) => {
  if (typeof value !== 'string') issues.push({ path, value, expected: 'a text' });
  return String(value);
});

export interface SilenceRequest {
  readonly matchers: Matchers;
  /** In ms since 1970. */
  readonly until: number;
  readonly by: string;
  readonly comment: string;
}

/** @throws ConfigurationError that names each fault */
export function readSilence(input: SilenceInput, wallNow: number): SilenceRequest {
  const {
    until,
    for: forMs,
    matchers,
    by,
    comment,
  } = readOptions(OWNER, input, {
    matchers: matchersField,
    until: instantField.optional(),
    for: option.duration({ min: 1 }).optional(),
    by: option.string(),
    comment: textField.default(''),
  });
  if (Object.keys(matchers).length === 0) {
    const expected = "an object of at least one entry; { name: '*' } silences all alerts";
    throw new ConfigurationError(OWNER, [{ path: 'matchers', value: matchers, expected }]);
  }
  if ((until === undefined) === (forMs === undefined)) {
    throw new ConfigurationError(OWNER, [
      { path: 'until', value: until, expected: 'given, or `for`, and not both' },
    ]);
  }
  const end = until ?? wallNow + (forMs ?? 0);
  if (end <= wallNow)
    throw new ConfigurationError(OWNER, [{ path: 'until', value: until, expected: INSTANT }]);
  return { matchers, until: end, by, comment };
}
