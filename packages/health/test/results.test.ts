import type { CheckResult } from '@evenkeel/health';
import { describe, expect, it } from 'vitest';
import { critical, healthy, never, settleWithin, virtualChecker } from './checks-in-virtual-time.ts';

describe('must-have 8: hysteresis', () => {
  it('fails after three failures and recovers after two passes', async () => {
    const { checker, changes } = virtualChecker();
    let answer = healthy;
    checker.registerHealthCheck('database', () => answer, { failureThreshold: 3, successThreshold: 2 });
    const statuses = async (answers: readonly CheckResult[]): Promise<string[]> => {
      const seen: string[] = [];
      for (const each of answers) {
        answer = each;
        seen.push((await checker.runHealthChecks()).status);
      }
      return seen;
    };
    expect(await statuses([healthy, critical, critical, healthy, critical, critical, critical])).toEqual([
      'healthy',
      'healthy',
      'healthy',
      'healthy',
      'healthy',
      'healthy',
      'critical',
    ]);
    expect(checker.getHealthSummary().checks.database).toMatchObject({ consecutiveFailures: 3, failures: 5 });
    expect(await statuses([healthy, critical, healthy, healthy])).toEqual([
      'critical',
      'critical',
      'critical',
      'healthy',
    ]);
    expect(changes.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'unknown → healthy',
      'healthy → critical',
      'critical → healthy',
    ]);
  });
});

describe('must-have 11: whatever a check does becomes a result', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const cases: readonly (readonly [string, () => unknown, string, string])[] = [
    ['throws', () => raise(new Error('boom')), 'error', 'boom'],
    ['throws a string', () => raise('boom'), 'error', 'a value that is no error was thrown: "boom"'],
    ['throws undefined', () => raise(undefined), 'error', 'a value that is no error was thrown: undefined'],
    ['rejects', () => Promise.reject(new Error('refused')), 'error', 'refused'],
    ['never settles', () => never(), 'timeout', 'health check "odd" did not finish within 800 ms'],
    ['returns nothing', () => undefined, 'invalid', 'it returned undefined rather than { status, message }'],
    ['returns null', () => null, 'invalid', 'it returned null rather than { status, message }'],
    ['returns true', () => true, 'invalid', 'it returned true rather than { status, message }'],
    [
      'returns another status',
      () => ({ status: 'ok', message: 'fine' }),
      'invalid',
      'it returned the status "ok" rather than healthy, warning or critical',
    ],
    [
      'returns a getter that throws',
      () => ({
        get status() {
          throw new Error('trap');
        },
      }),
      'invalid',
      'its result cannot be read: trap',
    ],
  ];

  it.each(cases)('%s', async (_name, act, reason, message) => {
    const { clock, checker, errors } = virtualChecker();
    checker.registerHealthCheck('odd', act as () => CheckResult);
    checker.registerHealthCheck('sound', () => healthy);
    const summary = await settleWithin(clock, 800, checker.runHealthChecks());
    expect(summary.checks.odd).toMatchObject({ status: 'critical', reason, message });
    expect(summary.checks.sound?.status).toBe('healthy');
    expect(errors).toEqual(reason === 'invalid' ? [`health check "odd": ${message}`] : []);
  });

  it.each([
    ['a cycle', cyclic, { omitted: 'not serialisable' }],
    ['a bigint and an error', { size: 10n, error: new Error('boom') }, { size: '10', error: 'boom' }],
    ['a list', [1, 2], { value: [1, 2] }],
    ['a function', () => {}, { omitted: 'a function' }],
  ])('makes plain data of details with %s', async (_name, details, plain) => {
    const { checker } = virtualChecker();
    checker.registerHealthCheck('odd', () => ({ ...healthy, details: details as Record<string, unknown> }));
    expect((await checker.runHealthChecks()).checks.odd?.details).toEqual(plain);
  });

  it('bounds messages and details', async () => {
    const { checker } = virtualChecker();
    const details = { page: 'x'.repeat(100_000) };
    checker.registerHealthCheck('odd', () => ({ status: 'warning', message: 'x'.repeat(5000), details }));
    const report = (await checker.runHealthChecks()).checks.odd;
    expect(report?.message).toHaveLength(1000);
    expect(JSON.stringify(report).length).toBeLessThan(2000);
  });

  it('reports a begin() that throws, and runs the check nevertheless', async () => {
    const { clock, checker, errors } = virtualChecker();
    const check = Object.assign(() => healthy, { begin: () => raise(new Error('no sensor')) });
    checker.registerHealthCheck('sampled', check);
    checker.start();
    await clock.advanceAsync(0);
    expect(errors).toEqual(['begin() of health check "sampled": no sensor']);
    expect(checker.getHealthSummary().status).toBe('healthy');
    await checker.stop();
  });
});

function raise(error: unknown): never {
  throw error;
}
