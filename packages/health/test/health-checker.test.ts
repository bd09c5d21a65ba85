import { ConfigurationError, type ManagedComponent, StateError, systemClock } from '@evenkeel/core';
import { componentCheck, HealthChecker } from '@evenkeel/health';
import { describe, expect, it } from 'vitest';
import {
  critical,
  healthy,
  manualCheck,
  never,
  result,
  settleWithin,
  virtualChecker,
} from './checks-in-virtual-time.ts';
import { recordingMeter } from './recording-meter.ts';

describe('must-have 13: metrics', () => {
  it('exports status, duration and failures of each check, and the status of each kind', async () => {
    const { meter, values, observations, collect } = recordingMeter();
    const { clock, checker } = virtualChecker({ meter });
    const { check, runs } = manualCheck();
    checker.registerHealthCheck('database', check);
    checker.registerHealthCheck('cache', () => result('warning'), { critical: false });
    const pending = checker.runHealthChecks();
    await clock.advanceAsync(250);
    runs[0]?.fail(new Error('refused'));
    await settleWithin(clock, 0, pending);
    collect();
    expect(Object.fromEntries(values)).toEqual({
      'evenkeel_health_check_status{check="database"}': 0,
      'evenkeel_health_check_status{check="cache"}': 0.5,
      'evenkeel_health_check_failures_total{check="database",reason="error"}': 1,
      'evenkeel_health_status{kind="liveness"}': 1,
      'evenkeel_health_ok{kind="liveness"}': 1,
      'evenkeel_health_status{kind="readiness"}': 0,
      'evenkeel_health_ok{kind="readiness"}': 0,
      'evenkeel_health_status{kind="startup"}': 1,
      'evenkeel_health_ok{kind="startup"}': 1,
    });
    expect(Object.fromEntries(observations)).toEqual({
      'evenkeel_health_check_duration_seconds{check="database"}': [0.25],
      'evenkeel_health_check_duration_seconds{check="cache"}': [0],
    });
    checker.unregisterHealthCheck('database');
    expect(values.get('evenkeel_health_check_status{check="database"}')).toBeNaN();
  });
});

describe('must-have 15: a programmatic interface with typed results', () => {
  it('satisfies ManagedComponent and gives whole, plain, typed results', async () => {
    const { checker } = virtualChecker();
    const component: ManagedComponent = checker;
    checker.registerHealthCheck('database', () => ({ ...healthy, details: { openConnections: 4 } }));
    const summary = await checker.runHealthChecks();
    expect(summary).toEqual({
      kind: 'all',
      status: 'healthy',
      ok: true,
      phase: 'running',
      score: 100,
      timestamp: Date.UTC(2024, 0, 1),
      ageMs: 0,
      checks: {
        database: {
          name: 'database',
          kind: 'readiness',
          critical: true,
          componentType: 'component',
          status: 'healthy',
          observedStatus: 'healthy',
          message: 'fine',
          details: { openConnections: 4 },
          checkedAt: Date.UTC(2024, 0, 1),
          ageMs: 0,
          durationMs: 0,
          running: false,
          runs: 1,
          failures: 0,
          consecutiveFailures: 0,
          lateRuns: 0,
        },
      },
    });
    expect(component.snapshot()).toEqual(checker.getHealthSummary());
    expect(JSON.parse(JSON.stringify(component.snapshot()))).toEqual(component.snapshot());
    expect(component.recommendations()).toEqual([]);
    expect(await component.healthCheck()).toEqual({
      score: 100,
      status: 'healthy',
      metrics: { checks: 1, healthy: 1, warning: 0, critical: 0, unknown: 0, lateRuns: 0 },
    });
  });

  it('recommends to look into what is not healthy', async () => {
    const { checker } = virtualChecker();
    checker.registerHealthCheck('database', () => critical);
    await checker.runHealthChecks();
    expect(checker.recommendations()).toEqual([
      {
        id: 'health:database',
        component: 'health',
        priority: 'critical',
        message: 'Look into the health check "database", which is critical: refused by db-7.internal',
        evidence: { check: 'database', status: 'critical', consecutiveFailures: 1, lateRuns: 0 },
        automated: false,
      },
    ]);
  });
});

describe('events', () => {
  it('tells from what to what the whole changed, and which checks led to it', async () => {
    const { checker, changes } = virtualChecker();
    const seen: unknown[] = [];
    checker.on('check_changed', (change) => seen.push(change));
    let answer = healthy;
    checker.registerHealthCheck('database', () => answer);
    checker.registerHealthCheck('cache', () => answer, { critical: false });
    await checker.runHealthChecks();
    answer = critical;
    await checker.runHealthChecks({ kind: 'readiness' });
    expect(changes).toEqual([
      { from: 'unknown', to: 'healthy', checks: [{ name: 'database', from: 'unknown', to: 'healthy' }] },
      {
        from: 'healthy',
        to: 'critical',
        checks: [
          { name: 'cache', from: 'unknown', to: 'healthy' },
          { name: 'database', from: 'healthy', to: 'critical' },
        ],
      },
    ]);
    expect(seen).toContainEqual({
      name: 'cache',
      from: 'healthy',
      to: 'critical',
      message: 'refused by db-7.internal',
    });
  });

  it('takes a check that was just added for no news, and the removal of a failing one for news', async () => {
    const { checker, changes } = virtualChecker();
    checker.registerHealthCheck('database', () => healthy);
    await checker.runHealthChecks();
    const remove = checker.registerHealthCheck('queue', () => critical);
    await checker.runHealthChecks();
    remove();
    remove();
    expect(changes.slice(1)).toEqual([
      { from: 'healthy', to: 'critical', checks: [{ name: 'queue', from: 'unknown', to: 'critical' }] },
      { from: 'critical', to: 'healthy', checks: [{ name: 'queue', from: 'critical', to: 'unknown' }] },
    ]);
    expect(checker.names()).toEqual(['database']);
  });

  it('goes on when a listener throws', async () => {
    const { checker, errors } = virtualChecker();
    checker.on('health_changed', () => raise(new Error('listener')));
    checker.registerHealthCheck('database', () => healthy);
    expect(await checker.runHealthChecks()).toMatchObject({ ok: true });
    expect(errors).toEqual(['listener of "health_changed": listener']);
  });
});

describe('options', () => {
  it('names every fault at once', () => {
    const build = (): unknown =>
      new HealthChecker({
        totalBudget: 0,
        jitter: 2,
        defaults: { timeout: -1, failureThreshold: 0 },
        // @ts-expect-error: such an option does not exist
        retries: 3,
      });
    expect(build).toThrow(ConfigurationError);
    expect(build).toThrow(
      /retries must be absent[\s\S]*totalBudget must be[\s\S]*jitter[\s\S]*defaults\.timeout[\s\S]*defaults\.failureThreshold/,
    );
  });

  it.each([
    [{ kind: 'alive' }, 'kind must be one of "liveness", "readiness", "startup", got "alive"'],
    [{ timeout: 'soon' }, 'timeout must be'],
    [{ successThreshold: 101 }, 'successThreshold must be an integer from 1 to 100, got 101'],
  ])('refuses %j at registration', (options, message) => {
    const { checker } = virtualChecker();
    expect(() => checker.registerHealthCheck('database', () => healthy, options as object)).toThrow(message);
    expect(checker.names()).toEqual([]);
  });

  it('refuses a name that is taken, empty names and what is no function', () => {
    const { checker } = virtualChecker();
    checker.registerHealthCheck('database', () => healthy);
    expect(() => checker.registerHealthCheck('database', () => healthy)).toThrow(StateError);
    expect(() => checker.registerHealthCheck('', () => healthy)).toThrow('name must be a non-empty string');
    // @ts-expect-error: a check is a function
    expect(() => checker.registerHealthCheck('cache', { status: 'healthy' })).toThrow(
      'check must be a function',
    );
    // @ts-expect-error: there is no such kind
    expect(() => checker.getHealthSummary({ kind: 'alive' })).toThrow(ConfigurationError);
  });

  it('holds no more than 1000 checks', () => {
    const { checker } = virtualChecker();
    for (let index = 0; index < 1000; index++) checker.registerHealthCheck(`check-${index}`, () => healthy);
    expect(() => checker.registerHealthCheck('one more', () => healthy)).toThrow(StateError);
  });

  it('takes defaults for all checks, and the registration before them', async () => {
    const { clock, checker } = virtualChecker({ defaults: { timeout: '100ms', critical: false } });
    checker.registerHealthCheck('a', () => never());
    checker.registerHealthCheck('b', () => never(), { timeout: 200 });
    const summary = await settleWithin(clock, 200, checker.runHealthChecks());
    expect(summary).toMatchObject({
      status: 'warning',
      checks: { a: { critical: false, durationMs: 100 }, b: { durationMs: 200 } },
    });
  });

  it('works on the system clock', async () => {
    const checker = new HealthChecker({ clock: systemClock });
    checker.registerHealthCheck('database', async () => healthy);
    checker.start();
    expect(await checker.runHealthChecks()).toMatchObject({ ok: true });
    await checker.stop();
  });
});

describe('componentCheck', () => {
  it('takes over the score and status of a component', async () => {
    const { checker } = virtualChecker();
    const cache = {
      healthCheck: () => ({ score: 61.4, status: 'warning', metrics: { hitRatio: 0.2 } }) as const,
    };
    checker.registerHealthCheck('cache', componentCheck(cache));
    checker.registerHealthCheck('broken', componentCheck({ healthCheck: () => raise(new Error('boom')) }));
    // @ts-expect-error: what components return is not always what they promise
    checker.registerHealthCheck('junk', componentCheck({ healthCheck: () => undefined }));
    expect((await checker.runHealthChecks()).checks).toMatchObject({
      cache: {
        status: 'warning',
        message: 'score 61 of 100',
        details: { score: 61.4, hitRatio: 0.2 },
      },
      broken: { status: 'critical', message: 'boom' },
      junk: { status: 'critical', reason: 'error' },
    });
  });
});

function raise(error: unknown): never {
  throw error;
}
