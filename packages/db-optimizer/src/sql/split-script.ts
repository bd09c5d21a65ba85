import { SqlError } from './sql-error.ts';
import { isBlank, isKeyword, type Token, textOf, tokensOf } from './tokens.ts';

/**
 * Cuts a script into its statements, by the semicolons that are not in strings, comments, parentheses, or the body of
 * a function in SQL. Whether each is a statement remains to be seen.
 *
 * @throws SqlError for a string or comment without an end, or a command of psql
 */
export function splitScript(script: string): string[] {
  const statements: string[] = [];
  let first: Token | undefined;
  let before: Token | undefined;
  let parentheses = 0;
  /* BEGIN ATOMIC and CASE, within such a body. */
  let blocks = 0;
  const finish = (): void => {
    if (first && before) statements.push(script.slice(first.start, before.end));
    first = undefined;
    before = undefined;
    parentheses = 0;
    blocks = 0;
  };
  for (const token of tokensOf(script)) {
    if (isBlank(token)) continue;
    const written = token.kind === 'symbol' || token.kind === 'other' ? textOf(script, token) : '';
    if (written === ';' && parentheses <= 0 && blocks <= 0) {
      finish();
      continue;
    }
    if (written === '\\') throw psqlCommand(token.start);
    if (written === '(') parentheses++;
    else if (written === ')') parentheses--;
    else if (isKeyword(script, token, 'atomic') && isKeyword(script, before, 'begin')) blocks++;
    else if (blocks > 0 && isKeyword(script, token, 'case')) blocks++;
    else if (blocks > 0 && isKeyword(script, token, 'end')) blocks--;
    first ??= token;
    before = token;
  }
  finish();
  return statements;
}

function psqlCommand(position: number): SqlError {
  return new SqlError(`a backslash at ${position}: commands of psql are not SQL`, {
    code: 'SQL_SYNTAX',
    position,
  });
}
