import { isBlank, type Token, textOf, tokenize } from './tokens.ts';

/** The text with spaces in place of its comments, so that every place in it stays the same. */
export function blankComments(text: string, tokens: readonly Token[]): string {
  if (!tokens.some((token) => token.kind === 'comment')) return text;
  return tokens
    .map((token) => {
      const written = textOf(text, token);
      return token.kind === 'comment' ? written.replace(/[^\n\r]/g, ' ') : written;
    })
    .join('');
}

/** One line without comments and without semicolons around it. */
export function compact(text: string): string {
  let result = '';
  let before: Token | undefined;
  let separator = '';
  let semicolons = '';
  for (const token of tokenize(text)) {
    const written = textOf(text, token);
    if (isBlank(token)) {
      separator = /[\n\r]/.test(separator + written) ? '\n' : ' ';
    } else if (written === ';') {
      if (before) semicolons += written;
    } else {
      // Two strings are one where a line break is between them.
      const isWithin = CLOSING.has(written) || OPENING.has(textOf(text, before));
      const joins = token.kind === 'string' && before?.kind === 'string';
      const needed = isWithin ? '' : joins ? separator : separator && ' ';
      result += semicolons + (before ? needed : '') + written;
      before = token;
      separator = '';
      semicolons = '';
    }
  }
  return result;
}

/* What needs no space on that side. */
const OPENING = new Set(['(', '[']);
const CLOSING = new Set([')', ']', ',']);
