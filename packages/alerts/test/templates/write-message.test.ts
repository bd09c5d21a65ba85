import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasDefaultText, writeMessage } from '../../src/templates/write-message.ts';
import { hostileText } from '../channels/hostile-text.ts';
import { alertOf, draftOf, NOON } from '../channels/message.ts';

describe('the built-in words', () => {
  it('say everything of one alert', () => {
    const alert = alertOf({
      count: 4,
      isFlapping: true,
      acknowledgedBy: 'Ann',
      labels: { route: '/checkout', region: 'eu' },
    });
    const { subject, text } = writeMessage(draftOf({ alerts: [alert] }));
    expect(subject).toBe('[CRITICAL] high-response-time: the p95 is 900 ms');
    expect(text).toBe(`1 alert firing

CRITICAL high-response-time (route=/checkout, region=eu)
  the p95 is 900 ms
  value 900; threshold 500; since 2026-03-01 12:00:00 UTC; raised 4 times; flapping; acknowledged by Ann`);
  });

  it('count those that are not listed', () => {
    const alerts = ['a', 'b', 'c', 'd'].map((name) => alertOf({ id: name, name }));
    const { subject, text } = writeMessage(
      draftOf({ alerts, counts: { firing: 40, resolved: 1 }, groupLabels: { service: 'api' }, level: 2 }),
    );
    expect(subject).toBe('[CRITICAL, escalation 2] 40 alerts firing, 1 resolved: a, b, c, … (service=api)');
    expect(text).toContain(
      '40 alerts firing, 1 resolved (service=api)\nNobody has acknowledged this yet: escalation level 2.',
    );
    expect(text.endsWith('\n\nand 37 more')).toBe(true);
  });

  it('name in the subject what fires', () => {
    const resolved = alertOf({ id: '2', name: 'slow-query', state: 'resolved', resolvedAt: NOON });
    const subject = (...args: Parameters<typeof draftOf>) => writeMessage(draftOf(...args)).subject;
    const alerts = [alertOf(), resolved];
    expect(subject({ alerts, counts: { firing: 1, resolved: 1 } })).toBe(
      '[CRITICAL] 1 alert firing, 1 resolved: high-response-time',
    );
    expect(subject({ kind: 'resolved', alerts: [resolved], counts: { firing: 0, resolved: 7 } })).toBe(
      '[RESOLVED] 7 alerts resolved: slow-query, …',
    );
    expect(subject({ alerts: [], counts: { firing: 3, resolved: 0 } })).toBe('[CRITICAL] 3 alerts firing');
  });

  it('say how long it lasted', () => {
    const alert = alertOf({ state: 'resolved', resolvedAt: NOON + 200_000 });
    const { subject, text } = writeMessage(
      draftOf({ kind: 'resolved', alerts: [alert], counts: { firing: 0, resolved: 1 } }),
    );
    expect(subject).toBe('[RESOLVED] high-response-time: the p95 is 900 ms');
    expect(text).toContain('1 alert resolved\n\nRESOLVED high-response-time');
    expect(text).toContain('resolved 2026-03-01 12:03:20 UTC, after 3 min 20 s');
  });

  it('are there for tests and reports', () => {
    for (const kind of ['test', 'report'] as const) {
      const { subject, text } = writeMessage(
        draftOf({ kind, alerts: [], counts: { firing: 0, resolved: 0 } }),
      );
      expect(subject).toMatch(kind === 'test' ? /^\[TEST\] / : /^\[REPORT\] /);
      expect(text).not.toBe('');
    }
  });

  it('leave out what is not known', () => {
    const { value: _value, threshold: _threshold, ...bare } = alertOf({ labels: {}, since: Number.NaN });
    expect(writeMessage(draftOf({ alerts: [bare] })).text).toBe(
      '1 alert firing\n\nCRITICAL high-response-time\n  the p95 is 900 ms\n  since an unknown time',
    );
  });

  it('show numbers without noise', () => {
    const text = (value: number) => writeMessage(draftOf({ alerts: [alertOf({ value })] })).text;
    expect(text(0.1 + 0.2)).toContain('value 0.3;');
    expect(text(1e21)).toContain('value 1e+21;');
    expect(text(-0.000123456789)).toContain('value -0.0001234568;');
  });

  it('stay on their lines whatever the alerts say', () => {
    const hostile = hostileText(300);
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (name, message, label, value) => {
        const alert = alertOf({ name, message, labels: { [label]: value } });
        const written = writeMessage(draftOf({ alerts: [alert], groupLabels: { [label]: value } }));
        expect(written.subject).not.toMatch(/[\p{Cc}\p{Surrogate}\p{Bidi_Control}\u2028\u2029]/u);
        expect(written.subject.length).toBeLessThanOrEqual(200);
        expect(written.text.split('\n')).toHaveLength(5);
        expect(written.text).not.toMatch(/[^\P{Cc}\n]|[\p{Surrogate}\p{Bidi_Control}\u2028\u2029]/u);
      }),
    );
  });

  it('are bounded', () => {
    const labels = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`label-${index}`, 'x'.repeat(10_000)]),
    );
    const alerts = Array.from({ length: 50 }, () => alertOf({ message: 'y'.repeat(1e6), labels }));
    const { subject, text } = writeMessage(draftOf({ alerts, groupLabels: labels }));
    expect(subject.length).toBeLessThanOrEqual(200);
    expect(text.length).toBeLessThan(500_000);
  });
});

describe('own templates', () => {
  it('are used, cleaned and bounded', () => {
    const message = writeMessage(draftOf(), {
      subject: ({ severity, alerts }) => `${severity}:\r\nBcc: ${alerts[0]?.name} ${'x'.repeat(500)}`,
      text: () => 'line 1\nline 2\u0000',
    });
    expect(message.subject).toMatch(/^critical: Bcc: high-response-time x+…$/);
    expect(message.subject).toHaveLength(200);
    expect(message.text).toBe('line 1\nline 2');
    expect(hasDefaultText(message)).toBe(false);
    expect(hasDefaultText(writeMessage(draftOf()))).toBe(true);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no such field');
      },
    ],
    ['returns nothing', () => undefined],
    ['returns a promise', () => Promise.resolve('later')],
    ['returns an object', () => ({})],
  ])('that %s gives way to the built-in words', (_what, template) => {
    const errors: string[] = [];
    // @ts-expect-error: that is what is tested
    const message = writeMessage(draftOf(), { subject: template, text: template }, (_error, name) =>
      errors.push(name),
    );
    expect(message).toEqual(writeMessage(draftOf()));
    expect(errors).toEqual(['subject', 'text']);
  });

  it('of no words give way silently', () => {
    expect(writeMessage(draftOf(), { subject: () => ' \n ', text: () => '' })).toEqual(
      writeMessage(draftOf()),
    );
  });
});
