import { VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { PoolMonitor } from '../../src/pool/pool-monitor.ts';
import type { ServerConnections } from '../../src/pool/server-connections.ts';

const SERVER: ServerConnections = {
  maxConnections: 100,
  reserved: 3,
  roleLimit: undefined,
  databaseLimit: undefined,
  used: 10,
  own: 10,
};

/** A pool with callers who hold a connection for some time, of which their query takes a part. */
class Played {
  readonly clock = new VirtualClock();
  readonly monitor: PoolMonitor;
  readonly #waiting: (() => void)[] = [];
  #inUse = 0;
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
    const counts = { totalCount: max, idleCount: 0, waitingCount: 0, options: { max } };
    this.monitor = new PoolMonitor(counts, { clock: this.clock, name: 'main' });
  }

  /** Asks for a connection; the query begins with it. */
  ask(holdMs: (inUse: number) => number, queryShare = 1): void {
    const checkout = this.monitor.requested();
    const start = (): void => {
      this.#inUse += 1;
      const ms = holdMs(this.#inUse);
      checkout.acquired();
      checkout.queryStarted(this.clock.monotonic());
      this.clock.setTimeout(
        () => checkout.queryEnded(this.clock.monotonic(), queryShare * ms),
        queryShare * ms,
      );
      this.clock.setTimeout(() => {
        checkout.released();
        this.#inUse -= 1;
        this.#waiting.shift()?.();
      }, ms);
    };
    if (this.#inUse < this.#max) start();
    else this.#waiting.push(start);
  }

  every(periodMs: number, forMs: number, holdMs: (inUse: number) => number, queryShare?: number): void {
    for (let ms = 0; ms < forMs; ms += periodMs) {
      this.ask(holdMs, queryShare);
      this.clock.advance(periodMs);
    }
  }

  problems(server?: ServerConnections): string[] {
    return this.monitor.advice(server).diagnoses.map(({ problem }) => problem);
  }
}

describe('what a pool is measured by', () => {
  it("obeys Little's law to the digit", () => {
    const pool = new Played(10);
    pool.every(10, 60_000, () => 25);
    const snapshot = pool.monitor.snapshot();
    expect(snapshot.meanInUse).toBeCloseTo((snapshot.completionsPerSecond * snapshot.holdMs.mean) / 1000, 1);
    expect(snapshot.meanInUse).toBeCloseTo(2.5, 1);
    expect(snapshot.utilisation).toBeCloseTo(0.25, 2);
    expect(snapshot.holdMs).toMatchObject({ mean: 25, max: 25 });
    expect(snapshot.waitMs.max).toBe(0);
    expect(snapshot.peakInUse).toBe(3);
    expect(pool.problems()).toEqual([]);
    expect(pool.monitor.recommendations()).toEqual([]);
    expect(pool.monitor.advice().size).toMatchObject({ current: 10, needed: 6, recommended: 10 });
  });

  it('counts those who wait, and forgets with the window', () => {
    const pool = new Played(1);
    pool.ask(() => 1000);
    pool.ask(() => 1000);
    pool.clock.advance(4000);
    const { waitMs, meanWaiting, meanInUse } = pool.monitor.snapshot();
    expect(waitMs).toMatchObject({ count: 2, max: 1000 });
    expect([meanInUse, meanWaiting]).toEqual([0.5, 0.25]);
    pool.clock.advance(86_400_000);
    expect(pool.monitor.snapshot()).toMatchObject({ meanInUse: 0, meanWaiting: 0, requestsPerSecond: 0 });
    expect(pool.monitor.snapshot().spanMs).toBeLessThanOrEqual(60_000);
  });

  it('is no leak while a query is under way', () => {
    const pool = new Played(2);
    const checkout = pool.monitor.requested();
    checkout.acquired();
    checkout.queryStarted(0);
    pool.clock.advance(40_000);
    expect(pool.monitor.snapshot().leaks).toEqual([]);
    checkout.queryEnded(40_000, 40_000);
    pool.clock.advance(30_000);
    expect(pool.monitor.snapshot().leaks).toMatchObject([{ heldMs: 70_000, idleMs: 30_000 }]);
    expect(pool.problems()).toEqual(['leak']);
    const [recommendation] = pool.monitor.recommendations();
    expect(recommendation).toMatchObject({ id: 'db-optimizer:pool:main:leak', priority: 'critical' });
    checkout.released();
    checkout.released();
    expect(pool.problems()).toEqual([]);
    expect(pool.monitor.snapshot().holdMs.count).toBe(1);
  });
});

describe('what is wrong with a pool', () => {
  it('is its size, where connections are waited for and the database is no slower for more at once', () => {
    const pool = new Played(4);
    pool.every(10, 30_000, () => 41);
    expect(pool.problems()).toEqual(['too-small']);
    const { size } = pool.monitor.advice(SERVER);
    expect(size).toMatchObject({ current: 4, room: 91, recommended: 8 });
    expect(pool.monitor.recommendations()[0]?.message).toMatch(/raise max from 4 to 8/);
    // No more than the server has room for.
    const full = { ...SERVER, maxConnections: 15 };
    expect(pool.monitor.advice(full).size.recommended).toBe(6);
  });

  it('is the application, where connections are held without a query', () => {
    const pool = new Played(4);
    pool.every(10, 30_000, () => 41, 0.2);
    expect(pool.problems()).toEqual(['held-idle']);
    expect(pool.monitor.snapshot().queryShare).toBeCloseTo(0.2, 1);
    expect(pool.monitor.advice().size.recommended).toBe(4);
  });

  it('is the database, where more at once bring no more', () => {
    const pool = new Played(20);
    // Two at once are served as fast as one; what is beyond waits in there. The load swings about that.
    for (let swing = 0; swing < 20; swing++) {
      pool.every(14, 2000, (inUse) => 20 * Math.max(1, inUse / 2));
      pool.every(9, 2000, (inUse) => 20 * Math.max(1, inUse / 2));
    }
    const { knee } = pool.monitor.snapshot();
    expect(knee).toBeGreaterThanOrEqual(2);
    expect(knee).toBeLessThanOrEqual(4);
    expect(pool.problems()).toContain('database-slow');
    expect(pool.problems()).not.toContain('too-small');
    expect(pool.monitor.advice().size.recommended).toBeLessThan(20);
  });

  it('is the database, where queries take longer than they used to', () => {
    const pool = new Played(10);
    pool.every(20, 240_000, () => 10);
    expect(pool.problems()).toEqual([]);
    pool.every(20, 70_000, () => 60);
    expect(pool.problems()).toEqual(['database-slow']);
    expect(pool.monitor.snapshot().usualQueryMs).toBeCloseTo(10, 0);
  });

  it('is too many connections, where few were ever used', () => {
    const pool = new Played(50);
    pool.every(20, 660_000, () => 10);
    expect(pool.problems()).toEqual(['too-large']);
    expect(pool.monitor.advice().size.recommended).toBe(10);
  });

  it('is the sum of the pools, where the server has fewer connections', () => {
    const pool = new Played(10);
    expect(pool.problems({ ...SERVER, used: 95 })).toEqual([]);
    expect(pool.problems({ ...SERVER, used: 98 })).toEqual(['max-connections']);
    expect(pool.problems({ ...SERVER, roleLimit: 5 })).toEqual(['max-connections']);
  });
});

it('costs no time for a week of nothing', () => {
  const pool = new Played(1);
  const checkout = pool.monitor.requested();
  checkout.acquired();
  pool.clock.advance(7 * 86_400_000);
  checkout.released();
  const { spanMs, meanInUse } = pool.monitor.snapshot();
  expect(spanMs).toBeGreaterThan(50_000);
  expect(meanInUse).toBeCloseTo(1, 5);
});

it('refuses bad options', () => {
  const counts = { totalCount: 0, idleCount: 0, waitingCount: 0, options: { max: 1 } };
  expect(() => new PoolMonitor(counts, { window: 10 })).toThrow(/window/);
  expect(() => new PoolMonitor(undefined as never)).toThrow(/pool/);
});
