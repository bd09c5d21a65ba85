import { ConfigurationError } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { healthy, never, settleWithin, virtualChecker } from './checks-in-virtual-time.ts';

describe('must-have 7: drain', () => {
  it('is not ready at once, stays live, waits for the delay, then closes', async () => {
    const { clock, checker } = virtualChecker();
    const events: unknown[] = [];
    checker.on('draining', (event) => events.push(['draining', event]));
    checker.on('drained', (event) => events.push(['drained', event]));
    checker.registerHealthCheck('loop', () => healthy, { kind: 'liveness' });
    checker.registerHealthCheck('database', () => healthy);
    await checker.runHealthChecks();
    let closedAt: number | undefined;
    const drained = checker.drain({
      delay: '2s',
      close: async () => {
        closedAt = clock.monotonic();
      },
    });
    expect(checker.getHealthSummary({ kind: 'readiness' })).toMatchObject({
      ok: false,
      phase: 'draining',
      status: 'healthy',
    });
    expect(await checker.runHealthChecks({ kind: 'readiness' })).toMatchObject({ ok: false });
    expect(await checker.runHealthChecks()).toMatchObject({ ok: false });
    expect(await checker.runHealthChecks({ kind: 'liveness' })).toMatchObject({ ok: true });
    expect(await checker.runHealthChecks({ kind: 'startup' })).toMatchObject({ ok: true });
    await clock.advanceAsync(1999);
    expect(closedAt).toBeUndefined();
    expect(await settleWithin(clock, 1, drained)).toEqual({ outcome: 'closed', elapsedMs: 2000 });
    expect(closedAt).toBe(2000);
    expect(events).toEqual([
      ['draining', { delayMs: 2000, deadlineMs: 25_000 }],
      ['drained', { outcome: 'closed', elapsedMs: 2000 }],
    ]);
    expect(checker.getHealthSummary({ kind: 'readiness' }).ok).toBe(false);
  });

  it('does not ask dependencies for a readiness that is settled', async () => {
    const { checker } = virtualChecker();
    let runs = 0;
    checker.registerHealthCheck('database', () => {
      runs += 1;
      return healthy;
    });
    void checker.drain();
    await checker.runHealthChecks({ kind: 'readiness' });
    expect(runs).toBe(0);
  });

  it('ends at the deadline, delay included, and aborts what still closes', async () => {
    const { clock, checker } = virtualChecker();
    let signal: AbortSignal | undefined;
    const drained = checker.drain({
      delay: 1000,
      deadline: 3000,
      close: (given) => {
        signal = given;
        return never();
      },
    });
    await clock.advanceAsync(2999);
    expect(signal?.aborted).toBe(false);
    expect(await settleWithin(clock, 1, drained)).toEqual({ outcome: 'deadline', elapsedMs: 3000 });
    expect(signal?.aborted).toBe(true);
  });

  it('reports a close() that throws', async () => {
    const { clock, checker, errors } = virtualChecker();
    const error = new Error('pool is busy');
    const drained = checker.drain({
      delay: 0,
      close: () => {
        throw error;
      },
    });
    expect(await settleWithin(clock, 0, drained)).toEqual({ outcome: 'failed', elapsedMs: 0, error });
    expect(errors).toEqual(['close of the drain: pool is busy']);
  });

  it('happens once', async () => {
    const { clock, checker } = virtualChecker();
    let closed = 0;
    const close = (): void => {
      closed += 1;
    };
    const first = checker.drain({ delay: 10, close });
    expect(checker.drain({ delay: 0, close })).toBe(first);
    await settleWithin(clock, 10, first);
    expect(closed).toBe(1);
  });

  it('refuses a deadline that does not outlast the delay, and stays in service', () => {
    const { checker } = virtualChecker();
    expect(() => checker.drain({ delay: '10s', deadline: '5s' })).toThrow(
      'deadline must be longer than the delay of 10000 ms, which it includes, got 5000',
    );
    // @ts-expect-error: such an option does not exist
    expect(() => checker.drain({ grace: 5 })).toThrow(ConfigurationError);
    expect(checker.phase).toBe('running');
  });
});
