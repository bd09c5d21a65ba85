import { ConfigurationError } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../src/keys/key-pattern.ts';

const matches = (glob: string, key: string) => compilePattern(glob).test(key);

describe('a glob', () => {
  it.each([
    ['user:1', 'user:1', true],
    ['user:1', 'user:12', false],
    ['user:1', 'xuser:1', false],
    ['user:*', 'user:', true],
    ['user:*', 'user:1:name', true],
    ['user:*', 'use', false],
    ['*', '', true],
    ['*', 'a\nb', true],
    ['**', 'ab', true],
    ['*:name', 'user:1:name', true],
    ['*:name', 'user:1:names', false],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'acb', false],
    ['a*a', 'a', false],
    ['*ab*ab', 'ab', false],
    ['*ab*ab', 'abab', true],
    ['*aab*', 'aaab', true],
    ['h?llo', 'hello', true],
    ['h?llo', 'hllo', false],
    ['h?llo', 'h😀llo', true],
    ['h?', 'h\n', true],
    ['h[ae]llo', 'hallo', true],
    ['h[ae]llo', 'hillo', false],
    ['h[a-c]llo', 'hbllo', true],
    ['h[a-c]llo', 'hdllo', false],
    ['h[!a-c]llo', 'hdllo', true],
    ['h[^e]llo', 'hello', false],
    ['h[!e]llo', 'hllo', false],
    ['[a-]', '-', true],
    ['[-a]', '-', true],
    ['[a\\-z]', 'm', false],
    ['[a\\-z]', '-', true],
    ['[a\\]b]', ']', true],
    ['[*?]', '*', true],
    ['[*?]', 'a', false],
    ['[a^]', '^', true],
    ['[0-9a-f]', 'e', true],
    ['[😀-😂]', '😁', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['a\\*b*', 'a*bc', true],
    ['a\\*b*', 'axbc', false],
    ['\\\\', '\\', true],
    ['(a|b)+.$^{2}/', '(a|b)+.$^{2}/', true],
    ['.', 'a', false],
    ['a&&b--c', 'a&&b--c', true],
    ['key-*', 'key-1', true],
    ['é*', 'école', true],
  ])('%j with %j: %s', (glob, key, expected) => {
    expect(matches(glob, key)).toBe(expected);
  });

  it.each([
    ['user:*', 'user:'],
    ['*', ''],
    ['user:**', 'user:'],
    ['a\\*b*', 'a*b'],
    ['😀*', '😀'],
    ['*a', undefined],
    ['a*b*', undefined],
    ['a', undefined],
    ['a?*', undefined],
    ['a[b]*', undefined],
  ])('%j has the prefix %j', (glob, prefix) => {
    expect(compilePattern(glob).prefix).toBe(prefix);
  });

  it('agrees with a matcher that tries everything', () => {
    const text = (alphabet: string, maxLength: number) =>
      fc.array(fc.constantFrom(...alphabet), { maxLength }).map((characters) => characters.join(''));
    fc.assert(
      fc.property(
        text('ab*?', 8).filter((glob) => glob !== ''),
        text('ab', 10),
        (glob, key) => {
          expect(matches(glob, key)).toBe(everyWay(glob, key));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('finds itself when all is escaped', () => {
    const key = fc.string({ unit: 'binary', minLength: 1 });
    fc.assert(
      fc.property(key, fc.string(), (text, other) => {
        const glob = [...text].map((character) => `\\${character}`).join('');
        expect(matches(glob, text)).toBe(true);
        expect(matches(glob, `${text}${other}`)).toBe(other === '');
        const inBrackets = [...text].map((character) => `[\\${character}]`).join('');
        expect(matches(inBrackets, text)).toBe(true);
        expect(compilePattern(`${glob}*`).prefix).toBe(text);
      }),
    );
  });

  it('means the same as the regular expression that it gives', () => {
    for (const glob of ['user:*', 'a*b?[c-e]*', '*\\**', '[!a]/*/x']) {
      const pattern = compilePattern(glob);
      const again = compilePattern(new RegExp(pattern.source, pattern.flags));
      for (const key of ['user:1', 'user', 'aXbYdZ', 'x*', 'b/c/x', 'a/c/x', '']) {
        expect(again.test(key), `${glob} ${key}`).toBe(pattern.test(key));
      }
    }
  });

  it('takes time in proportion to the key where matchers that go back take for ever', () => {
    const hopeless = compilePattern(`${'a*'.repeat(60)}b`);
    const startedAt = performance.now();
    expect(hopeless.test('a'.repeat(20_000))).toBe(false);
    expect(compilePattern(`${'*a'.repeat(60)}?b`).test('a'.repeat(20_000))).toBe(false);
    expect(compilePattern(`*${'?'.repeat(50)}b`).test('a'.repeat(20_000))).toBe(false);
    // Some ms; trying every way would take longer than there is time.
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it.each([
    ['', 'at least one character'],
    ['a[b', 'a ] for each ['],
    ['a[b\\]', 'a ] for each ['],
    ['a[]', 'a character in each pair of brackets'],
    ['a[!]', 'a character in each pair of brackets'],
    ['[z-a]', 'as [a-z]'],
    ['a\\', 'after its last backslash'],
  ])('%j is refused', (glob, message) => {
    expect(() => compilePattern(glob)).toThrow(ConfigurationError);
    expect(() => compilePattern(glob)).toThrow(message);
    expect(() => compilePattern(glob)).toThrow(JSON.stringify(glob));
  });
});

describe('a regular expression', () => {
  it('is found anywhere in the key, every time', () => {
    const expression = /R:\d+/giy;
    const pattern = compilePattern(expression);
    expect([pattern.test('user:1'), pattern.test('user:1'), pattern.test('user:x')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(pattern).toMatchObject({ source: 'R:\\d+', flags: 'i' });
    expect(pattern.prefix).toBeUndefined();
    expect(expression.lastIndex).toBe(0);
  });

  it('is copied: what becomes of the original does not matter', () => {
    const expression = /a/;
    const pattern = compilePattern(expression);
    expression.compile('b');
    expect(pattern.test('a')).toBe(true);
  });
});

it.each([[undefined], [null], [1], [{}], [['a']]])('%j is no pattern', (value) => {
  const compile = compilePattern as (pattern: unknown) => unknown;
  expect(() => compile(value)).toThrow('pattern must be a glob or a regular expression');
});

function everyWay(glob: string, key: string): boolean {
  if (glob === '') return key === '';
  if (glob[0] === '*') return everyWay(glob.slice(1), key) || (key !== '' && everyWay(glob, key.slice(1)));
  return key !== '' && (glob[0] === '?' || glob[0] === key[0]) && everyWay(glob.slice(1), key.slice(1));
}
