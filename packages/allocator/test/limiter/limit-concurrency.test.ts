import { ConfigurationError, VirtualClock } from '@evenkeel/core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { ConcurrencyLimiter, limitConcurrency } from '../../src/limiter/index.ts';
import { sleep } from './task.ts';

describe('limitConcurrency', () => {
  it('keeps the parameters, the result and `this` of the function', async () => {
    class Store {
      readonly #rows = new Map([['a', 1]]);
      readonly find = limitConcurrency(
        async (key: string, fallback?: number) => this.#rows.get(key) ?? fallback ?? 0,
      );
      readonly scale = 2;
    }
    const store = new Store();
    expectTypeOf(store.find).parameters.toEqualTypeOf<[key: string, fallback?: number | undefined]>();
    expectTypeOf(store.find).returns.toEqualTypeOf<Promise<number>>();
    expect(await store.find('a')).toBe(1);
    expect(await store.find('b', 9)).toBe(9);
    const scaled = limitConcurrency(function (this: Store, value: number) {
      return value * this.scale;
    });
    expectTypeOf(scaled).returns.toEqualTypeOf<Promise<number>>();
    expect(await scaled.call(store, 21)).toBe(42);
  });

  it('limits, by a limiter that can be watched', async () => {
    const clock = new VirtualClock();
    const limited = limitConcurrency((ms: number) => sleep(clock, ms), { limit: 2, name: 'sleep', clock });
    const calls = [10, 10, 10].map((ms) => limited(ms));
    expect(limited.limiter).toBeInstanceOf(ConcurrencyLimiter);
    expect(limited.limiter.getStats()).toMatchObject({ limit: 2, inFlight: 2, queued: 1 });
    await clock.advanceAsync(20);
    await Promise.all(calls);
  });

  it('lets several functions share a limiter', async () => {
    const clock = new VirtualClock();
    const limiter = new ConcurrencyLimiter({ limit: 1, clock });
    const read = limitConcurrency(() => sleep(clock, 10), { limiter });
    const write = limitConcurrency(() => sleep(clock, 10), { limiter });
    const calls = [read(), write()];
    expect(limiter.getStats()).toMatchObject({ inFlight: 1, queued: 1 });
    await clock.advanceAsync(20);
    await Promise.all(calls);
  });

  it('finds the signal and the priority among the arguments', async () => {
    const clock = new VirtualClock();
    const order: string[] = [];
    const limited = limitConcurrency(
      async (name: string, _options: { signal?: AbortSignal; urgent?: boolean } = {}) => {
        order.push(name);
        await sleep(clock, 10);
      },
      {
        limit: 1,
        clock,
        signal: (_name, options) => options?.signal,
        priority: (_name, options) => (options?.urgent ? 'high' : 'low'),
      },
    );
    const controller = new AbortController();
    const calls = [limited('first'), limited('second'), limited('urgent', { urgent: true })];
    const aborted = limited('aborted', { signal: controller.signal });
    controller.abort('gone');
    await expect(aborted).rejects.toBe('gone');
    await clock.advanceAsync(30);
    await Promise.all(calls);
    expect(order).toEqual(['first', 'urgent', 'second']);
  });

  it('rejects, and never throws, where the function or a callback throws', async () => {
    const error = new Error('bad argument');
    const fail = (): never => {
      throw error;
    };
    await expect(limitConcurrency(fail, { limit: 1 })()).rejects.toBe(error);
    await expect(limitConcurrency(() => 1, { signal: () => fail() })()).rejects.toBe(error);
    await expect(limitConcurrency(() => 1, { priority: () => fail() })()).rejects.toBe(error);
  });

  it('says what is wrong with its options', () => {
    const limiter = new ConcurrencyLimiter();
    // @ts-expect-error no function
    expect(() => limitConcurrency('resize')).toThrow('fn must be a function, got "resize"');
    // @ts-expect-error no limiter
    expect(() => limitConcurrency(() => 1, { limiter: {} })).toThrow('limiter must be a ConcurrencyLimiter');
    // @ts-expect-error a limiter has options of its own
    expect(() => limitConcurrency(() => 1, { limiter, limit: 3 })).toThrow(
      'limit must be absent where a limiter',
    );
    // @ts-expect-error no callback
    expect(() => limitConcurrency(() => 1, { signal: new AbortController().signal })).toThrow(
      ConfigurationError,
    );
    expect(() => limitConcurrency(() => 1, { limit: 0 })).toThrow('limit must be a positive integer, got 0');
    // @ts-expect-error a misspelt option
    expect(() => limitConcurrency(() => 1, { limits: 1 })).toThrow('did you mean limit?');
  });
});
