import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decoded, Secrets, secretsOfHeaders, secretsOfUrl } from '../../src/channels/secrets.ts';
import { hostileText } from './hostile-text.ts';

describe('Secrets', () => {
  it('hides every spelling', () => {
    const { hide } = bound(new Secrets(['pa/ss "w"+d']));
    for (const spelling of [
      'pa/ss "w"+d',
      'PA/SS "W"+D',
      'pa%2Fss%20%22w%22%2Bd',
      'pa\\/ss \\"w\\"+d',
      'cGEvc3MgInciK2Q=',
    ])
      expect(hide(`before ${spelling} after`)).toBe('before [hidden] after');
  });

  it('hides a secret that holds another as a whole', () => {
    expect(new Secrets(['abc', 'abcdef']).hide('abcdef abc')).toBe('[hidden] [hidden]');
  });

  it('leaves texts alone where there is nothing to hide', () => {
    for (const none of [[], [''], ['\ud800'.slice(1)]])
      expect(new Secrets(none).hide('any text')).toBe('any text');
  });

  it('finds them in URLs and headers', () => {
    const url = new URL('https://us%40er:p%25w@example.com/api/T0KEN%2Fa?v=1&key=k3yk3y');
    expect(secretsOfUrl(url)).toEqual(['us@er', 'p%w', '/api/T0KEN%2Fa?v=1&key=k3yk3y', 'T0KEN/a', 'k3yk3y']);
    expect(secretsOfUrl(new URL('https://example.com/'))).toEqual(['', '']);
    expect(secretsOfHeaders({ authorization: 'Bearer t0ken' })).toEqual(['Bearer t0ken', 'Bearer', 't0ken']);
    expect(decoded('100%_%C3%A9_%FF')).toBe('100%_é_%FF');
  });

  it('leaves none in any text', () => {
    fc.assert(
      fc.property(hostileText(12), hostileText(), hostileText(), (secret, before, after) => {
        fc.pre(!'[hidden]'.includes(secret.toLowerCase()));
        const shown = new Secrets([secret]).hide(before + secret + after);
        // What is put in its place may form it anew only with what stood beside it.
        expect(shown.split('[hidden]').some((part) => part.includes(secret))).toBe(false);
      }),
    );
  });
});

function bound(secrets: Secrets): { hide(text: string): string } {
  return { hide: (text) => secrets.hide(text) };
}
