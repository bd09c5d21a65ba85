/**
 * The text with each half of a broken surrogate pair replaced: UTF-8 has no form for it, and encoders would
 * turn different values into one.
 */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
