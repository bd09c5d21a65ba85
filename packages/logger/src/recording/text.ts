/** The longest text in a record, in UTF-16 units; longer ones are cut and end in `…`. */
export const MAX_TEXT_LENGTH = 1024;

/** The longest name of an event, a metric or a field of free-form data. */
export const MAX_NAME_LENGTH = 200;

/* What the engine takes for a value and for a UTF-16 unit, at most about, in bytes. */
export const VALUE_WEIGHT = 32;
export const CHARACTER_WEIGHT = 2;

/** Bytes that a text holds, about. */
export function textWeight(text: string): number {
  return VALUE_WEIGHT + CHARACTER_WEIGHT * text.length;
}

/** At most `length` units of a text, without half a surrogate pair at the cut. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const isPair = isHighSurrogate(text.charCodeAt(length - 2));
  const cut = `${text.slice(0, Math.max(0, length - (isPair ? 2 : 1)))}…`;
  // The engine's slice refers to the whole text, which would be kept as long as the record is; parsing makes a new one.
  return JSON.parse(JSON.stringify(cut));
}

/** The name of an event or a metric: whatever was given, as a text that is not empty. */
export function readName(given: unknown): string {
  if (typeof given !== 'string' || given === '') return 'unnamed';
  return cutText(given, MAX_NAME_LENGTH);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
