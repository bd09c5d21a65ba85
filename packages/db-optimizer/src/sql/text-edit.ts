/** A piece of a text, and what to put in its place. */
export interface TextEdit {
  readonly start: number;
  /** One past its last character; `start` inserts. */
  readonly end: number;
  readonly text: string;
}

/** Applies edits, which do not overlap; those at one place in the order they are given. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let done = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(done, edit.start) + edit.text;
    done = edit.end;
  }
  return result + text.slice(done);
}

/** Turns places in the UTF-8 form of a text, as PostgreSQL tells them, to indexes of the string. */
export function byteIndexes(text: string): (byte: number) => number {
  const length = Buffer.byteLength(text);
  if (length === text.length) return (byte) => byte;
  const indexes = new Uint32Array(length + 1);
  let byte = 0;
  let index = 0;
  for (const character of text) {
    indexes[byte] = index;
    byte += Buffer.byteLength(character);
    index += character.length;
  }
  indexes[byte] = index;
  return (at) => indexes[at] ?? text.length;
}
