import type { CheckResult } from '@evenkeel/health';
import { describe, expect, it } from 'vitest';
import { healthy, manualCheck, never, settleWithin, virtualChecker } from './checks-in-virtual-time.ts';
import { recordingMeter } from './recording-meter.ts';

describe('must-have 1: time-outs within a budget below one second', () => {
  it('answers in 800 ms by default, and aborts the check', async () => {
    const { clock, checker } = virtualChecker();
    const { check, runs } = manualCheck();
    checker.registerHealthCheck('slow', check);
    checker.registerHealthCheck('fast', () => healthy);
    const pending = checker.runHealthChecks();
    await clock.advanceAsync(799);
    expect(runs[0]?.signal.aborted).toBe(false);
    const summary = await settleWithin(clock, 1, pending);
    expect(runs[0]?.signal.aborted).toBe(true);
    expect(summary.ok).toBe(false);
    expect(summary.checks.fast?.status).toBe('healthy');
    expect(summary.checks.slow).toMatchObject({
      status: 'critical',
      reason: 'timeout',
      message: 'health check "slow" did not finish within 800 ms',
      durationMs: 800,
      running: false,
    });
  });

  it('ignores a late result but records it', async () => {
    const { meter, values } = recordingMeter();
    const { clock, checker } = virtualChecker({ meter });
    const { check, runs } = manualCheck();
    checker.registerHealthCheck('slow', check);
    await settleWithin(clock, 800, checker.runHealthChecks());
    await clock.advanceAsync(1200);
    runs[0]?.end(healthy);
    await clock.advanceAsync(0);
    expect(checker.getHealthSummary().checks.slow).toMatchObject({
      status: 'critical',
      runs: 1,
      lateRuns: 1,
      lateMs: 2000,
      lateStatus: 'healthy',
    });
    expect(values.get('evenkeel_health_check_late_total{check="slow"}')).toBe(1);
  });

  it('does not call a check late that gives up when it is told to', async () => {
    const { clock, checker } = virtualChecker();
    checker.registerHealthCheck(
      'obedient',
      (signal) =>
        new Promise<CheckResult>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    const summary = await settleWithin(clock, 800, checker.runHealthChecks());
    await clock.advanceAsync(1000);
    expect(summary.checks.obedient).toMatchObject({ reason: 'timeout' });
    expect(checker.getHealthSummary().checks.obedient?.lateRuns).toBe(0);
  });

  it('answers by the last known result where a check may take longer than the budget', async () => {
    const { clock, checker } = virtualChecker();
    const { check, runs } = manualCheck();
    checker.registerHealthCheck('report', check, { timeout: '5s' });
    const first = await settleWithin(clock, 800, checker.runHealthChecks());
    expect(first).toMatchObject({ status: 'unknown', ok: false, checks: { report: { running: true } } });
    runs[0]?.end(healthy);
    await clock.advanceAsync(0);
    const second = checker.runHealthChecks();
    expect(await settleWithin(clock, 800, second)).toMatchObject({
      status: 'healthy',
      ok: true,
      ageMs: 800,
      checks: { report: { running: true, ageMs: 800 } },
    });
  });
});

describe('must-have 2: in parallel, and one run for all who ask', () => {
  it('makes one run of 50 parallel probes', async () => {
    const { clock, checker } = virtualChecker();
    const { check, runs } = manualCheck();
    checker.registerHealthCheck('database', check);
    const probes = Array.from({ length: 50 }, () => checker.runHealthChecks({ kind: 'readiness' }));
    expect(runs).toHaveLength(1);
    runs[0]?.end(healthy);
    await clock.advanceAsync(0);
    const summaries = await Promise.all(probes);
    expect(new Set(summaries.map(({ ok }) => ok))).toEqual(new Set([true]));
    expect(runs).toHaveLength(1);
    expect(checker.getHealthSummary().checks.database?.runs).toBe(1);
  });

  it('runs all checks side by side', async () => {
    const { clock, checker } = virtualChecker();
    const after = (ms: number) => () =>
      new Promise<CheckResult>((resolve) => {
        clock.setTimeout(() => resolve(healthy), ms);
      });
    for (let index = 0; index < 20; index++) checker.registerHealthCheck(`check-${index}`, after(100));
    expect((await settleWithin(clock, 100, checker.runHealthChecks())).status).toBe('healthy');
  });

  it('lets one caller give up without ending the run for the others', async () => {
    const { clock, checker } = virtualChecker();
    const { check, runs } = manualCheck();
    checker.registerHealthCheck('database', check);
    const controller = new AbortController();
    const impatient = checker.runHealthChecks({ signal: controller.signal });
    const patient = checker.runHealthChecks();
    const rejection = expect(impatient).rejects.toThrow('gone');
    controller.abort(new Error('gone'));
    await rejection;
    expect(runs[0]?.signal.aborted).toBe(false);
    runs[0]?.end(healthy);
    expect(await settleWithin(clock, 0, patient)).toMatchObject({ ok: true });
  });
});

describe('a run that hangs', () => {
  it('is not joined by a second one, and fails once for each time-out that it outlasts', async () => {
    const { clock, checker } = virtualChecker();
    const { check, runs } = manualCheck();
    checker.registerHealthCheck('stuck', check, { timeout: 500, failureThreshold: 3 });
    const first = checker.runHealthChecks();
    runs[0]?.end(healthy);
    await settleWithin(clock, 0, first);
    await settleWithin(clock, 500, checker.runHealthChecks());
    for (let probe = 0; probe < 20; probe++) await checker.runHealthChecks();
    expect(checker.getHealthSummary().checks.stuck).toMatchObject({
      status: 'healthy',
      consecutiveFailures: 1,
    });
    await clock.advanceAsync(500);
    await checker.runHealthChecks();
    await clock.advanceAsync(500);
    expect((await checker.runHealthChecks()).checks.stuck).toMatchObject({
      status: 'critical',
      reason: 'hung',
      message: 'a run has not returned for 1500 ms; the next begins when it has',
      consecutiveFailures: 3,
    });
    expect(runs).toHaveLength(2);
    runs[1]?.end(healthy);
    await clock.advanceAsync(0);
    const recovered = checker.runHealthChecks();
    expect(runs).toHaveLength(3);
    runs[2]?.end(healthy);
    expect((await settleWithin(clock, 0, recovered)).checks.stuck).toMatchObject({
      status: 'healthy',
      lateRuns: 1,
    });
  });

  it('is taken for lost after 30 s, so that a promise that never settles does not fail the check for ever', async () => {
    const { clock, checker } = virtualChecker();
    let runs = 0;
    checker.registerHealthCheck('stuck', () => (++runs <= 2 ? never<CheckResult>() : healthy), {
      interval: 1000,
    });
    checker.start();
    await clock.advanceAsync(29_900);
    expect(runs).toBe(1);
    await clock.advanceAsync(200);
    expect(runs).toBe(2);
    await clock.advanceAsync(31_000);
    expect(runs).toBeGreaterThan(2);
    expect(checker.getHealthSummary().status).toBe('healthy');
    await checker.stop();
  });

  it('leaves no more than three runs open, however long it goes on', async () => {
    const { clock, checker } = virtualChecker();
    const { check, runs } = manualCheck();
    checker.registerHealthCheck('stuck', check, { interval: 1000 });
    checker.start();
    await clock.advanceAsync(600_000);
    expect(runs).toHaveLength(3);
    runs[1]?.end(healthy);
    await clock.advanceAsync(1000);
    expect(runs).toHaveLength(4);
    await checker.stop();
  });

  it('is ended without a result by stop() and by unregistering', async () => {
    const { clock, checker } = virtualChecker();
    const { check, runs } = manualCheck();
    checker.registerHealthCheck('a', check);
    checker.registerHealthCheck('b', check);
    checker.start();
    await clock.advanceAsync(10);
    expect(checker.unregisterHealthCheck('b')).toBe(true);
    expect(checker.unregisterHealthCheck('b')).toBe(false);
    await checker[Symbol.asyncDispose]();
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(checker.getHealthSummary().checks).toMatchObject({ a: { status: 'unknown', runs: 0 } });
    expect(clock.pending).toBe(0);
  });
});
