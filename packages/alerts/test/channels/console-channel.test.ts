import { afterEach, describe, expect, it, vi } from 'vitest';
import { consoleChannel } from '../../src/channels/console-channel.ts';
import { alertOf, messageOf } from './message.ts';

const never = new AbortController().signal;

afterEach(() => void vi.restoreAllMocks());

describe('consoleChannel', () => {
  it('writes subject and text', async () => {
    const written: string[] = [];
    const channel = consoleChannel({ write: (text) => written.push(text) });
    await channel.send(messageOf({ subject: 'the subject', text: 'line 1\n  line 2' }), never);
    expect(written).toEqual(['the subject\nline 1\n  line 2']);
    expect(channel).toMatchObject({ name: 'console', kind: 'console' });
  });

  it.each([
    ['error', { severity: 'critical' }],
    ['warn', { severity: 'warning' }],
    ['info', { severity: 'info' }],
    ['info', { severity: 'critical', kind: 'resolved' }],
    ['info', { kind: 'report' }],
  ] as const)('uses console.%s for %j', async (method, changes) => {
    const spies = {
      error: vi.spyOn(console, 'error'),
      warn: vi.spyOn(console, 'warn'),
      info: vi.spyOn(console, 'info'),
    };
    for (const spy of Object.values(spies)) spy.mockImplementation(() => {});
    const message = messageOf(changes);
    await consoleChannel().send(message, never);
    for (const [name, spy] of Object.entries(spies))
      expect(spy.mock.calls).toEqual(name === method ? [[`${message.subject}\n${message.text}`]] : []);
  });

  it('lets nothing steer the terminal', async () => {
    const written: string[] = [];
    const alert = alertOf({ message: '\u001b[2J\u202egone\u0007', labels: { a: '\u009b31m\r\nfake line' } });
    const message = messageOf({ alerts: [alert], subject: 'a\u001b]0;title\u0007' });
    await consoleChannel({ write: (text) => written.push(text) }).send(message, never);
    expect(written[0]).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
    expect(written[0]).not.toMatch(/^fake line/m);
  });

  it('waits for an own writer and passes on what it throws', async () => {
    const channel = consoleChannel({ write: async () => Promise.reject(new Error('disk full')) });
    await expect(channel.send(messageOf(), never)).rejects.toThrow('disk full');
  });

  it('names bad options', () => {
    // @ts-expect-error: that is what is tested
    expect(() => consoleChannel({ write: 'x', name: '' })).toThrow(
      /name must be a non-empty string(?:.|\n)*write must be a function/,
    );
    // @ts-expect-error: that is what is tested
    expect(() => consoleChannel(null)).toThrow('consoleChannel: options must be an object');
  });
});
