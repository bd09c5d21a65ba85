import { createHash } from 'node:crypto';

/* An index of PostgreSQL takes about 2700 bytes, and no text takes NUL or half characters. */
const PLAIN_KEY = /^[\x20-\x7e]{1,200}$/;

/** A text that stands for the given one in an index: itself, or its digest where it is long or out of the ordinary. */
export function keyOf(text: string): string {
  if (PLAIN_KEY.test(text)) return text;
  return `sha256:${createHash('sha256').update(JSON.stringify(text)).digest('hex')}`;
}

/**
 * JSON of whatever a caller has put in. It holds no NUL and no half character: `JSON.stringify` escapes them, and so
 * they are kept.
 */
export function toJson(value: object): string {
  try {
    return JSON.stringify(value);
  } catch {
    // Evidence with a cycle or a bigint.
    return JSON.stringify(value, storable(new Set()));
  }
}

/** Writes what JSON has no form for as text; what was met before is left out. */
function storable(met: Set<object>): (key: string, value: unknown) => unknown {
  return (_, value) => {
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return value;
    if (met.has(value)) return undefined;
    met.add(value);
    return value;
  };
}

/** Milliseconds as a column takes them; what is no time is 0. */
export function timeOf(ms: number | undefined): number {
  return ms !== undefined && Number.isFinite(ms) ? ms : 0;
}
