import { readable, readableName } from '../text/printable.ts';

/*
 * What Markdown (CommonMark with GitHub's tables, strikethrough, formulas and links) takes for more than text. An
 * underscore within a word is text, and so is `&` unless it begins an entity: escaped less, it reads better as it is.
 */
const SPECIAL = [
  /[\\`*[\]<>~$|]/g,
  /(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu,
  /&(?=#?\w+;)/g,
  /(?<=^|\s)#/g,
  /^[-+=](?=.)/g,
  /(?<=^\d+)[.)]/g,
  /:(?=\/\/)/g,
  /(?<=\bwww)\./gi,
];

/** A text on one line as Markdown that shows exactly it. */
export function prose(text: string): string {
  return escaped(readable(text));
}

/** A name from the data, as code. */
export function code(name: string): string {
  return inCode(readableName(name));
}

/** A text of data, such as JSON, as code on one line. */
export function codeLine(text: string): string {
  return inCode(readable(text));
}

/** As code, unless it has what code cannot hold within a table. */
function inCode(shown: string): string {
  return shown === '' || /[`|\\]/.test(shown) ? escaped(shown) : `\`${shown}\``;
}

function escaped(text: string): string {
  // All at once, so that no pattern meets the backslashes of another one.
  const places = new Set(
    SPECIAL.flatMap((pattern) => Array.from(text.matchAll(pattern), ({ index }) => index)),
  );
  let result = '';
  let end = 0;
  for (const place of [...places].sort((a, b) => a - b)) {
    result += `${text.slice(end, place)}\\`;
    end = place;
  }
  return result + text.slice(end);
}
