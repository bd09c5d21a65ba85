import { describe, expect, it } from 'vitest';
import { isVerdict, judgeByError } from '../../src/execution/verdict.ts';

describe('judgeByError', () => {
  it('takes values for successes and errors for failures, whatever they are', () => {
    for (const value of [undefined, null, new Error('returned'), { error: 1 }]) {
      expect(judgeByError({ value })).toBe('success');
    }
    for (const error of [undefined, null, 'text', 42, new Error('thrown')]) {
      expect(judgeByError({ error })).toBe('failure');
    }
  });

  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
  ])('knows by %s that nothing was sent, also where it is the cause of a cause', (code) => {
    const error = Object.assign(new Error('no connection'), { code });
    expect(judgeByError({ error })).toBe('not-sent');
    const outer = new TypeError('fetch failed', { cause: new Error('socket', { cause: error }) });
    expect(judgeByError({ error: outer })).toBe('not-sent');
  });

  it('takes no other code for that: the request may have been sent', () => {
    for (const code of ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET', 503, undefined]) {
      expect(judgeByError({ error: Object.assign(new Error('broken'), { code }) })).toBe('failure');
    }
  });

  it('bears errors that go round in a ring or throw when they are read', () => {
    const ring = new Error('ring');
    ring.cause = ring;
    expect(judgeByError({ error: ring })).toBe('failure');
    const trap = {
      get code(): string {
        throw new Error('no');
      },
    };
    expect(judgeByError({ error: trap })).toBe('failure');
  });
});

describe('isVerdict', () => {
  it('accepts the four and nothing else', () => {
    expect(['success', 'failure', 'not-sent', 'ignore'].every(isVerdict)).toBe(true);
    expect([true, undefined, 'ok', 'Success', null].some(isVerdict)).toBe(false);
  });
});
