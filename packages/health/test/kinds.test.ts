import { describe, expect, it } from 'vitest';
import { critical, healthy, never, settleWithin, virtualChecker } from './checks-in-virtual-time.ts';

describe('must-have 4: critical and degradable checks', () => {
  it('warns with 200 for a degradable check that fails, and fails with 503 for a critical one', async () => {
    const { checker } = virtualChecker();
    checker.registerHealthCheck('database', () => healthy);
    checker.registerHealthCheck('recommendations', () => critical, { critical: false });
    const warned = await checker.runHealthChecks();
    expect(warned).toMatchObject({ status: 'warning', ok: true, score: 67 });
    expect(warned.checks.recommendations?.status).toBe('critical');
    checker.registerHealthCheck('queue', () => critical);
    expect(await checker.runHealthChecks()).toMatchObject({ status: 'critical', ok: false, score: 39 });
  });
});

describe('must-have 5: liveness, readiness and startup apart', () => {
  it('runs only the checks of the kind that is asked for', async () => {
    const { checker } = virtualChecker();
    const ran: string[] = [];
    const note = (name: string) => () => {
      ran.push(name);
      return healthy;
    };
    checker.registerHealthCheck('deadlock', note('deadlock'), { kind: 'liveness' });
    checker.registerHealthCheck('database', note('database'));
    checker.registerHealthCheck('migrations', note('migrations'), { kind: 'startup' });
    expect(Object.keys((await checker.runHealthChecks({ kind: 'liveness' })).checks)).toEqual(['deadlock']);
    expect(ran).toEqual(['deadlock']);
    await checker.runHealthChecks({ kind: 'startup' });
    expect(ran).toEqual(['deadlock', 'migrations']);
    await checker.runHealthChecks({ kind: 'readiness' });
    expect(ran).toEqual(['deadlock', 'migrations', 'database']);
  });

  it('stays live while dependencies fail, hang, or are not known yet', async () => {
    const { clock, checker } = virtualChecker();
    checker.registerHealthCheck('database', () => never());
    expect(checker.getHealthSummary({ kind: 'liveness' })).toMatchObject({ status: 'healthy', ok: true });
    await settleWithin(clock, 800, checker.runHealthChecks());
    expect(checker.getHealthSummary({ kind: 'readiness' }).ok).toBe(false);
    expect(await checker.runHealthChecks({ kind: 'liveness' })).toMatchObject({ ok: true });
  });

  it('refuses a dependency as a liveness check', () => {
    const { checker } = virtualChecker();
    const database = Object.assign(() => healthy, { dependency: true });
    expect(() => checker.registerHealthCheck('database', database, { kind: 'liveness' })).toThrow(
      "kind must be 'readiness' or 'startup': a dependency must not decide whether this process lives, got \"liveness\"",
    );
  });
});

describe('must-have 6: starting until the first pass', () => {
  it('is not ready before the start-up checks have passed once, and never runs them again', async () => {
    const { checker } = virtualChecker();
    let runs = 0;
    let answer = critical;
    checker.registerHealthCheck('database', () => healthy);
    checker.registerHealthCheck(
      'warm-up',
      () => {
        runs += 1;
        return answer;
      },
      { kind: 'startup' },
    );
    expect(checker.phase).toBe('starting');
    expect(await checker.runHealthChecks({ kind: 'readiness' })).toMatchObject({
      ok: false,
      phase: 'starting',
    });
    expect(await checker.runHealthChecks({ kind: 'startup' })).toMatchObject({ ok: false });
    expect(await checker.runHealthChecks({ kind: 'liveness' })).toMatchObject({ ok: true });
    answer = healthy;
    expect(await checker.runHealthChecks({ kind: 'readiness' })).toMatchObject({
      ok: true,
      phase: 'running',
    });
    expect(runs).toBe(3);
    answer = critical;
    expect(await checker.runHealthChecks({ kind: 'startup' })).toMatchObject({ ok: true });
    expect(await checker.runHealthChecks()).toMatchObject({ ok: true });
    expect(runs).toBe(3);
  });

  it('is not ready before a readiness check has passed for the first time', () => {
    const { checker } = virtualChecker();
    checker.registerHealthCheck('database', () => healthy);
    expect(checker.getHealthSummary({ kind: 'readiness' })).toMatchObject({ status: 'unknown', ok: false });
    expect(checker.getHealthSummary({ kind: 'startup' })).toMatchObject({ ok: true });
  });

  it('is not ready while an expected check is not registered', async () => {
    const { checker } = virtualChecker({ expected: ['database'] });
    expect(await checker.runHealthChecks({ kind: 'readiness' })).toMatchObject({
      ok: false,
      phase: 'starting',
      checks: { database: { status: 'unknown', message: 'it is expected but not registered yet' } },
    });
    checker.registerHealthCheck('database', () => healthy);
    expect(await checker.runHealthChecks({ kind: 'readiness' })).toMatchObject({
      ok: true,
      phase: 'running',
    });
  });

  it('does not wait for a degradable start-up check', async () => {
    const { checker } = virtualChecker();
    checker.registerHealthCheck('prefetch', () => critical, { kind: 'startup', critical: false });
    expect(await checker.runHealthChecks()).toMatchObject({ ok: true, phase: 'running', status: 'warning' });
  });
});
