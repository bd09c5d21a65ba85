import { type ConfigurationIssue, describeValue } from '../errors/index.ts';
import { BYTES_FORMAT, DURATION_FORMAT, readBytes, readDuration } from '../units/index.ts';
import { closestName } from './closest-name.ts';

/** Reads one value at `path`; what is wrong goes to `issues`, and the result is then not used. */
type Read<T> = (value: unknown, path: string, issues: ConfigurationIssue[]) => T;

/** The rule for one option. Options that are absent or `undefined` are errors unless made optional. */
export class Field<T> {
  readonly expected: string;
  readonly read: Read<T>;

  constructor(expected: string, read: Read<T>) {
    this.expected = expected;
    this.read = read;
  }

  /** The same rule, with what stands in for an absent option. */
  default(value: T): Field<T> {
    return new Field(this.expected, (given, path, issues) =>
      given === undefined ? value : this.read(given, path, issues),
    );
  }

  /** The same rule; an absent option reads as `undefined`. */
  optional(): Field<T | undefined> {
    return new Field<T | undefined>(this.expected, (given, path, issues) =>
      given === undefined ? undefined : this.read(given, path, issues),
    );
  }
}

function field<T>(expected: string, accept: (value: unknown) => T | undefined): Field<T> {
  return new Field(expected, (value, path, issues) => {
    const accepted = accept(value);
    if (accepted === undefined) issues.push({ path, value, expected });
    return accepted as T;
  });
}

/** Bounds of a number, both included. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
}

/** A finite number. */
export function number(range: NumberRange = {}): Field<number> {
  return field(`a number${within(range)}`, (value) => inRange(value, range));
}

/** A whole number. */
export function integer(range: NumberRange = {}): Field<number> {
  const expected =
    range.min === 1 && range.max === undefined ? 'a positive integer' : `an integer${within(range)}`;
  return field(expected, (value) => (Number.isSafeInteger(value) ? inRange(value, range) : undefined));
}

/** A time: milliseconds or a string such as `'30s'`; read as milliseconds. The bounds are in ms. */
export function duration(range: NumberRange = {}): Field<number> {
  return field(`${DURATION_FORMAT}${within(range, ' ms', ',')}`, (value) =>
    inRange(readDuration(value), range),
  );
}

/** A size: bytes or a string such as `'64mb'`; read as bytes. The bounds are in bytes. */
export function bytes(range: NumberRange = {}): Field<number> {
  return field(`${BYTES_FORMAT}${within(range, ' bytes', ',')}`, (value) => inRange(readBytes(value), range));
}

/** `true` or `false`, and nothing that merely resembles them. */
export function boolean(): Field<boolean> {
  return field('true or false', (value) => (typeof value === 'boolean' ? value : undefined));
}

/** A string of at least one character. */
export function string(): Field<string> {
  return field('a non-empty string', (value) =>
    typeof value === 'string' && value !== '' ? value : undefined,
  );
}

/** One of a few strings or numbers. */
export function oneOf<const T extends string | number>(values: readonly T[]): Field<T> {
  const expected = `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`;
  return field(expected, (value) => values.find((candidate) => candidate === value));
}

/** A function; its signature can't be checked here, so what it returns has to be. */
export function callback<T>(): Field<T> {
  return field('a function', (value) => (typeof value === 'function' ? (value as T) : undefined));
}

/** An object with the named methods: a clock, a meter, a database. */
export function withMethods<T>(...methods: readonly (keyof T & string)[]): Field<T> {
  const expected =
    methods.length === 0 ? 'an object' : `an object with ${methods.map((name) => `${name}()`).join(', ')}`;
  return field(expected, (value) => {
    const given = value as Record<string, unknown> | null | undefined;
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    return isObject && methods.every((name) => typeof given?.[name] === 'function')
      ? (value as T)
      : undefined;
  });
}

/** A list, each item by one rule. */
export function listOf<T>(item: Field<T>): Field<readonly T[]> {
  const expected = `a list, each item ${item.expected}`;
  return new Field<readonly T[]>(expected, (value, path, issues) => {
    if (Array.isArray(value)) return value.map((each, index) => item.read(each, `${path}[${index}]`, issues));
    issues.push({ path, value, expected });
    return [];
  });
}

/** A rule for each option of a class or function. */
export type Fields<T> = { readonly [Name in keyof T]: Field<T[Name]> };

/** An object with exactly these fields: for options within options. */
export function object<T extends object>(fields: Fields<T>): Field<T> {
  const names = Object.keys(fields);
  const expected = names.length === 0 ? 'an object' : `an object with ${names.join(', ')}`;
  return new Field<T>(expected, (value, path, issues) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      issues.push({ path, value, expected });
      return {} as T;
    }
    const given = value as Record<string, unknown>;
    for (const name of Object.keys(given)) {
      if (Object.hasOwn(fields, name)) continue;
      issues.push({ path: join(path, name), value: given[name], expected: absent(name, names) });
    }
    const entries = Object.entries(fields) as [string, Field<unknown>][];
    return Object.fromEntries(
      entries.map(([name, each]) => [name, each.read(ownValue(given, name), join(path, name), issues)]),
    ) as T;
  });
}

/** What all objects inherit is no option: neither `constructor` nor what somebody put on `Object.prototype`. */
function ownValue(given: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(given, name) || !(name in Object.prototype) ? given[name] : undefined;
}

function join(path: string, name: string): string {
  if (!/^[\w$-]{1,64}$/.test(name)) return `${path}[${describeValue(name)}]`;
  return path === '' ? name : `${path}.${name}`;
}

function absent(name: string, names: readonly string[]): string {
  if (names.length === 0) return 'absent: there are no options';
  const meant = closestName(name, names);
  return `absent${meant ? ` (did you mean ${meant}?)` : ''}: the options are ${names.join(', ')}`;
}

function inRange(value: unknown, { min = -Infinity, max = Infinity }: NumberRange): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max
    ? value
    : undefined;
}

function within({ min, max }: NumberRange, unit = '', joint = ''): string {
  if (min !== undefined && max !== undefined) return `${joint} from ${min} to ${max}${unit}`;
  if (min !== undefined) return `${joint} of at least ${min}${unit}`;
  return max === undefined ? '' : `${joint} of at most ${max}${unit}`;
}
