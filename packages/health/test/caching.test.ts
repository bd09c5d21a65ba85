import { describe, expect, it } from 'vitest';
import { critical, healthy, manualCheck, settleWithin, virtualChecker } from './checks-in-virtual-time.ts';

describe('must-have 3: caching, stale-while-revalidate, background runs', () => {
  it('answers from the cache, and shows the age', async () => {
    const { clock, checker } = virtualChecker();
    let runs = 0;
    checker.registerHealthCheck('database', () => ({ ...healthy, message: `run ${++runs}` }), {
      cacheFor: '1s',
    });
    await checker.runHealthChecks();
    clock.advance(999);
    expect(await checker.runHealthChecks()).toMatchObject({
      ageMs: 999,
      checks: { database: { message: 'run 1', ageMs: 999 } },
    });
    clock.advance(1);
    expect(await checker.runHealthChecks()).toMatchObject({
      ageMs: 0,
      checks: { database: { message: 'run 2' } },
    });
  });

  it('keeps failures for their own, shorter time', async () => {
    const { clock, checker } = virtualChecker();
    let answer = critical;
    checker.registerHealthCheck('database', () => answer, { cacheFor: '10s', cacheFailuresFor: '1s' });
    await checker.runHealthChecks();
    answer = healthy;
    clock.advance(999);
    expect((await checker.runHealthChecks()).status).toBe('critical');
    clock.advance(1);
    expect((await checker.runHealthChecks()).status).toBe('healthy');
    answer = critical;
    clock.advance(9999);
    expect((await checker.runHealthChecks()).status).toBe('healthy');
  });

  it('serves a stale result at once and renews it behind, but never a stale failure', async () => {
    const { clock, checker } = virtualChecker();
    const { check, runs } = manualCheck();
    checker.registerHealthCheck('database', check, { cacheFor: '1s', staleFor: '2s' });
    const first = checker.runHealthChecks();
    runs[0]?.end(healthy);
    await settleWithin(clock, 0, first);
    await clock.advanceAsync(1500);
    expect(await checker.runHealthChecks()).toMatchObject({
      ok: true,
      checks: { database: { ageMs: 1500, running: true } },
    });
    expect(runs).toHaveLength(2);
    runs[1]?.end(critical);
    await clock.advanceAsync(0);
    const third = checker.runHealthChecks();
    expect(runs).toHaveLength(3);
    runs[2]?.end(healthy);
    expect((await settleWithin(clock, 0, third)).checks.database).toMatchObject({
      status: 'healthy',
      ageMs: 0,
    });
    await clock.advanceAsync(3000);
    const waits = checker.runHealthChecks();
    expect(runs).toHaveLength(4);
    runs[3]?.end(healthy);
    await settleWithin(clock, 0, waits);
  });

  it('accepts results up to maxAge, unless they are critical', async () => {
    const { clock, checker } = virtualChecker();
    let runs = 0;
    let answer = healthy;
    checker.registerHealthCheck('database', () => {
      runs += 1;
      return answer;
    });
    await checker.runHealthChecks();
    clock.advance(500);
    await checker.runHealthChecks({ maxAge: 1000 });
    expect(runs).toBe(1);
    answer = critical;
    await checker.runHealthChecks();
    await checker.runHealthChecks({ maxAge: 1000 });
    expect(runs).toBe(3);
  });

  it('runs in the background, spread by the jitter, from start to stop', async () => {
    const { clock, checker } = virtualChecker({ jitter: 0.5, random: () => 0.5 });
    const at: number[] = [];
    checker.registerHealthCheck(
      'database',
      () => {
        at.push(clock.monotonic());
        return healthy;
      },
      { interval: 1000 },
    );
    checker.start();
    checker.start();
    await clock.advanceAsync(3500);
    // Each at its multiple of the interval, later by 0.5 × 0.5 × 1000 ms.
    expect(at).toEqual([0, 1250, 2250, 3250]);
    await checker.stop();
    await checker.stop();
    await clock.advanceAsync(10_000);
    expect(at).toHaveLength(4);
    expect(clock.pending).toBe(0);
  });

  it('runs a check that is registered later at once, and none in the background with an interval of 0', async () => {
    const { clock, checker } = virtualChecker();
    let runs = 0;
    checker.start();
    checker.registerHealthCheck(
      'database',
      () => {
        runs += 1;
        return healthy;
      },
      { interval: 0 },
    );
    await clock.advanceAsync(60_000);
    expect(runs).toBe(1);
    await checker.stop();
  });
});
