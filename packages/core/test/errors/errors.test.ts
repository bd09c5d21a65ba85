import {
  ConfigurationError,
  EvenkeelError,
  errorMessage,
  formatIssue,
  StateError,
  TimeoutError,
  toError,
  UnknownNameError,
} from '@evenkeel/core';
import { describe, expect, it } from 'vitest';

const hostile = new Proxy(
  {},
  {
    getPrototypeOf() {
      throw new Error('no');
    },
  },
);

describe('the errors', () => {
  const issue = { path: 'size', value: -3, expected: 'a positive integer' };
  it.each([
    [new EvenkeelError('plain'), 'EvenkeelError', 'EVENKEEL', 'plain'],
    [new EvenkeelError('own', { code: 'OWN' }), 'EvenkeelError', 'OWN', 'own'],
    [
      new ConfigurationError('Window', [issue]),
      'ConfigurationError',
      'CONFIGURATION',
      'Window: size must be a positive integer, got -3',
    ],
    [
      new TimeoutError('check "db"', 250),
      'TimeoutError',
      'TIMEOUT',
      'check "db" did not finish within 250 ms',
    ],
    [
      new UnknownNameError('check', 'dbb', ['db', 'disk']),
      'UnknownNameError',
      'UNKNOWN_NAME',
      'no check is called "dbb" (known: db, disk)',
    ],
    [new StateError('stopped already'), 'StateError', 'STATE', 'stopped already'],
  ])('%o has name, code and message, and is an EvenkeelError', (error, name, code, message) => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(EvenkeelError);
    expect({ name: error.name, code: error.code, message: error.message, text: String(error) }).toEqual({
      name,
      code,
      message,
      text: `${name}: ${message}`,
    });
    expect(error.stack).toContain(message.split('\n')[0]);
  });

  it('carry a cause, also one that is falsy, and none when there is none', () => {
    const cause = new Error('root');
    expect(new EvenkeelError('outer', { cause }).cause).toBe(cause);
    expect(new EvenkeelError('outer', { cause: 0 }).cause).toBe(0);
    expect('cause' in new EvenkeelError('outer')).toBe(false);
  });

  it('TimeoutError tells the time that was given', () => {
    expect(new TimeoutError('x', 30).timeoutMs).toBe(30);
  });

  it('ConfigurationError has a line for each issue, and the issues themselves', () => {
    const issues = [issue, { path: '', value: 5, expected: 'an object' }];
    const error = new ConfigurationError('Window', issues);
    expect(error.issues).toEqual(issues);
    expect(error.message).toBe(
      'Window:\n  size must be a positive integer, got -3\n  options must be an object, got 5',
    );
    expect(formatIssue(issue)).toBe('size must be a positive integer, got -3');
  });

  it('ConfigurationError keeps its message short of very many issues', () => {
    const issues = Array.from({ length: 1000 }, (_, index) => ({ ...issue, path: `items[${index}]` }));
    const error = new ConfigurationError('List', issues);
    expect(error.issues).toHaveLength(1000);
    const lines = error.message.split('\n');
    expect(lines).toHaveLength(52);
    expect(lines.at(-1)).toBe('  and 950 more');
  });

  it('UnknownNameError says when there are no names, and lists no more than twenty', () => {
    expect(new UnknownNameError('check', 'db', []).message).toBe(
      'no check is called "db" (none is registered)',
    );
    const names = Array.from({ length: 25 }, (_, index) => `n${index}`);
    expect(new UnknownNameError('check', 'db', names).message).toMatch(/n18, n19 and 5 more\)$/);
    expect(new UnknownNameError('check', Symbol('x') as never, []).message).toContain('Symbol(x)');
  });
});

describe('toError', () => {
  it('gives errors back as they are', () => {
    const error = new RangeError('x');
    expect(toError(error)).toBe(error);
  });

  it.each([
    ['boom', '"boom"'],
    [undefined, 'undefined'],
    [null, 'null'],
    [{ message: 'boom' }, '{"message":"boom"}'],
  ])('makes an error of %o', (thrown, shown) => {
    const error = toError(thrown);
    expect(error).toBeInstanceOf(EvenkeelError);
    expect(error).toMatchObject({
      code: 'THROWN_VALUE',
      message: `a value that is no error was thrown: ${shown}`,
    });
    expect(error.cause ?? thrown).toBe(thrown);
  });

  it('does not throw for a proxy that refuses everything', () => {
    expect(toError(hostile).message).toBe('a value that is no error was thrown: {}');
  });
});

describe('errorMessage', () => {
  it('puts a message on one line', () => {
    expect(errorMessage(new Error('first \r\n\n  second\n'))).toBe('first; second');
    expect(errorMessage('text')).toBe('a value that is no error was thrown: "text"');
    expect(errorMessage(new Error(''))).toBe('');
  });

  it('never throws', () => {
    const unreadable = new Error('x');
    Object.defineProperty(unreadable, 'message', {
      get() {
        throw new Error('no');
      },
    });
    const odd = Object.assign(new Error('x'), { message: Symbol('odd') });
    expect(errorMessage(unreadable)).toBe('an error whose message cannot be read');
    expect(errorMessage(odd)).toBe('Symbol(odd)');
    expect(errorMessage(hostile)).toBe('a value that is no error was thrown: {}');
  });
});
