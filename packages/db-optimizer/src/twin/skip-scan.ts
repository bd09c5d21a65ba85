import type { IndexDefinition, IndexKey } from '../catalogue/catalogue.ts';

/**
 * Where a scan of a b-tree by this condition makes use of a key that servers before 18 could not descend by: they
 * descend by keys that equal something, up to and with the first that does not. PostgreSQL 18 skips over the values of
 * the keys between.
 *
 * @param condition as in plans: `((a = 1) AND (c > 2))`
 * @returns the place of the key; undefined where there is none, or {@link blockSkipping} has stopped it
 */
export function firstSkippedTo(keys: readonly IndexKey[], condition: string): number | undefined {
  const equal = new Set<string>();
  const other = new Set<string>();
  for (const clause of clausesOf(condition)) {
    const [, operand = '', operator = ''] = CLAUSE.exec(clause) ?? [];
    (operator === '=' || operator === 'IS NULL' ? equal : other).add(unquote(operand));
  }
  const has = (set: ReadonlySet<string>, at: number): boolean => {
    const key = keys[at];
    return key?.kind === 'column' && set.has(key.sql);
  };
  let at = 0;
  while (at < keys.length && has(equal, at)) at++;
  if (has(other, at)) at++;
  for (; at < keys.length && !isBlock(keys[at]); at++) if (has(equal, at) || has(other, at)) return at;
  return undefined;
}

/* A constant has no statistics, and what has none is not skipped over. */
const BLOCK: IndexKey = { kind: 'expression', sql: '0' };

/** The same index, with a key before that one which stops PostgreSQL 18 from skipping to it. */
export function blockSkipping(index: IndexDefinition, at: number): IndexDefinition {
  return { ...index, keys: [...index.keys.slice(0, at), BLOCK, ...index.keys.slice(at)] };
}

const NAME = '"(?:[^"]|"")+"|[\\w$]+';

function isBlock(key: IndexKey | undefined): boolean {
  return key?.kind === BLOCK.kind && key.sql === BLOCK.sql;
}

/* A column, perhaps with its table, perhaps as another type, and what it is compared by. */
const CLAUSE = new RegExp(
  `^\\(*(?:(?:${NAME})\\.)*(${NAME})\\)?(?:::[\\w" ().,]+?(?:\\[\\])?)? (IS NULL|IS NOT NULL|[<>=~!@#%^&|*/+-]+)`,
);

/** What a condition of a plan is made of, without the brackets round each. */
function clausesOf(condition: string): string[] {
  const inner = withoutBrackets(condition);
  const clauses: string[] = [];
  let start = 0;
  for (const [at, depth] of outside(inner)) {
    if (depth > 0 || !inner.startsWith(' AND ', at)) continue;
    clauses.push(inner.slice(start, at));
    start = at + ' AND '.length;
  }
  clauses.push(inner.slice(start));
  return clauses.length === 1 ? clauses : clauses.map(withoutBrackets);
}

/** Places outside of quotes, with how many brackets are open there. */
function* outside(text: string): Generator<readonly [number, number]> {
  let depth = 0;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote !== '') {
      if (character === quote) quote = '';
      continue;
    }
    if (character === '"' || character === "'") quote = character;
    else if (character === '(') depth++;
    else if (character === ')') depth--;
    yield [at, depth];
  }
}

function withoutBrackets(text: string): string {
  if (!text.startsWith('(')) return text;
  for (const [at, depth] of outside(text)) {
    if (depth === 0) return at === text.length - 1 ? text.slice(1, -1) : text;
  }
  return text;
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
