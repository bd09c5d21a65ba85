/* Whatever would end a line, move a cursor, turn the direction of writing or is half a character. */
const CONTROL = /\p{Cc}+/gu;
const CONTROL_BUT_LINES = /[^\P{Cc}\n\t]/gu;
const INVISIBLE = /\p{Bidi_Control}/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;
const LINE_SEPARATOR = /\r\n?|[\u2028\u2029]/g;

/** A text of foreign origin on one line, of at most `maxLength` characters, with nothing that steers a terminal or header. */
export function oneLine(text: string, maxLength: number): string {
  const line = bounded(text, maxLength)
    .replaceAll(LINE_SEPARATOR, ' ')
    .replaceAll(CONTROL, ' ')
    .replaceAll(INVISIBLE, '')
    .replaceAll(LONE_SURROGATE, '\uFFFD');
  return shorten(line.trim(), maxLength);
}

/** The same over several lines. */
export function plainText(text: string, maxLength: number): string {
  const lines = bounded(text, maxLength)
    .replaceAll(LINE_SEPARATOR, '\n')
    .replaceAll(CONTROL_BUT_LINES, '')
    .replaceAll(INVISIBLE, '')
    .replaceAll(LONE_SURROGATE, '\uFFFD');
  return shorten(lines, maxLength);
}

/** At most `maxLength` UTF-16 units, the last an ellipsis where something is missing; no character is cut in two. */
export function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const end = isHighSurrogate(text.charCodeAt(maxLength - 2)) ? maxLength - 2 : maxLength - 1;
  return `${text.slice(0, end)}…`;
}

/** Texts of megabytes are not worth cleaning: some more than is shown, for what cleaning takes away. */
function bounded(text: string, maxLength: number): string {
  return text.length > 4 * maxLength ? text.slice(0, 4 * maxLength) : text;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
