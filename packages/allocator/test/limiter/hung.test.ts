import { VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { ConcurrencyLimiter } from '../../src/limiter/index.ts';
import { outcomeOf, Task } from './task.ts';

describe('hung calls', () => {
  it('are counted apart and told of, and so is their end', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 3, hungAfter: '10s', clock });
    const events: unknown[] = [];
    limiter.on('*', ({ type, data, timestamp }) => events.push({ type, data, timestamp }));
    const first = new Task();
    const second = new Task();
    const calls = [limiter.run(first.run)];
    await clock.advanceAsync(4000);
    calls.push(limiter.run(second.run));
    await clock.advanceAsync(7000);
    expect(limiter.getStats()).toMatchObject({ inFlight: 2, hung: 1, oldestMs: 11_000 });
    second.resolve('in time');
    await clock.advanceAsync(1000);
    first.resolve('late');
    await Promise.all(calls);
    expect(limiter.getStats()).toMatchObject({ inFlight: 0, hung: 0, oldestMs: 0 });
    expect(events).toEqual([
      {
        type: 'hung',
        timestamp: 10_000,
        data: { ageMs: 10_000, limit: 3, inFlight: 2, queued: 0, hung: 1, oldestMs: 10_000 },
      },
      {
        type: 'hung_ended',
        timestamp: 12_000,
        data: { ageMs: 12_000, limit: 3, inFlight: 0, queued: 0, hung: 0, oldestMs: 0 },
      },
    ]);
  });

  it('hold their slots, and those who wait are told why', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({
      limit: 2,
      hungAfter: 1000,
      queueTimeout: 3000,
      name: 'db',
      clock,
    });
    const never = new Task();
    void limiter.run(never.run);
    void limiter.run(never.run);
    const waiting = limiter.run(() => 1).catch((thrown: unknown) => thrown);
    await clock.advanceAsync(3000);
    expect(await waiting).toMatchObject({
      code: 'QUEUE_TIMEOUT',
      message:
        'limiter "db": no slot came free within 3.0 s; all 2 slots are held by hung calls, the oldest call has been running for 3.0 s',
      hung: 2,
      inFlight: 2,
    });
    expect(never.starts).toBe(2);
  });

  it('are replaced by as many others as is allowed', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 3, hungAfter: 1000, replaceHung: 2, clock });
    const hung = [new Task(), new Task(), new Task()];
    const calls = hung.map((task) => limiter.run(task.run));
    const others = Array.from({ length: 4 }, () => new Task());
    const waiting = others.map((task) => limiter.run(task.run));
    await clock.advanceAsync(999);
    expect(others.map((task) => task.starts)).toEqual([0, 0, 0, 0]);
    await clock.advanceAsync(1);
    expect(others.map((task) => task.starts)).toEqual([1, 1, 0, 0]);
    expect(limiter.getStats()).toMatchObject({ limit: 3, inFlight: 5, hung: 3, queued: 2 });
    // One of three hung calls ends: two are left, for which two others run already.
    hung[0]?.resolve('late');
    await clock.advanceAsync(0);
    expect(others.map((task) => task.starts)).toEqual([1, 1, 1, 0]);
    expect(limiter.getStats()).toMatchObject({ inFlight: 5, hung: 2, queued: 1 });
    // The second ends too: room for one less.
    hung[1]?.resolve('late');
    await clock.advanceAsync(0);
    expect(others.map((task) => task.starts)).toEqual([1, 1, 1, 0]);
    expect(limiter.getStats()).toMatchObject({ inFlight: 4, hung: 1, queued: 1 });
    for (const task of [...hung, ...others]) task.resolve('done');
    await clock.advanceAsync(0);
    others[3]?.resolve('done');
    await Promise.all([...calls, ...waiting]);
    expect(limiter.getStats()).toMatchObject({ inFlight: 0, hung: 0, queued: 0, succeeded: 7 });
  });

  it('shows leases that nobody releases', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 1, hungAfter: 500, clock });
    const lease = await limiter.acquire();
    await clock.advanceAsync(800);
    expect(limiter.getStats()).toMatchObject({ hung: 1, oldestMs: 800 });
    lease.release();
    expect(limiter.getStats()).toMatchObject({ hung: 0, inFlight: 0 });
  });

  it('of an aborted call keep the slot as well', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 1, hungAfter: 500, clock });
    const controller = new AbortController();
    const call = limiter.run(() => new Promise(() => {}), { signal: controller.signal });
    controller.abort('enough');
    await expect(call).rejects.toBe('enough');
    const next = limiter.run(() => 1);
    await clock.advanceAsync(1000);
    expect(await outcomeOf(next)).toBe('pending');
    expect(limiter.getStats()).toMatchObject({ inFlight: 1, abandoned: 1, hung: 1, queued: 1 });
    await clock.advanceAsync(60_000);
    await expect(next).rejects.toThrow('all 1 slots are held by hung calls');
  });
});
