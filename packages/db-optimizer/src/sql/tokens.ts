import { SqlError } from './sql-error.ts';

/**
 * - `word`: a keyword or an identifier without quotes
 * - `identifier`: one in double quotes
 * - `string`: a constant in single quotes or dollars, of any kind
 * - `parameter`: `$1`
 * - `symbol`: one of `( ) [ ] , ; . :` and `::`, `:=`, `..`
 */
type TokenKind =
  | 'space'
  | 'comment'
  | 'word'
  | 'identifier'
  | 'string'
  | 'number'
  | 'parameter'
  | 'operator'
  | 'symbol'
  | 'other';

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  /** One past its last character. */
  readonly end: number;
}

const SPACE = /[ \t\n\r\f\v]+/y;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NUMBER =
  /(?:0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*(?:\.(?!\.)(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?)/y;
const PARAMETER = /\$\d+/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const SYMBOL = /::|:=|\.\.|[()[\],;.:]/y;
const OPERATOR = /[-+*/<>=~!@#%^&|`?]+/y;
/** What a string may begin with; the quote is the last character of it. */
const STRING_START = /(?:[bBxXnN]|[uU]&)?'/y;
const ESCAPE_STRING_START = /[eE]'/y;
const IDENTIFIER_START = /(?:[uU]&)?"/y;
const LINE_COMMENT = /--[^\n\r]*/y;

/**
 * Cuts a text into tokens by the lexical rules of PostgreSQL (chapter 4.1 of its manual), with
 * `standard_conforming_strings` on. The tokens cover the text without gaps. It decides nothing about safety: that is
 * left to PostgreSQL's own grammar.
 *
 * @throws SqlError for a string, identifier or comment without an end
 */
export function* tokensOf(text: string): Generator<Token, void, undefined> {
  let start = 0;
  while (start < text.length) {
    const { kind, end } = tokenAt(text, start);
    yield { kind, start, end };
    start = end;
  }
}

/** All tokens at once. */
export function tokenize(text: string): Token[] {
  return [...tokensOf(text)];
}

/** The token of `tokens` as it is written. */
export function textOf(text: string, token: Token | undefined): string {
  return token ? text.slice(token.start, token.end) : '';
}

/** Whether the token is the keyword, which is given in lower case. */
export function isKeyword(text: string, token: Token | undefined, keyword: string): boolean {
  return (
    token?.kind === 'word' &&
    token.end - token.start === keyword.length &&
    text.slice(token.start, token.end).toLowerCase() === keyword
  );
}

/** Whether it separates tokens only. */
export function isBlank(token: Token): boolean {
  return token.kind === 'space' || token.kind === 'comment';
}

function tokenAt(text: string, start: number): { kind: TokenKind; end: number } {
  const match = (pattern: RegExp): number => {
    pattern.lastIndex = start;
    return pattern.test(text) ? pattern.lastIndex : -1;
  };
  let end = match(SPACE);
  if (end > 0) return { kind: 'space', end };
  end = match(LINE_COMMENT);
  if (end > 0) return { kind: 'comment', end };
  if (text.startsWith('/*', start)) return { kind: 'comment', end: commentEnd(text, start) };
  end = match(ESCAPE_STRING_START);
  if (end > 0) return { kind: 'string', end: quotedEnd(text, start, end, "'", true) };
  end = match(STRING_START);
  if (end > 0) return { kind: 'string', end: quotedEnd(text, start, end, "'", false) };
  end = match(IDENTIFIER_START);
  if (end > 0) return { kind: 'identifier', end: quotedEnd(text, start, end, '"', false) };
  end = match(WORD);
  if (end > 0) return { kind: 'word', end };
  end = match(NUMBER);
  if (end > 0) return { kind: 'number', end };
  end = match(PARAMETER);
  if (end > 0) return { kind: 'parameter', end };
  end = match(DOLLAR_TAG);
  if (end > 0) return { kind: 'string', end: dollarEnd(text, start, end) };
  end = match(SYMBOL);
  if (end > 0) return { kind: 'symbol', end };
  end = match(OPERATOR);
  if (end > 0) return { kind: 'operator', end: beforeComment(text, start, end) };
  return { kind: 'other', end: start + 1 };
}

/** An operator ends where a comment begins: `*` and a comment in `2*--x`. */
function beforeComment(text: string, start: number, end: number): number {
  for (let index = start + 1; index < end; index++) {
    if (text.startsWith('--', index) || text.startsWith('/*', index)) return index;
  }
  return end;
}

/** Comments in `/*` nest. */
function commentEnd(text: string, start: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  let depth = 0;
  for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  throw unterminated('comment', start);
}

function quotedEnd(text: string, start: number, from: number, quote: string, escapes: boolean): number {
  for (let index = from; index < text.length; index++) {
    const character = text[index];
    if (escapes && character === '\\') index++;
    else if (character === quote) {
      if (text[index + 1] !== quote) return index + 1;
      index++;
    }
  }
  throw unterminated(quote === '"' ? 'quoted identifier' : 'quoted string', start);
}

function dollarEnd(text: string, start: number, from: number): number {
  const tag = text.slice(start, from);
  const end = text.indexOf(tag, from);
  if (end < 0) throw unterminated('dollar-quoted string', start);
  return end + tag.length;
}

function unterminated(what: string, position: number): SqlError {
  return new SqlError(`the ${what} at ${position} has no end`, { code: 'SQL_SYNTAX', position });
}
