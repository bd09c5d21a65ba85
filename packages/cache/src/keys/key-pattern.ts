import { ConfigurationError } from '@evenkeel/core';

/** A pattern that keys are tested with, ready to be used. */
export interface KeyPattern {
  /** Set where the pattern says no more than what keys begin with: `user:1:*`. */
  readonly prefix?: string;
  /** The pattern as a regular expression without state: another process makes the same pattern of it. */
  readonly source: string;
  readonly flags: string;
  /** Whether the whole key fits the glob, or the regular expression is found in it. */
  test(key: string): boolean;
}

/**
 * Makes a pattern of a glob or a regular expression.
 *
 * A glob is as Redis has it, and is for the whole key: `*` is any text, also none; `?` is one character; `[abc]`,
 * `[a-z]` one of these and `[!abc]` or `[^abc]` one of all others; `\` takes the next character as it is. It
 * takes time in proportion to the length of the key, whatever it is. That of a regular expression is its
 * author's business. Its flags `g` and `y`, which make it remember, are left out.
 *
 * @throws ConfigurationError for a glob that is empty or not complete: `[a`, `[]`, `[z-a]`, `\` at the end
 */
export function compilePattern(pattern: string | RegExp): KeyPattern {
  if (typeof pattern === 'string') return compileGlob(pattern);
  if (!(pattern instanceof RegExp)) throw bad(pattern, 'a glob or a regular expression');
  return keyPattern(new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, '')));
}

function keyPattern(expression: RegExp): KeyPattern {
  return {
    source: expression.source,
    flags: expression.flags,
    test: (key) => expression.test(key),
  };
}

function compileGlob(glob: string): KeyPattern {
  if (glob === '') throw bad(glob, 'a glob of at least one character');
  const parts = parseGlob(glob);
  const compiled = keyPattern(new RegExp(expressionOf(parts.map(({ source }) => source)), 'su'));
  const [first, last] = parts;
  if (parts.length !== 2 || first?.literal === undefined || last?.literal !== '') return compiled;
  const prefix = first.literal;
  return { ...compiled, prefix, test: (key) => key.startsWith(prefix) };
}

/** What stands between two stars: as a regular expression, and as text where it is no more than that. */
interface GlobPart {
  readonly source: string;
  readonly literal: string | undefined;
}

function parseGlob(glob: string): GlobPart[] {
  const parts: GlobPart[] = [];
  const characters = [...glob];
  let source = '';
  let literal: string | undefined = '';
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '*') {
      parts.push({ source, literal });
      source = '';
      literal = '';
    } else if (character === '?') {
      source += '.';
      literal = undefined;
    } else if (character === '[') {
      const end = closingBracket(characters, at, glob);
      source += characterClass(characters.slice(at + 1, end), glob);
      literal = undefined;
      at = end;
    } else {
      const plain = character === '\\' ? characters[++at] : character;
      if (plain === undefined) throw bad(glob, 'a glob with a character after its last backslash');
      source += escaped(plain);
      if (literal !== undefined) literal += plain;
    }
  }
  parts.push({ source, literal });
  // Several stars are one.
  return parts.filter((part, index) => index === 0 || index === parts.length - 1 || part.literal !== '');
}

/**
 * Each part but the first and the last is found at the first place where it fits, for good: no later place can
 * let more fit after it. A lookahead and a reference to what it found say so, since JavaScript never goes back
 * into a lookahead. So nothing is tried twice: the time is the length of the key times that of the longest part.
 */
function expressionOf(sources: readonly string[]): string {
  const [first = '', ...others] = sources;
  const last = others.pop();
  const between = others.map((source, index) => `(?=(.*?${source}))\\${index + 1}`);
  return last === undefined ? `^${first}$` : `^${first}${between.join('')}.*${last}$`;
}

function closingBracket(characters: readonly string[], open: number, glob: string): number {
  for (let at = open + 1; at < characters.length; at++) {
    if (characters[at] === '\\') at++;
    else if (characters[at] === ']') return at;
  }
  throw bad(glob, 'a glob with a ] for each [ (or \\[ for the character)');
}

function characterClass(characters: readonly string[], glob: string): string {
  const negated = characters[0] === '!' || characters[0] === '^';
  const members: { readonly character: string; readonly isDash: boolean }[] = [];
  for (let at = negated ? 1 : 0; at < characters.length; at++) {
    const isEscape = characters[at] === '\\';
    const character = (isEscape ? characters[++at] : characters[at]) ?? '';
    members.push({ character, isDash: character === '-' && !isEscape });
  }
  if (members.length === 0) throw bad(glob, 'a glob with a character in each pair of brackets');
  let ranges = '';
  for (let at = 0; at < members.length; at++) {
    const from = members[at]?.character ?? '';
    const to = members[at + 2]?.character;
    ranges += escaped(from);
    if (members[at + 1]?.isDash !== true || to === undefined) continue;
    if ((from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0)) {
      throw bad(glob, `a glob whose ranges ascend, as [${to}-${from}]`);
    }
    ranges += `-${escaped(to)}`;
    at += 2;
  }
  return `[${negated ? '^' : ''}${ranges}]`;
}

/** A character that stands for itself in a regular expression with the flag `u`, in a class and out of one. */
function escaped(character: string): string {
  return /^[\w: ]$/.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function bad(value: unknown, expected: string): ConfigurationError {
  return new ConfigurationError('key pattern', [{ path: 'pattern', value, expected }]);
}
