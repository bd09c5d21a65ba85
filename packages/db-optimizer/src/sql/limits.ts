import { SqlError } from './sql-error.ts';
import { isBlank, type Token, textOf } from './tokens.ts';

/** How much a text may ask of the parser. */
export interface SqlLimits {
  readonly maxBytes: number;
  /** Parentheses, brackets and CASE within one another. */
  readonly maxDepth: number;
}

/* The parser's thread has stack for several times as much; proofs/hostile.mjs tells for how much. */
const MAX_CHAIN = 500;

/* 10,000 comparisons joined by AND take 0.2 s to read. */
const MAX_ITEMS = 10_000;

/* PostgreSQL has none longer, but its lexer takes time that grows with the square to find so. */
const MAX_OPERATOR = 63;

/* One statement is accepted, but a function may have some in its body. */
const MAX_SEMICOLONS = 1000;

/* What recurses like an operator in the grammar. AND and OR do not: a chain of these is a list. */
const CHAINING = new Set(
  ':: . [ not is isnull notnull collate at union intersect except join like ilike similar between in operator'.split(
    ' ',
  ),
);

/* What makes a list in the tree. */
const SEPARATORS = new Set([',', 'and', 'or', 'when']);

/**
 * Refuses what is not text for PostgreSQL, or too long to look at.
 *
 * @throws SqlError
 */
export function checkText(text: string, maxBytes: number): void {
  // A character is a byte at least: no need to measure what is far too long.
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes) {
    throw new SqlError(`the text is longer than ${maxBytes} bytes`, { code: 'SQL_LIMIT' });
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    throw new SqlError(`the text has a NUL byte at ${nul}`, { code: 'SQL_ENCODING', position: nul });
  }
  const half = text.search(LONE_SURROGATE);
  if (half >= 0) {
    throw new SqlError(`the text has half of a surrogate pair at ${half}`, {
      code: 'SQL_ENCODING',
      position: half,
    });
  }
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

interface Level {
  readonly closedBy: string;
  items: number;
  chain: number;
}

/**
 * Refuses what would overflow the parser's stack, or keep it busy for long, before it sees it.
 *
 * @throws SqlError
 */
export function checkShape(text: string, tokens: readonly Token[], maxDepth: number): void {
  const outer: Level[] = [];
  let level: Level = { closedBy: '', items: 1, chain: 0 };
  let semicolons = 0;
  let previous = '';
  for (const token of tokens) {
    if (isBlank(token)) continue;
    const written = token.kind === 'word' || token.kind === 'symbol' ? textOf(text, token).toLowerCase() : '';
    // After a dot or AS even a reserved word is a name.
    const isName = token.kind === 'word' && (previous === '.' || previous === 'as');
    previous = written;
    if (token.kind === 'operator' && token.end - token.start > MAX_OPERATOR) {
      throw limit(`has an operator of more than ${MAX_OPERATOR} characters`, token.start);
    }
    if (token.kind === 'operator' || CHAINING.has(written)) {
      level.chain++;
      if (level.chain > MAX_CHAIN)
        throw limit(`has a chain of more than ${MAX_CHAIN} operators`, token.start);
    } else if (SEPARATORS.has(written)) {
      level.items++;
      level.chain = 0;
      if (level.items > MAX_ITEMS) throw limit(`has a list of more than ${MAX_ITEMS} items`, token.start);
    } else if (written === ';') {
      semicolons++;
      level.chain = 0;
      if (semicolons > MAX_SEMICOLONS) throw limit(`has more than ${MAX_SEMICOLONS} semicolons`, token.start);
    }
    if (isName) continue;
    const closedBy = CLOSING.get(written);
    if (closedBy) {
      outer.push(level);
      level = { closedBy, items: 1, chain: 0 };
      if (outer.length > maxDepth) throw limit(`is nested deeper than ${maxDepth}`, token.start);
    } else if (written !== '' && written === level.closedBy) {
      level = outer.pop() ?? level;
    }
  }
}

const CLOSING = new Map([
  ['(', ')'],
  ['[', ']'],
  ['case', 'end'],
]);

function limit(what: string, position: number): SqlError {
  return new SqlError(`the statement ${what}`, { code: 'SQL_LIMIT', position });
}
