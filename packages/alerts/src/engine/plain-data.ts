import { cutText } from '../labels/labels.ts';

/* Evidence is for people, and is kept with each alert. */
const MAX_DEPTH = 4;
const MAX_ENTRIES = 50;
const MAX_TEXT = 1000;

/** A bounded copy of what a caller gives, as JSON can hold it. Never throws, whatever it is. */
export function plainRecord(value: unknown): Readonly<Record<string, unknown>> {
  try {
    const copy = plain(value, MAX_DEPTH);
    return typeof copy === 'object' && copy !== null && !Array.isArray(copy) ? { ...copy } : { value: copy };
  } catch {
    // Getters that throw and proxies.
    return { unreadable: true };
  }
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cutText(value, MAX_TEXT);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean' || value === null || value === undefined) return value ?? null;
  if (typeof value !== 'object') return cutText(String(value), MAX_TEXT);
  if (value instanceof Date || value instanceof Error) return cutText(String(value), MAX_TEXT);
  if (depth === 0) return '…';
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((each) => plain(each, depth - 1));
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(
    entries
      .slice(0, MAX_ENTRIES)
      .map(([key, each]) => [cutText(String(key), MAX_TEXT), plain(each, depth - 1)]),
  );
}
