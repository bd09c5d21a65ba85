import { createHash } from 'node:crypto';
import { isBlank, textOf, tokenize } from './tokens.ts';

/* Ten hexadecimal digits: with the fingerprint's sixteen a collision is out of the question. */
const HASH_LENGTH = 10;

/**
 * Tells groups of like statements apart: the fingerprint of PostgreSQL's grammar, which takes `a = $1`, `a in ($1, $2)`
 * and `a = any($1)` for the same, and a hash of the normalised text, which does not. Lists of constants count as the
 * same whatever their length, and so do rows of VALUES; neither letter case of what is not quoted nor the numbers of
 * parameters matter.
 */
export function statementId(fingerprint: string, normalized: string): string {
  return `${fingerprint}-${createHash('sha256').update(shapeOf(normalized)).digest('hex').slice(0, HASH_LENGTH)}`;
}

function shapeOf(normalized: string): string {
  const words: string[] = [];
  for (const token of tokenize(normalized)) {
    if (isBlank(token)) continue;
    const written = textOf(normalized, token);
    if (token.kind === 'parameter') words.push('$');
    else words.push(token.kind === 'word' ? written.toLowerCase() : written);
  }
  return (
    words
      .join(' ')
      // The rows of VALUES, and lists of constants: IN (…), ARRAY[…].
      .replace(/(?<=\bvalues )(\([^()]*\))(?: , \1)+/g, '$1')
      .replace(/(?<=\bin )\( \$(?: , \$)* \)|(?<=\barray )\[ \$(?: , \$)* \]/g, '( $ )')
  );
}
