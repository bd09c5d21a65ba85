import { ConfigurationError, StateError, VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import {
  ConcurrencyLimiter,
  type LimitStrategy,
  QueueFullError,
  QueueTimeoutError,
} from '../../src/limiter/index.ts';
import { recordingMeter } from '../support/recording-meter.ts';
import { outcomeOf, sleep, Task } from './task.ts';

const NOTHING = {
  inFlight: 0,
  queued: 0,
  hung: 0,
  oldestMs: 0,
  abandoned: 0,
  arrived: 0,
  started: 0,
  succeeded: 0,
  dropped: 0,
  failed: 0,
  queueFull: 0,
  queueTimeout: 0,
  aborted: 0,
  stopped: 0,
};

describe('ConcurrencyLimiter', () => {
  it('runs so many at once and the others in the order in which they came', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 2, clock });
    const order: string[] = [];
    const all = Promise.all(
      [50, 10, 30, 20].map((ms, call) =>
        limiter.run(async () => {
          order.push(`start ${call}`);
          await sleep(clock, ms);
          order.push(`end ${call}`);
          return call;
        }),
      ),
    );
    expect(limiter.getStats()).toEqual({
      ...NOTHING,
      limit: 2,
      inFlight: 2,
      queued: 2,
      arrived: 4,
      started: 2,
    });
    await clock.advanceAsync(100);
    expect(await all).toEqual([0, 1, 2, 3]);
    expect(order).toEqual(['start 0', 'start 1', 'end 1', 'start 2', 'end 2', 'start 3', 'end 0', 'end 3']);
    expect(limiter.getStats()).toEqual({ ...NOTHING, limit: 2, arrived: 4, started: 4, succeeded: 4 });
  });

  it('passes on what the function gives, throws or rejects with', async () => {
    const limiter = new ConcurrencyLimiter({ limit: 1 });
    const error = new Error('no such table');
    expect(await limiter.run(() => 42)).toBe(42);
    expect(await limiter.run(async () => undefined)).toBeUndefined();
    // biome-ignore lint/suspicious/noThenProperty: what some libraries return is no promise but resembles one
    expect(await limiter.run(() => ({ then: (done: (value: string) => void) => done('later') }))).toBe(
      'later',
    );
    await expect(
      limiter.run(() => {
        throw error;
      }),
    ).rejects.toBe(error);
    await expect(limiter.run(() => Promise.reject(error))).rejects.toBe(error);
    const unreadable = Object.defineProperty({}, 'then', {
      get() {
        throw error;
      },
    });
    await expect(limiter.run(() => unreadable)).rejects.toBe(error);
    expect(limiter.getStats()).toMatchObject({ inFlight: 0, succeeded: 3, failed: 3 });
  });

  it('serves higher priorities first', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 1, clock });
    const order: string[] = [];
    const call = (name: string, priority?: 'high' | 'medium' | 'low') =>
      limiter.run(
        async () => {
          order.push(name);
          await sleep(clock, 1);
        },
        { priority },
      );
    const all = [
      call('first'),
      call('low 1', 'low'),
      call('medium'),
      call('high', 'high'),
      call('low 2', 'low'),
    ];
    await clock.advanceAsync(10);
    await Promise.all(all);
    expect(order).toEqual(['first', 'high', 'medium', 'low 1', 'low 2']);
  });

  it('refuses what finds the queue full', async () => {
    const limiter = new ConcurrencyLimiter({
      limit: 1,
      maxQueue: 1,
      name: 'reports',
      clock: new VirtualClock(),
    });
    const rejected: unknown[] = [];
    limiter.on('rejected', (event) => rejected.push(event));
    const running = new Task();
    const results = [running.run, running.run, running.run].map((fn) => limiter.run(fn));
    const error = await results[2]?.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error).toMatchObject({
      code: 'QUEUE_FULL',
      name: 'QueueFullError',
      message:
        'limiter "reports": the queue is full (1 waiting); 1 of 1 slots are taken, the oldest call has been running for 0 ms',
      limit: 1,
      inFlight: 1,
      queued: 1,
      hung: 0,
      oldestMs: 0,
    });
    expect(rejected).toEqual([
      { reason: 'queue_full', limit: 1, inFlight: 1, queued: 1, hung: 0, oldestMs: 0 },
    ]);
    expect(running.starts).toBe(1);
  });

  it('gives the place of the last of a lower priority to a higher one', async () => {
    const limiter = new ConcurrencyLimiter({ limit: 1, maxQueue: 3, clock: new VirtualClock() });
    const running = new Task();
    const calls = (['medium', 'low', 'low', 'medium', 'high', 'medium', 'low'] as const).map((priority) =>
      limiter.run(running.run, { priority }),
    );
    const outcomes = await Promise.all(calls.map(outcomeOf));
    const refused = { error: expect.any(QueueFullError) };
    expect(outcomes).toEqual(['pending', refused, refused, 'pending', 'pending', 'pending', refused]);
    expect(limiter.getStats()).toMatchObject({ queued: 3, queueFull: 3 });
  });

  it('lets nobody wait beyond the time-out of the queue', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 1, queueTimeout: '2s', name: 'db', clock });
    const blocking = new Task();
    void limiter.run(blocking.run);
    const first = limiter.run(() => 1);
    const outcome = first.catch((thrown: unknown) => thrown);
    await clock.advanceAsync(1500);
    const second = limiter.run(() => 2, { priority: 'high' });
    await clock.advanceAsync(500);
    expect(await outcome).toBeInstanceOf(QueueTimeoutError);
    expect(await outcome).toMatchObject({
      code: 'QUEUE_TIMEOUT',
      message:
        'limiter "db": no slot came free within 2.0 s; 1 of 1 slots are taken, the oldest call has been running for 2.0 s',
      timeoutMs: 2000,
      limit: 1,
      inFlight: 1,
      queued: 1,
      hung: 0,
      oldestMs: 2000,
    });
    blocking.resolve('done');
    expect(await second).toBe(2);
    expect(limiter.getStats()).toMatchObject({ queueTimeout: 1, succeeded: 2 });
  });

  it('ends the wait of an aborted call at once, with the reason', async () => {
    const limiter = new ConcurrencyLimiter({ limit: 1 });
    const blocking = new Task();
    const running = limiter.run(blocking.run);
    const controller = new AbortController();
    const started: number[] = [];
    const waiting = limiter.run(() => started.push(1), { signal: controller.signal });
    const last = limiter.run(() => 'last');
    const reason = new Error('the client has gone');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(limiter.run(() => started.push(2), { signal: controller.signal })).rejects.toBe(reason);
    blocking.resolve('done');
    expect(await Promise.all([running, last])).toEqual(['done', 'last']);
    expect(started).toEqual([]);
    expect(limiter.getStats()).toMatchObject({ aborted: 2, succeeded: 2, inFlight: 0, queued: 0 });
  });

  it('keeps the slot of an aborted call until its work has ended', async () => {
    const limiter = new ConcurrencyLimiter({ limit: 1 });
    const work = new Task();
    const controller = new AbortController();
    const given: AbortSignal[] = [];
    const call = limiter.run(
      (signal) => {
        given.push(signal);
        return work.run();
      },
      { signal: controller.signal },
    );
    const next = limiter.run(() => 'next');
    controller.abort('enough');
    await expect(call).rejects.toBe('enough');
    expect(given).toEqual([controller.signal]);
    expect(await outcomeOf(next)).toBe('pending');
    expect(limiter.getStats()).toMatchObject({ inFlight: 1, abandoned: 1, queued: 1 });
    work.reject(new Error('nobody is told'));
    expect(await next).toBe('next');
    expect(limiter.getStats()).toMatchObject({ inFlight: 0, abandoned: 0, failed: 1, succeeded: 1 });
  });

  it('does not start a call that is aborted as its slot comes free', async () => {
    const limiter = new ConcurrencyLimiter({ limit: 1 });
    const lease = await limiter.acquire();
    const controller = new AbortController();
    const started: string[] = [];
    const call = limiter.run(() => started.push('started'), { signal: controller.signal });
    lease.release();
    controller.abort('too late');
    await expect(call).rejects.toBe('too late');
    expect(started).toEqual([]);
    expect(limiter.getStats().inFlight).toBe(0);
  });

  it('leaves no listeners at signals', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 1, maxQueue: 2, queueTimeout: 100, clock });
    const { signal, listeners, abort } = countedSignal();
    const calls = [10, 500, 10, 10].map((ms) =>
      limiter.run(() => sleep(clock, ms), { signal }).catch((thrown: unknown) => thrown),
    );
    expect(listeners()).toBe(3);
    await clock.advanceAsync(300);
    expect(listeners()).toBe(1);
    abort();
    await clock.advanceAsync(1000);
    await Promise.all(calls);
    expect(listeners()).toBe(0);
  });

  it('gives leases that are released once', async () => {
    const limiter = new ConcurrencyLimiter({ limit: 2 });
    const first = await limiter.acquire();
    const second = await limiter.acquire();
    const third = limiter.acquire();
    first.release();
    first.release('dropped');
    await third;
    expect(limiter.getStats()).toMatchObject({ inFlight: 2, succeeded: 1, dropped: 0 });
    // @ts-expect-error no such outcome
    expect(() => second.release('failure')).toThrow(
      "outcome must be 'success', 'dropped' or 'failed', got \"failure\"",
    );
    second.release('dropped');
    (await third).release('failed');
    expect(limiter.getStats()).toMatchObject({ inFlight: 0, succeeded: 1, dropped: 1, failed: 1 });
  });

  it('does not overflow the stack, whatever the queue', async () => {
    const limiter = new ConcurrencyLimiter({ limit: 3, maxQueue: 200_000 });
    const lease = await Promise.all([limiter.acquire(), limiter.acquire(), limiter.acquire()]);
    const calls = Array.from({ length: 100_000 }, (_, call) => limiter.run(() => call));
    for (const { release } of lease) release();
    const sum = (await Promise.all(calls)).reduce((total, call) => total + call, 0);
    expect(sum).toBe((99_999 * 100_000) / 2);
    expect(limiter.getStats()).toMatchObject({ inFlight: 0, queued: 0, succeeded: 100_003 });
  });

  it('tells its strategy of successes and overloads, not of other failures', async () => {
    const clock = new VirtualClock();
    const told: unknown[] = [];
    const strategy: LimitStrategy = {
      limit: 5,
      record: ({ startedMs, endedMs, inFlight, outcome }) =>
        told.push([startedMs, endedMs, inFlight, outcome]),
    };
    const limiter = new ConcurrencyLimiter({ strategy, clock });
    const fail = (error: unknown) => limiter.run(() => Promise.reject(error)).catch(() => {});
    const slow = limiter.run(() => sleep(clock, 20));
    await fail(Object.assign(new Error('over capacity'), { status: 503 }));
    await fail(new DOMException('too slow', 'TimeoutError'));
    await fail(new Error('not found'));
    await fail(undefined);
    const timedOut = AbortSignal.abort(new DOMException('too slow', 'TimeoutError'));
    await limiter.run(() => 1, { signal: timedOut }).catch(() => {});
    await clock.advanceAsync(20);
    await slow;
    expect(told).toEqual([
      [0, 0, 2, 'dropped'],
      [0, 0, 2, 'dropped'],
      [0, 20, 1, 'success'],
    ]);
  });

  it('tells its strategy of a time-out when it happens, whenever the work ends', async () => {
    const clock = new VirtualClock();
    const told: unknown[] = [];
    const limiter = new ConcurrencyLimiter({
      strategy: { limit: 5, record: ({ endedMs, outcome }) => told.push([endedMs, outcome]) },
      clock,
    });
    const controller = new AbortController();
    const call = limiter.run(() => sleep(clock, 100), { signal: controller.signal }).catch(() => {});
    await clock.advanceAsync(10);
    controller.abort(new DOMException('too slow', 'TimeoutError'));
    await call;
    await clock.advanceAsync(100);
    expect(told).toEqual([[10, 'dropped']]);
  });

  it('follows its strategy, and lets in those who wait when the limit rises', async () => {
    const clock = new VirtualClock();
    let limit = 1;
    const strategy: LimitStrategy = {
      get limit() {
        return limit;
      },
      record: () => {
        limit = 3;
      },
    };
    const limiter = new ConcurrencyLimiter({ strategy, clock });
    const changes: unknown[] = [];
    limiter.on('limit_changed', (change) => changes.push(change));
    const calls = Array.from({ length: 5 }, () => limiter.run(() => sleep(clock, 10)));
    await clock.advanceAsync(10);
    expect(limiter.getStats()).toMatchObject({ limit: 3, inFlight: 3, queued: 1 });
    expect(changes).toEqual([{ from: 1, to: 3 }]);
    await clock.advanceAsync(20);
    await Promise.all(calls);
  });

  it('is not harmed by a strategy or a judge of errors that fails or returns junk', async () => {
    let limit: unknown = 2;
    const strategy = {
      get limit() {
        return limit as number;
      },
      record: () => {
        throw new Error('out of order');
      },
    };
    const isOverload = (): boolean => {
      throw new Error('cannot tell');
    };
    const limiter = new ConcurrencyLimiter({ strategy, isOverload });
    const errors: string[] = [];
    limiter.on('error', ({ source, error }) => errors.push(`${source}: ${error.message}`));
    await limiter.run(() => 1);
    for (const junk of [Number.NaN, 0, -1, '7', undefined, Infinity]) {
      limit = junk;
      await limiter.run(() => 2);
      expect(limiter.limit).toBe(2);
    }
    await limiter.run(() => Promise.reject(new Error('x'))).catch(() => {});
    expect(new Set(errors)).toEqual(new Set(['strategy: out of order', 'isOverload: cannot tell']));
    expect(limiter.getStats().inFlight).toBe(0);
  });

  it('shows what it does in metrics', async () => {
    const clock = new VirtualClock();
    const { meter, collect, observations, refreshers } = recordingMeter();
    const limiter = new ConcurrencyLimiter({
      limit: 1,
      maxQueue: 1,
      name: 'db',
      hungAfter: 20,
      clock,
      meter,
    });
    const calls = [0, 1, 2].map(() => limiter.run(() => sleep(clock, 50)).catch(() => {}));
    await clock.advanceAsync(30);
    const prefix = 'evenkeel_allocator_limiter_';
    expect(collect()).toEqual({
      [`${prefix}limit{limiter="db"}`]: 1,
      [`${prefix}in_flight{limiter="db"}`]: 1,
      [`${prefix}queued{limiter="db"}`]: 1,
      [`${prefix}hung{limiter="db"}`]: 1,
      [`${prefix}oldest_seconds{limiter="db"}`]: 0.03,
      [`${prefix}calls_total{limiter="db",outcome="succeeded"}`]: 0,
      [`${prefix}calls_total{limiter="db",outcome="dropped"}`]: 0,
      [`${prefix}calls_total{limiter="db",outcome="failed"}`]: 0,
      [`${prefix}rejected_total{limiter="db",reason="queue_full"}`]: 1,
      [`${prefix}rejected_total{limiter="db",reason="queue_timeout"}`]: 0,
      [`${prefix}rejected_total{limiter="db",reason="aborted"}`]: 0,
      [`${prefix}rejected_total{limiter="db",reason="stopped"}`]: 0,
    });
    await clock.advanceAsync(100);
    await Promise.all(calls);
    expect(collect()).toMatchObject({
      [`${prefix}in_flight{limiter="db"}`]: 0,
      [`${prefix}hung{limiter="db"}`]: 0,
      [`${prefix}calls_total{limiter="db",outcome="succeeded"}`]: 2,
      [`${prefix}rejected_total{limiter="db",reason="queue_full"}`]: 1,
    });
    expect(observations.get(`${prefix}wait_seconds{limiter="db"}`)).toEqual([0.05]);
    await limiter.stop();
    expect(refreshers.size).toBe(0);
  });

  it('waits for work in flight when it is stopped, but not for hung work', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 2, hungAfter: 1000, name: 'mail', clock });
    const hung = limiter.run(() => sleep(clock, 1e6));
    const running = limiter.run(() => sleep(clock, 600));
    const waiting = limiter.run(() => 1).catch((thrown: unknown) => thrown);
    await clock.advanceAsync(500);
    const stopped = limiter.stop();
    expect(limiter.stop()).toBe(stopped);
    expect(await waiting).toBeInstanceOf(StateError);
    await expect(limiter.run(() => 1)).rejects.toThrow('limiter "mail" is stopped');
    await expect(limiter.acquire()).rejects.toThrow('limiter "mail" is stopped');
    await clock.advanceAsync(200);
    await running;
    expect(await outcomeOf(stopped)).toBe('pending');
    await clock.advanceAsync(400);
    await stopped;
    expect(limiter.getStats()).toMatchObject({ inFlight: 1, hung: 1, stopped: 3 });
    expect(await outcomeOf(hung)).toBe('pending');
    await new ConcurrencyLimiter().stop();
  });

  it('leaves no timers behind', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 1, clock });
    const calls = [limiter.run(() => sleep(clock, 10)), limiter.run(() => sleep(clock, 10))];
    await clock.advanceAsync(60_000);
    await Promise.all(calls);
    expect(clock.pending).toBe(0);
  });

  it('says what is wrong with its options and arguments', async () => {
    expect(() => new ConcurrencyLimiter({ limit: 0 })).toThrow('limit must be a positive integer, got 0');
    expect(() => new ConcurrencyLimiter({ strategy: { limit: 0, record() {} } })).toThrow(
      'strategy.limit must be a positive integer, got 0',
    );
    expect(() => new ConcurrencyLimiter({ limit: 1, strategy: { limit: 1, record() {} } })).toThrow(
      'limit must be absent where there is a strategy',
    );
    expect(() => new ConcurrencyLimiter({ queueTimeout: 'soon', maxQueue: -1 })).toThrow(ConfigurationError);
    const limiter = new ConcurrencyLimiter();
    // @ts-expect-error no function
    await expect(limiter.run('work')).rejects.toThrow('fn must be a function, got "work"');
    // @ts-expect-error no such priority
    await expect(limiter.run(() => 1, { priority: 'urgent' })).rejects.toThrow("priority must be 'high'");
    // @ts-expect-error no signal
    await expect(limiter.run(() => 1, { signal: {} })).rejects.toThrow('signal must be an AbortSignal');
    expect(limiter.getStats()).toEqual({ ...NOTHING, limit: 20 });
  });
});

/** A signal that knows how many listen to it. */
function countedSignal() {
  const controller = new AbortController();
  const listeners = new Set<() => void>();
  // What the limiter uses of a signal.
  const signal = {
    get aborted() {
      return controller.signal.aborted;
    },
    get reason() {
      return controller.signal.reason;
    },
    addEventListener: (_type: string, listener: () => void) => listeners.add(listener),
    removeEventListener: (_type: string, listener: () => void) => listeners.delete(listener),
  } as unknown as AbortSignal;
  const abort = () => {
    controller.abort('over');
    for (const listener of listeners) {
      listeners.delete(listener);
      listener();
    }
  };
  return { signal, listeners: () => listeners.size, abort };
}
