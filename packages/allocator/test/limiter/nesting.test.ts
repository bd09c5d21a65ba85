import v8 from 'node:v8';
import vm from 'node:vm';
import { VirtualClock } from '@evenkeel/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConcurrencyLimiter, limitConcurrency } from '../../src/limiter/index.ts';
import { outcomeOf, sleep, Task } from './task.ts';

describe('nesting', () => {
  it('lets a limited function call itself', async () => {
    const factorial = limitConcurrency(
      async (n: number): Promise<number> => (n <= 1 ? 1 : n * (await factorial(n - 1))),
      { limit: 1 },
    );
    expect(await Promise.all([5, 6, 7].map((n) => factorial(n)))).toEqual([120, 720, 5040]);
    expect(factorial.limiter.getStats()).toMatchObject({
      inFlight: 0,
      queued: 0,
      arrived: 18,
      succeeded: 18,
    });
  });

  it('lets one limited function call another of the same limiter, and synchronously', async () => {
    const limiter = new ConcurrencyLimiter({ limit: 2 });
    const inner = limitConcurrency((n: number) => n + 1, { limiter });
    const outer = limitConcurrency((n: number) => inner(n), { limiter });
    expect(await Promise.all([1, 2, 3, 4, 5].map((n) => outer(n)))).toEqual([2, 3, 4, 5, 6]);
    expect(limiter.getStats()).toMatchObject({ inFlight: 0, queued: 0, succeeded: 10 });
  });

  it('runs one of the calls made within a call at a time on its slot', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 2, clock });
    let active = 0;
    let most = 0;
    const leaf = async () => {
      active += 1;
      most = Math.max(most, active);
      await sleep(clock, 10);
      active -= 1;
    };
    const fanOut = () => limiter.run(() => Promise.all(Array.from({ length: 10 }, () => limiter.run(leaf))));
    const both = Promise.all([fanOut(), fanOut(), fanOut()]);
    await clock.advanceAsync(149);
    expect(await outcomeOf(both)).toBe('pending');
    await clock.advanceAsync(1);
    await both;
    expect(most).toBe(2);
    expect(limiter.getStats()).toMatchObject({ inFlight: 0, queued: 0, succeeded: 33 });
  });

  it('sees through calls of other limiters in between', async () => {
    const outer = new ConcurrencyLimiter({ limit: 1 });
    const between = new ConcurrencyLimiter({ limit: 1 });
    const nested = outer.run(() => between.run(() => outer.run(() => between.run(() => 'deep'))));
    expect(await nested).toBe('deep');
    expect(outer.getStats().inFlight + between.getStats().inFlight).toBe(0);
  });

  it('keeps the slot taken while a call runs on it whose maker has ended', async () => {
    const limiter = new ConcurrencyLimiter({ limit: 1 });
    const background = new Task();
    const inside: { call?: Promise<unknown> } = {};
    await limiter.run(() => {
      inside.call = limiter.run(background.run);
    });
    expect(background.starts).toBe(1);
    const next = limiter.run(() => 'next');
    expect(await outcomeOf(next)).toBe('pending');
    expect(limiter.getStats()).toMatchObject({ inFlight: 1, queued: 1 });
    background.resolve('done');
    expect(await inside.call).toBe('done');
    expect(await next).toBe('next');
    expect(limiter.getStats().inFlight).toBe(0);
  });

  it('does not lend the slot of a call that has ended', async () => {
    const limiter = new ConcurrencyLimiter({ limit: 1 });
    const trigger = new Task();
    const later: { call?: Promise<unknown> } = {};
    await limiter.run(() => {
      later.call = trigger.run().then(() => limiter.run(() => 'detached'));
    });
    const lease = await limiter.acquire();
    trigger.resolve('now');
    const call = later.call ?? Promise.reject(new Error('not begun'));
    expect(await outcomeOf(call)).toBe('pending');
    expect(limiter.getStats()).toMatchObject({ inFlight: 1, queued: 1 });
    lease.release();
    expect(await call).toBe('detached');
  });

  it('counts a slot as hung by the call that holds it', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 1, hungAfter: 100, clock });
    const inner = new Task();
    const outer = limiter.run(() => limiter.run(inner.run));
    await clock.advanceAsync(150);
    expect(limiter.getStats()).toMatchObject({ inFlight: 1, hung: 1 });
    inner.resolve('late');
    expect(await outer).toBe('late');
    expect(limiter.getStats()).toMatchObject({ inFlight: 0, hung: 0 });
  });

  it('passes a hung slot on to the call that still runs on it', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 1, hungAfter: 100, clock });
    const outer = new Task();
    const inner = new Task();
    const calls: Promise<unknown>[] = [];
    calls.push(
      limiter.run(async () => {
        await sleep(clock, 80);
        calls.push(limiter.run(inner.run));
        await outer.run();
      }),
    );
    await clock.advanceAsync(150);
    expect(limiter.getStats().hung).toBe(1);
    outer.resolve('done');
    await clock.advanceAsync(0);
    // The outer call was hung; the inner one, which has its slot now, not yet.
    expect(limiter.getStats()).toMatchObject({ inFlight: 1, hung: 0 });
    await clock.advanceAsync(100);
    expect(limiter.getStats()).toMatchObject({ inFlight: 1, hung: 1 });
    inner.resolve('done');
    await Promise.all(calls);
    expect(limiter.getStats()).toMatchObject({ inFlight: 0, hung: 0 });
  });

  it('forgets the calls that a long chain of work was made in', async () => {
    const limiter = new ConcurrencyLimiter({ limit: 2, clock: new VirtualClock() });
    const last = new Task();
    let left = 50_000;
    // Each call starts its successor while it runs itself, and ends.
    const step = async (): Promise<void> => {
      left -= 1;
      if (left > 0) queueMicrotask(() => void limiter.run(step));
      else await last.run();
    };
    const before = heapBytes();
    await limiter.run(step);
    await new Promise((resolve) => setImmediate(resolve));
    expect(limiter.getStats()).toMatchObject({ inFlight: 1, succeeded: 49_999 });
    // A call takes some 200 bytes: all of them would be ten megabytes.
    expect(heapBytes() - before).toBeLessThan(2e6);
    last.resolve('done');
  });
});

describe('without AsyncLocalStorage', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it('limits all the same, and a call that waits for itself is ended by the time-out of the queue', async () => {
    vi.resetModules();
    vi.stubGlobal('process', undefined);
    const { ConcurrencyLimiter: InBrowsers } = await import('../../src/limiter/index.ts');
    const clock = new VirtualClock();
    const limiter = new InBrowsers({ limit: 1, queueTimeout: 500, clock });
    expect(await limiter.run(() => 'alone')).toBe('alone');
    const nested = limiter.run(() => limiter.run(() => 'deep')).catch((error: unknown) => error);
    await clock.advanceAsync(500);
    expect(await nested).toMatchObject({ code: 'QUEUE_TIMEOUT' });
    expect(limiter.getStats()).toMatchObject({ inFlight: 0, queued: 0 });
  });
});

function heapBytes(): number {
  v8.setFlagsFromString('--expose-gc');
  vm.runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}
