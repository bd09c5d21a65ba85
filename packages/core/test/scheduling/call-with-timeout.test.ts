import {
  type CallWithTimeoutOptions,
  ConfigurationError,
  callWithTimeout,
  TimeoutError,
  VirtualClock,
} from '@evenkeel/core';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';

const boom = new Error('boom');

let clock: VirtualClock;
let unhandled: unknown[];
const onUnhandled = (reason: unknown): void => {
  unhandled.push(reason);
};

beforeEach(() => {
  clock = new VirtualClock();
  unhandled = [];
  process.on('unhandledRejection', onUnhandled);
});
afterEach(async () => {
  // Rejections count as unhandled once the microtasks have run.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled).toEqual([]);
  expect(clock.pending).toBe(0);
});

/** A call under way: how it ended, and the signal that it was given. */
function begin<T>(
  call: (signal: AbortSignal) => T | PromiseLike<T>,
  options: Partial<CallWithTimeoutOptions> = {},
) {
  const state: { outcome: unknown; given: AbortSignal | undefined; late: unknown[] } = {
    outcome: 'waiting',
    given: undefined,
    late: [],
  };
  callWithTimeout(
    (signal) => {
      state.given = signal;
      return call(signal);
    },
    { timeoutMs: 100, what: 'the call', clock, onLate: (outcome) => state.late.push(outcome), ...options },
  ).then(
    (value) => {
      state.outcome = { value };
    },
    (error: unknown) => {
      state.outcome = { error };
    },
  );
  return state;
}

/** A call whose end is decided from outside. */
function controlled<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { call: () => promise, resolve, reject };
}

describe('callWithTimeout', () => {
  it('gives the result of a call that ends in time', async () => {
    const { call, resolve } = controlled<string>();
    const state = begin(call);
    await clock.advanceAsync(99);
    expect(state.outcome).toBe('waiting');
    resolve('done');
    await clock.advanceAsync(0);
    expect(state).toMatchObject({ outcome: { value: 'done' }, late: [] });
    expect(clock.pending).toBe(0);
    await clock.advanceAsync(1000);
    expect(state.given?.aborted).toBe(false);
  });

  it('takes plain values, thenables of any make, and calls at once', async () => {
    const thenable = Object.fromEntries([['then', (resolve: (value: number) => void) => resolve(5)]]);
    const plain = begin(() => 3);
    expect(plain.given).toBeInstanceOf(AbortSignal);
    const foreign = begin(() => thenable as unknown as PromiseLike<number>);
    await clock.advanceAsync(0);
    expect([plain.outcome, foreign.outcome]).toEqual([{ value: 3 }, { value: 5 }]);
  });

  it.each([
    [
      'throws',
      () => {
        throw boom;
      },
      boom,
    ],
    [
      'throws undefined',
      () => {
        throw undefined;
      },
      undefined,
    ],
    ['rejects', () => Promise.reject(boom), boom],
    ['rejects with null', () => Promise.reject(null), null],
    [
      'returns a thenable that throws',
      () =>
        Object.fromEntries([
          [
            'then',
            () => {
              throw boom;
            },
          ],
        ]),
      boom,
    ],
    [
      'returns what throws when looked at',
      () =>
        Object.defineProperty({}, 'then', {
          get: () => {
            throw boom;
          },
        }),
      boom,
    ],
  ])('rejects with the very thing when the call %s', async (_, call, error) => {
    const state = begin<unknown>(call as () => unknown);
    await clock.advanceAsync(0);
    expect(state).toMatchObject({ outcome: { error }, late: [] });
    expect(clock.pending).toBe(0);
  });

  it('rejects with TimeoutError when the call hangs, and aborts its signal with it', async () => {
    const state = begin(() => new Promise<void>(() => {}));
    await clock.advanceAsync(100);
    const error = new TimeoutError('the call', 100);
    expect(state.outcome).toEqual({ error });
    expect(state.given?.reason).toEqual(error);
    expect(state.given?.aborted).toBe(true);
  });

  it.each([
    ['its value', 'resolve', { value: 'late' }],
    ['its error', 'reject', { error: 'late' }],
  ] as const)('tells %s to onLate only when it comes late', async (_, end, late) => {
    const call = controlled<string>();
    const state = begin(call.call);
    await clock.advanceAsync(100);
    call[end]('late');
    await clock.advanceAsync(0);
    expect(state.outcome).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(state.late).toEqual([late]);
  });

  it('swallows a late error where nobody asks for it', async () => {
    const call = controlled<string>();
    const state = begin(call.call, { onLate: () => {} });
    const silent = callWithTimeout(call.call, { timeoutMs: 50, what: 'it', clock }).catch(() => 'timed out');
    await clock.advanceAsync(100);
    call.reject(boom);
    expect(await silent).toBe('timed out');
    expect(state.outcome).toMatchObject({ error: { code: 'TIMEOUT' } });
  });

  it.each([
    [
      'throws',
      () => {
        throw boom;
      },
    ],
    ['rejects', () => Promise.reject(boom)],
  ])('ignores an onLate that %s', async (_, onLate) => {
    const call = controlled<string>();
    begin(call.call, { onLate });
    await clock.advanceAsync(100);
    call.resolve('late');
    await clock.advanceAsync(0);
  });

  it('lets a call that heeds its signal end early, which is late all the same', async () => {
    const state = begin(
      (signal) =>
        new Promise<string>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    await clock.advanceAsync(100);
    expect(state.outcome).toMatchObject({ error: { code: 'TIMEOUT' } });
    expect(state.late).toEqual([{ error: state.given?.reason }]);
  });

  describe('with a signal from outside', () => {
    it('calls nothing when it is aborted already', async () => {
      const call = vi.fn(() => 1);
      const state = begin(call, { signal: AbortSignal.abort('gone') });
      await clock.advanceAsync(0);
      expect(call).not.toHaveBeenCalled();
      expect(state.outcome).toEqual({ error: 'gone' });
    });

    it('ends the wait when it is aborted, and passes the reason on', async () => {
      const outside = new AbortController();
      const state = begin(() => new Promise<void>(() => {}), { signal: outside.signal });
      await clock.advanceAsync(50);
      outside.abort(boom);
      await clock.advanceAsync(0);
      expect(state.outcome).toEqual({ error: boom });
      expect(state.given?.reason).toBe(boom);
      expect(clock.pending).toBe(0);
    });

    it('may be aborted by the call itself', async () => {
      const outside = new AbortController();
      const state = begin(
        () => {
          outside.abort(boom);
          return 'too late';
        },
        { signal: outside.signal },
      );
      await clock.advanceAsync(0);
      expect(state).toMatchObject({ outcome: { error: boom }, late: [{ value: 'too late' }] });
    });

    it.each([
      ['a value', () => 1],
      ['an error', () => Promise.reject(boom)],
      ['the time limit', () => new Promise<void>(() => {})],
    ])('leaves no listener on it after %s', async (_, call) => {
      const { signal } = new AbortController();
      const added = vi.spyOn(signal, 'addEventListener');
      const removed = vi.spyOn(signal, 'removeEventListener');
      begin<unknown>(call, { signal });
      await clock.advanceAsync(100);
      expect(added).toHaveBeenCalledTimes(1);
      expect(removed.mock.calls).toEqual([added.mock.calls[0]?.slice(0, 2)]);
    });

    it('does not abort the signal of a call that has ended', async () => {
      const outside = new AbortController();
      const state = begin(() => 1, { signal: outside.signal });
      await clock.advanceAsync(0);
      outside.abort();
      expect(state.given?.aborted).toBe(false);
    });
  });

  describe('timeoutMs', () => {
    it('of 0 leaves time for what needs no waiting, and no more', async () => {
      const ready = begin(async () => 'cached', { timeoutMs: 0 });
      const hanging = begin(() => new Promise<void>(() => {}), { timeoutMs: 0 });
      await clock.advanceAsync(0);
      expect(ready.outcome).toEqual({ value: 'cached' });
      expect(hanging.outcome).toEqual({ error: new TimeoutError('the call', 0) });
    });

    it('of Infinity sets no limit', async () => {
      const call = controlled<string>();
      const state = begin(call.call, { timeoutMs: Number.POSITIVE_INFINITY });
      await clock.advanceAsync(1e12);
      expect(state.outcome).toBe('waiting');
      call.resolve('at last');
      await clock.advanceAsync(0);
      expect(state.outcome).toEqual({ value: 'at last' });
    });

    it.each([-1, Number.NaN, '5s', undefined])('of %s rejects, and nothing is called', async (timeoutMs) => {
      const call = vi.fn(() => 1);
      const state = begin(call, { timeoutMs: timeoutMs as number });
      await clock.advanceAsync(0);
      expect(call).not.toHaveBeenCalled();
      expect(state.outcome).toEqual({ error: expect.any(ConfigurationError) });
    });
  });

  it('has the type of what the call gives', () => {
    const options = { timeoutMs: 1, what: 'x', clock };
    expectTypeOf(callWithTimeout<number>).returns.toEqualTypeOf<Promise<number>>();
    const call = () => callWithTimeout(async () => 'text', options);
    expectTypeOf(call).returns.toEqualTypeOf<Promise<string>>();
  });
});
