import { VirtualClock } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdaptivePool, type PooledConnection } from '../../src/pool/adaptive-pool.ts';
import type { AdaptivePoolOptions } from '../../src/pool/adaptive-pool-options.ts';

type Connect = () => Promise<Connection>;

interface Connection extends PooledConnection {
  readonly readyForQuery: boolean;
  readonly isDestroyed: boolean;
}

/** A pool that opens at once, or as it is told, and counts what is out. */
class FakePool {
  readonly options = { max: 20 };
  readonly idleCount = 1;
  out = 0;
  destroyed = 0;
  status: string | null = 'I';
  next: Connect | undefined;

  async connect(): Promise<Connection> {
    const { next } = this;
    if (next) return next();
    return this.open();
  }

  open(): Connection {
    this.out += 1;
    let isReleased = false;
    return {
      readyForQuery: true,
      isDestroyed: false,
      query: async () => ({ rows: [{ n: 1 }] }),
      getTransactionStatus: () => this.status,
      release: (error) => {
        if (isReleased) throw new Error('released twice');
        isReleased = true;
        this.out -= 1;
        if (error) this.destroyed += 1;
      },
    };
  }
}

function setUp(options: AdaptivePoolOptions = {}) {
  const clock = new VirtualClock();
  const pool = new FakePool();
  const adaptive = new AdaptivePool<Connection>(pool, { clock, ...options });
  const work = (ms: number) => () =>
    new Promise<number>((resolve) => clock.setTimeout(() => resolve(ms), ms));
  return { clock, pool, adaptive, work };
}

const settled = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe('an adaptive pool', () => {
  it('runs queries and work, and gives what they give', async () => {
    const { pool, adaptive } = setUp();
    expect(await adaptive.query('select 1')).toEqual({ rows: [{ n: 1 }] });
    expect(await adaptive.run(() => 'no promise')).toBe('no promise');
    await expect(adaptive.run(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    await expect(
      adaptive.run(() => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
    expect(pool).toMatchObject({ out: 0, destroyed: 0 });
    expect(adaptive.getStats()).toMatchObject({ succeeded: 2, failed: 2, inUse: 0, waiting: 0 });
  });

  it('serves those who wait in turn, as far as the limit goes', async () => {
    const { clock, pool, adaptive, work } = setUp({ max: 2 });
    const order: number[] = [];
    const calls = [1, 2, 3, 4, 5].map((n) => adaptive.run(work(10)).then(() => order.push(n)));
    await clock.advanceAsync(5);
    expect(pool.out).toBe(2);
    expect(adaptive.getStats()).toMatchObject({ limit: 2, inUse: 2, waiting: 3 });
    await clock.advanceAsync(100);
    await Promise.all(calls);
    expect(order).toEqual([1, 2, 3, 4, 5]);
    expect(pool.out).toBe(0);
  });

  it('turns away who finds the queue full, or has waited for too long', async () => {
    const { clock, adaptive, work } = setUp({ max: 1, maxQueue: 1, queueTimeout: '1s' });
    const rejected: unknown[] = [];
    adaptive.on('rejected', ({ reason }) => rejected.push(reason));
    const running = adaptive.run(work(5000));
    const waiting = settled(adaptive.run(work(1)));
    await expect(adaptive.run(work(1))).rejects.toMatchObject({ code: 'QUEUE_FULL', waiting: 1, inUse: 1 });
    await clock.advanceAsync(1000);
    expect(await waiting).toMatchObject({ code: 'QUEUE_TIMEOUT', timeoutMs: 1000 });
    await clock.advanceAsync(5000);
    await running;
    expect(rejected).toEqual(['queue_full', 'queue_timeout']);
    expect(adaptive.getStats()).toMatchObject({ queueFull: 1, queueTimeout: 1, inUse: 0 });
    expect(clock.pending).toBe(0);
  });

  it('does not wait for ever for a connection that is being opened, and gives it back when it comes', async () => {
    const { clock, pool, adaptive } = setUp({ queueTimeout: 100 });
    let come: (client: Connection) => void = () => {};
    pool.next = () => new Promise((resolve) => (come = resolve));
    const call = settled(adaptive.query('select 1'));
    await clock.advanceAsync(100);
    expect(await call).toMatchObject({ code: 'QUEUE_TIMEOUT' });
    expect(adaptive.getStats().inUse).toBe(1);
    come(pool.open());
    await clock.advanceAsync(0);
    expect(pool.out).toBe(0);
    expect(adaptive.getStats().inUse).toBe(0);
  });

  it('heeds a signal: at once for who waits and who runs, and the slot is held until the work has ended', async () => {
    const { clock, pool, adaptive, work } = setUp({ max: 1 });
    const running = new AbortController();
    const waiting = new AbortController();
    const first = settled(adaptive.run(work(50), { signal: running.signal }));
    const second = settled(adaptive.run(work(50), { signal: waiting.signal }));
    await clock.advanceAsync(10);
    waiting.abort(new Error('enough'));
    running.abort(new Error('gone'));
    expect(await second).toMatchObject({ message: 'enough' });
    expect(await first).toMatchObject({ message: 'gone' });
    expect(adaptive.getStats()).toMatchObject({ inUse: 1, waiting: 0 });
    await clock.advanceAsync(50);
    expect(pool.out).toBe(0);
    expect(adaptive.getStats().inUse).toBe(0);
    await expect(adaptive.run(work(1), { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
      'before',
    );
  });

  it('closes connections that it does not know to be in order', async () => {
    const { pool, adaptive } = setUp();
    pool.status = 'T';
    await expect(adaptive.run(() => 1)).rejects.toMatchObject({ code: 'STATE' });
    await expect(adaptive.run(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    pool.status = null;
    await expect(adaptive.run(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(pool.destroyed).toBe(3);
    expect(pool.out).toBe(0);
  });

  it('hands out clients, and takes them back once', async () => {
    const { clock, pool, adaptive } = setUp({ max: 1 });
    const client = await adaptive.connect();
    const next = adaptive.connect();
    client.release();
    expect(() => client.release()).toThrow('released twice');
    await clock.advanceAsync(0);
    (await next).release(new Error('bad'));
    expect(pool).toMatchObject({ out: 0, destroyed: 1 });
    expect(adaptive.getStats().inUse).toBe(0);
  });

  it('survives a pool that fails, throws, or gives junk', async () => {
    const { pool, adaptive } = setUp();
    pool.next = () => Promise.reject(new Error('refused'));
    await expect(adaptive.query('select 1')).rejects.toThrow('refused');
    pool.connect = () => {
      throw new Error('at once');
    };
    await expect(adaptive.query('select 1')).rejects.toThrow('at once');
    pool.connect = async () => 'junk' as never;
    await expect(adaptive.query('select 1')).rejects.toMatchObject({ code: 'CONFIGURATION' });
    expect(adaptive.getStats()).toMatchObject({ inUse: 0, failed: 3 });
  });

  it('waits for others where the server has no connection left, and lowers the limit', async () => {
    const { clock, pool, adaptive, work } = setUp();
    pool.next = async () => {
      if (pool.out >= 3) throw Object.assign(new Error('sorry, too many clients already'), { code: '53300' });
      return pool.open();
    };
    let full = 0;
    adaptive.on('server_full', () => (full += 1));
    const calls = Array.from({ length: 30 }, () => adaptive.run(work(10)));
    await clock.advanceAsync(1000);
    expect(await Promise.all(calls)).toHaveLength(30);
    expect(full).toBeGreaterThan(0);
    expect(adaptive.getStats()).toMatchObject({ succeeded: 30, failed: 0, inUse: 0 });
    expect(adaptive.getStats().best).toBeLessThanOrEqual(5);
  });

  it('stops: turns away who waits, lets the rest end, and waits no longer than it may', async () => {
    const { clock, adaptive, work } = setUp({ max: 1, stopTimeout: 1000 });
    const running = adaptive.run(work(50));
    const waiting = settled(adaptive.run(work(50)));
    await clock.advanceAsync(0);
    const stopped = adaptive.stop();
    expect(adaptive.stop()).toBe(stopped);
    expect(await waiting).toMatchObject({ code: 'STATE' });
    await expect(adaptive.query('select 1')).rejects.toMatchObject({ code: 'STATE' });
    await clock.advanceAsync(50);
    await running;
    await stopped;

    const other = setUp({ stopTimeout: 1000 });
    void other.adaptive.run(() => new Promise(() => {}));
    await other.clock.advanceAsync(0);
    const end = other.adaptive.stop();
    await other.clock.advanceAsync(1000);
    await end;
  });

  it('never leaks a slot nor a connection, whatever happens', async () => {
    const operation = fc.record({
      ms: fc.integer({ min: 0, max: 30 }),
      takesMs: fc.integer({ min: 0, max: 60 }),
      outcome: fc.constantFrom('ok', 'fails', 'open', 'connect fails', 'connect is slow'),
      abortAfterMs: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 60 }), async (operations) => {
        const { clock, pool, adaptive } = setUp({ max: 3, maxQueue: 8, queueTimeout: 40 });
        const calls: Promise<unknown>[] = [];
        for (const { ms, takesMs, outcome, abortAfterMs } of operations) {
          pool.next = async () => {
            if (outcome === 'connect fails') throw new Error('refused');
            if (outcome === 'connect is slow') {
              await new Promise<void>((resolve) => clock.setTimeout(resolve, takesMs));
            }
            return pool.open();
          };
          const controller = new AbortController();
          if (abortAfterMs !== undefined)
            clock.setTimeout(() => controller.abort(new Error('x')), abortAfterMs);
          const call = adaptive.run(
            async () => {
              await new Promise<void>((resolve) => clock.setTimeout(resolve, takesMs));
              pool.status = outcome === 'open' ? 'T' : 'I';
              if (outcome === 'fails') throw new Error('failed');
            },
            { signal: controller.signal },
          );
          calls.push(settled(call));
          await clock.advanceAsync(ms);
          expect(pool.out).toBeLessThanOrEqual(3);
        }
        await clock.advanceAsync(1000);
        await Promise.all(calls);
        expect(pool.out).toBe(0);
        expect(adaptive.getStats()).toMatchObject({ inUse: 0, waiting: 0 });
        expect(clock.pending).toBe(0);
        await adaptive.stop();
      }),
      { numRuns: 60 },
    );
  }, 20_000);

  it('refuses bad options and arguments', async () => {
    const pool = new FakePool();
    expect(() => new AdaptivePool(pool, { max: 21 })).toThrow(/max/);
    expect(() => new AdaptivePool(pool, { maxQueue: -1, queueTimeout: 0 })).toThrow(
      /maxQueue[\s\S]*queueTimeout/,
    );
    expect(() => new AdaptivePool({} as never)).toThrow(/pool/);
    const { adaptive } = setUp();
    await expect(adaptive.run('no function' as never)).rejects.toThrow(/work/);
    await expect(adaptive.run(() => 1, { signal: {} as never })).rejects.toThrow(/signal/);
  });
});
