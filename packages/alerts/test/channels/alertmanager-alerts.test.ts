import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrackedAlert } from '../../src/alert-state.ts';
import { alertmanagerAlerts } from '../../src/channels/alertmanager-alerts.ts';
import { alertId } from '../../src/labels/labels.ts';
import { hostileText } from './hostile-text.ts';
import { alertOf, messageOf, NOON } from './message.ts';

const HOLD_MS = 240_000;

const alertsOf = (...alerts: readonly Partial<TrackedAlert>[]) =>
  alertmanagerAlerts(
    messageOf({ alerts: alerts.map((changes) => alertOf(changes)) }),
    NOON + 60_000,
    HOLD_MS,
  );

describe('alertmanagerAlerts', () => {
  it('gives a firing alert an end to come', () => {
    expect(alertsOf({ since: NOON - 30_000 })).toEqual([
      {
        labels: { alertname: 'high-response-time', severity: 'critical', route: '/checkout' },
        annotations: { summary: 'the p95 is 900 ms', value: '900', threshold: '500' },
        startsAt: '2026-03-01T12:00:00.000Z',
        endsAt: '2026-03-01T12:05:00.000Z',
      },
    ]);
  });

  it('ends a resolved one when it was resolved, and never before it began', () => {
    const resolved = { state: 'resolved', resolvedAt: NOON + 1500 } as const;
    expect(alertsOf(resolved)[0]).toMatchObject({ endsAt: '2026-03-01T12:00:01.500Z' });
    expect(alertsOf({ ...resolved, resolvedAt: NOON - 1 })[0]).toMatchObject({
      startsAt: '2026-03-01T12:00:00.000Z',
      endsAt: '2026-03-01T12:00:00.000Z',
    });
    expect(alertsOf({ firedAt: Number.NaN, since: Number.NaN })[0]).toMatchObject({
      startsAt: '1970-01-01T00:00:00.001Z',
      endsAt: '2026-03-01T12:05:00.000Z',
    });
  });

  it('makes label names valid and keeps them apart', () => {
    const labels = {
      'a.b': '1',
      a_b: '2',
      '9lives': '3',
      é: '4',
      __name__: '5',
      alertname: '6',
      severity: '7',
      empty: '',
    };
    const id = alertId('high-response-time', labels);
    expect(alertsOf({ id, labels })[0]?.labels).toEqual({
      alertname: 'high-response-time',
      severity: 'critical',
      label_9lives: '3',
      label___name__: '5',
      a_b: '1',
      exported_a_b: '2',
      exported_alertname: '6',
      exported_severity: '7',
      _: '4',
    });
  });

  it('tells alerts of one name apart that have ids of their own', () => {
    const [first, second] = alertsOf({ id: 'disk-1', labels: {} }, { id: 'disk-2', labels: {} });
    expect(first?.labels).toEqual({
      alertname: 'high-response-time',
      severity: 'critical',
      alert_id: 'disk-1',
    });
    expect(second?.labels).toMatchObject({ alert_id: 'disk-2' });
  });

  it('makes a short alert of a test', () => {
    expect(alertmanagerAlerts(messageOf({ kind: 'test', alerts: [] }), NOON, HOLD_MS)).toMatchObject([
      { labels: { alertname: 'EvenkeelTest', severity: 'info' }, endsAt: '2026-03-01T12:01:00.000Z' },
    ]);
  });

  it('is valid whatever the labels are, and gives each label set its own', () => {
    const text = hostileText(20);
    const labels = fc.dictionary(
      fc.oneof(text, fc.constantFrom('a.b', 'a_b', 'severity', '__proto__')),
      text,
    );
    fc.assert(
      fc.property(labels, fc.double(), fc.double(), (given, since, now) => {
        const alert = alertOf({
          labels: given,
          since,
          firedAt: since,
          id: alertId('high-response-time', given),
        });
        const [made] = alertmanagerAlerts(
          messageOf({ alerts: [alert] }),
          Number.isNaN(now) ? 0 : now,
          HOLD_MS,
        );
        if (made === undefined) throw new Error('no alert');
        for (const name of Object.keys(made.labels)) expect(name).toMatch(/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/);
        expect(Object.values(made.labels)).not.toContain('');
        const kept = Object.values(given).filter((value) => /[^\p{Cc}\p{Bidi_Control}\s]/u.test(value));
        expect(Object.keys(made.labels)).toHaveLength(2 + kept.length);
        expect(Date.parse(made.startsAt)).toBeLessThanOrEqual(Date.parse(made.endsAt));
      }),
    );
  });
});
