import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertId, boundedId, cutText } from '../../src/labels/labels.ts';
import { compileMatchers, matchesAlert } from '../../src/labels/matchers.ts';

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '*', '"', '{', '}', '=', ',', '\\', '\n', '.', '😀'),
  maxLength: 6,
});
const labels = fc.dictionary(text, text, { maxKeys: 3 });

describe('alertId', () => {
  it('reads as name and labels', () => {
    expect(alertId('slow', {})).toBe('slow');
    expect(alertId('slow', { route: '/', method: 'GET' })).toBe('slow{method="GET",route="/"}');
    expect(alertId('very slow', { 'a b': '"' })).toBe('"very slow"{"a b"="\\""}');
  });

  it('is the same for the same labels in any order, and for no others', () => {
    fc.assert(
      fc.property(text, labels, text, labels, (name, of, otherName, ofOther) => {
        const shuffled = Object.fromEntries(Object.entries(of).reverse());
        expect(alertId(name, shuffled)).toBe(alertId(name, of));
        const isSame =
          name === otherName &&
          JSON.stringify(Object.entries(of).sort()) === JSON.stringify(Object.entries(ofOther).sort());
        expect(alertId(name, of) === alertId(otherName, ofOther)).toBe(isSame);
      }),
    );
  });

  it('is bounded, and still tells long ones apart', () => {
    const long = 'x'.repeat(5000);
    const ids = new Set(Array.from({ length: 1000 }, (_, index) => alertId('a', { long: long + index })));
    expect(ids.size).toBe(1000);
    for (const id of ids) expect(id.length).toBeLessThanOrEqual(400);
    expect(boundedId('short')).toBe('short');
  });
});

describe('cutText', () => {
  it('leaves no half characters', () => {
    expect(cutText('😀😀', 4)).toBe('😀😀');
    expect(cutText('😀😀', 3)).toBe('😀…');
    expect(cutText('a😀', 2)).toBe('a…');
  });
});

describe('matchers', () => {
  const ALERT = { name: 'slow', severity: 'warning', labels: { route: '/api/users', empty: '' } };

  it.each([
    [{}, true],
    [{ route: '/api/users' }, true],
    [{ route: '/api/*' }, true],
    [{ route: '*users' }, true],
    [{ route: '/*/users', severity: ['critical', 'warning'], name: 'sl*w' }, true],
    [{ route: ['/a', '/api/*'] }, true],
    [{ other: '' }, true],
    [{ other: '*' }, true],
    [{ other: 'x' }, false],
    [{ route: '/api' }, false],
    [{ route: '/api/*', severity: 'critical' }, false],
    [{ toString: '*x*' }, false],
  ])('%j', (matchers, expected) => {
    expect(matchesAlert(compileMatchers(matchers), ALERT)).toBe(expected);
  });

  it('do what a regular expression would', () => {
    fc.assert(
      fc.property(text, text, (pattern, value) => {
        const escaped = pattern.replaceAll(/[.\\{}=",]/g, '\\$&').replaceAll('*', '[^]*');
        const expected = new RegExp(`^(?:${escaped})$`).test(value);
        expect(compileMatchers({ a: pattern })({ a: value })).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('take no exponential time', () => {
    const matches = compileMatchers({ a: `${'*a'.repeat(500)}*b` });
    const started = process.cpuUsage().user;
    expect(matches({ a: 'a'.repeat(100_000) })).toBe(false);
    expect(process.cpuUsage().user - started).toBeLessThan(1e6);
  });

  it.each([[null], ['a'], [[]], [{ a: 1 }], [{ a: [] }], [{ a: [null] }]])('refuse %j', (given) => {
    expect(() => compileMatchers(given as never)).toThrow('matchers');
  });

  it('are not those that the caller changes later', () => {
    const list = ['a'];
    const matches = compileMatchers({ x: list });
    list.push('b');
    expect(matches({ x: 'b' })).toBe(false);
  });
});
