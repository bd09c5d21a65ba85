/*
 * Escapes in JSON, each whole so that the second half of an escaped backslash is not taken for the beginning of the
 * next: NUL, and halves of surrogate pairs, which JSON.stringify leaves escaped.
 */
const ESCAPES = /\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g;

/**
 * A value as a JSON text that PostgreSQL can work with: NUL and halves of surrogate pairs, which it refuses, become
 * U+FFFD.
 *
 * @throws TypeError for cycles and bigint, which no record has
 */
export function jsonText(value: object): string {
  return JSON.stringify(value).replace(ESCAPES, (found) => (isRefused(found) ? '\ufffd' : found));
}

function isRefused(found: string): boolean {
  return found === '\\u0000' || found.startsWith('\\ud');
}
