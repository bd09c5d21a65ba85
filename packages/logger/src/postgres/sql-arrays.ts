/*
 * Arrays as PostgreSQL writes them. Passed as texts and cast there, they are the same for every driver, and cheaper
 * than what drivers make of them element by element.
 */

export function numberArray(numbers: readonly number[]): string {
  return `{${numbers.join(',')}}`;
}

/** `undefined` becomes NULL. */
export function textArray(texts: readonly (string | undefined)[]): string {
  const items = texts.map((text) => (text === undefined ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`));
  return `{${items.join(',')}}`;
}
