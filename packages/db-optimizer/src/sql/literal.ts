import { errorMessage } from '@evenkeel/core';
import { SqlError } from './sql-error.ts';

/* Arrays of arrays; what refers to itself has no end. */
const MAX_ARRAY_DEPTH = 10;

/**
 * A value as a constant of SQL, written as the driver `pg` would send it: in quotes and without a type of its own, so
 * that PostgreSQL finds the type from where it stands, just as it does for a parameter.
 *
 * @throws SqlError for what has no such form
 */
export function toLiteral(value: unknown): string {
  const text = toText(value);
  return text === null ? 'NULL' : quote(text);
}

/** A string as a constant: also right where `standard_conforming_strings` is off. */
function quote(text: string): string {
  if (text.includes('\0')) throw unusable('a NUL byte is in it');
  // Halves of surrogate pairs become U+FFFD, as they do on their way to the server.
  const doubled = Buffer.from(text).toString().replaceAll("'", "''");
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/**
 * A value as the text that `pg` would send for it; null for NULL.
 *
 * @throws SqlError for what has no such form
 */
export function toText(value: unknown): string | null {
  try {
    return serialise(value);
  } catch (cause) {
    if (cause instanceof SqlError) throw cause;
    throw unusable(errorMessage(cause), cause);
  }
}

function serialise(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      return serialiseObject(value);
    default:
      throw unusable(`a ${typeof value} has no form in SQL`);
  }
}

function serialiseObject(value: object): string | null {
  if (ArrayBuffer.isView(value)) {
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
  }
  if (value instanceof Date) return localTime(value);
  if (Array.isArray(value)) return serialiseArray(value, 1);
  if ('toPostgres' in value && typeof value.toPostgres === 'function') {
    const form: unknown = value.toPostgres(serialise);
    if (form === value) throw unusable('its toPostgres() returns itself');
    return serialise(form);
  }
  return JSON.stringify(value);
}

/** As `pg` does: the wall time here with its offset, for types with and without a time zone. */
function localTime(date: Date): string {
  if (Number.isNaN(date.getTime())) throw unusable('the date is invalid');
  const offsetMinutes = -date.getTimezoneOffset();
  const wall = new Date(date.getTime() + offsetMinutes * 60_000);
  const year = wall.getUTCFullYear();
  const minutes = Math.abs(offsetMinutes);
  const two = (value: number): string => String(Math.trunc(value)).padStart(2, '0');
  const rest = wall
    .toISOString()
    .replace(/^[+-]?\d+/, '')
    .slice(0, -1);
  const zone = `${offsetMinutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
  // There is no year 0: before 1 is 1 BC.
  return year > 0
    ? `${String(year).padStart(4, '0')}${rest}${zone}`
    : `${String(1 - year).padStart(4, '0')}${rest}${zone} BC`;
}

function serialiseArray(items: readonly unknown[], depth: number): string {
  if (depth > MAX_ARRAY_DEPTH) throw unusable(`arrays are nested deeper than ${MAX_ARRAY_DEPTH}`);
  const written = items.map((item) => {
    if (Array.isArray(item)) return serialiseArray(item, depth + 1);
    const text = serialise(item);
    return text === null ? 'NULL' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  });
  return `{${written.join(',')}}`;
}

function unusable(why: string, cause?: unknown): SqlError {
  return new SqlError(`a value cannot be written as SQL: ${why}`, { code: 'SQL_VALUES', cause });
}
