/*
 * Characters that no document may hold (NUL and other controls, halves of surrogate pairs, non-characters), and
 * those that turn the direction of the text around them: with them a name could show a line as another one.
 */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/gu;

const SPACE = 0x20;
const DELETE = 0x7f;
const CONTROL_PICTURES = 0x2400;
const DELETE_PICTURE = 0x2421;

/** The text with a visible sign in the place of each character that must not be in a document; tabs and line feeds stay. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    if (code < SPACE) return String.fromCharCode(CONTROL_PICTURES + code);
    return String.fromCharCode(code === DELETE ? DELETE_PICTURE : 0xfffd);
  });
}

/* The longest text a reader is shown whole; longer ones are in the JSON and the CSV. */
const MAX_TEXT = 4000;

/** A text for reading: printable, on one line, and with an ellipsis where it goes on beyond `length` characters. */
export function readable(text: string, length: number = MAX_TEXT): string {
  const shown = text.length > length ? `${text.slice(0, length - 1)}…` : text;
  return printable(shown.replaceAll(/\r\n?|[\u2028\u2029\u0085]/g, '\n'))
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/* Names stand in table cells, headings and captions. */
const MAX_NAME = 120;

/** A name for reading; one of nothing but spaces can still be seen. */
export function readableName(name: string): string {
  return readable(name, MAX_NAME) || '(no name)';
}
