import { formatDuration } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { NoServerError, QueueFullError, ThrottledError } from '../src/errors.ts';
import type { LoadBalancerEvents } from '../src/load-balancer-events.ts';
import { afterMs, balanced, refusedConnection } from './balanced.ts';

describe('when no server can be chosen', () => {
  it('fails at once, without servers', async () => {
    const { balancer, clock } = balanced({}, 0);
    const request = balancer.executeRequest(() => 1);
    await expect(request).rejects.toMatchObject({ code: 'NO_SERVER', reasons: {} });
    expect(clock.monotonic()).toBe(0);
  });

  it('fails at once with each server’s reason', async () => {
    const { balancer, clock } = balanced({ panicThreshold: 0, healthCheck: { interval: '1s' } }, 0);
    for (const id of ['a', 'b']) {
      balancer.addServer(id, { check: () => Promise.reject(new Error(`${id} is out of order`)) });
    }
    balancer.start();
    await clock.advanceAsync(10_000);
    const nowMs = clock.monotonic();
    let calls = 0;
    const error = await balancer
      .executeRequest(
        () => {
          calls += 1;
        },
        { idempotent: true },
      )
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NoServerError);
    expect(error).toMatchObject({
      reasons: {
        a: expect.stringContaining('a is out of order'),
        b: expect.stringContaining('b is out of order'),
      },
      message: expect.stringContaining('b is out of order'),
    });
    expect({ calls, waitedMs: clock.monotonic() - nowMs }).toEqual({ calls: 0, waitedMs: 0 });
    await balancer.stop();
    expect(clock.pending).toBe(0);
  });

  it('lists ten reasons in the message at most', () => {
    const reasons = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`s${index}`, 'is down']));
    const error = new NoServerError('default', reasons);
    expect(error.message).toMatch(/s9: is down; and 20 more\)$/);
    expect(Object.keys(error.reasons)).toHaveLength(30);
  });

  it('ends the wait of those who wait for a server that goes', async () => {
    const { balancer, clock } = balanced({}, 1, { maxInFlight: 1 });
    const first = balancer.executeRequest(() => afterMs(clock, 100));
    const second = expect(balancer.executeRequest(() => 1)).rejects.toMatchObject({ code: 'NO_SERVER' });
    void balancer.removeServer('s0');
    await second;
    await clock.advanceAsync(100);
    await first;
  });
});

describe('when all servers are full', () => {
  it('requests wait in turn, for as long as they may', async () => {
    const { balancer, clock } = balanced({ queueLimit: 3 }, 2, { maxInFlight: 1 });
    const order: number[] = [];
    const request = (index: number, options = {}) =>
      balancer.executeRequest(async () => {
        order.push(index);
        await afterMs(clock, 100);
      }, options);
    const controller = new AbortController();
    const running = [request(0), request(1)];
    const third = request(2);
    const impatient = expect(request(3, { deadline: 50 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    const aborted = expect(request(4, { signal: controller.signal })).rejects.toBe('enough');
    await expect(request(5)).rejects.toBeInstanceOf(QueueFullError);
    expect(balancer.getStats()).toMatchObject({ queued: 3, inFlight: 2, requests: { queueFull: 1 } });
    controller.abort('enough');
    await aborted;
    const sixth = request(6);
    await clock.advanceAsync(50);
    await impatient;
    const last = request(7);
    await clock.advanceAsync(50);
    await Promise.all(running);
    expect(order).toEqual([0, 1, 2, 6]);
    await clock.advanceAsync(200);
    await Promise.all([third, sixth, last]);
    expect(order).toEqual([0, 1, 2, 6, 7]);
  });

  it('nobody waits where nobody may', async () => {
    const { balancer, clock } = balanced({ queueLimit: 0 }, 1, { maxInFlight: 1 });
    const running = balancer.executeRequest(() => afterMs(clock, 10));
    await expect(balancer.executeRequest(() => 1)).rejects.toMatchObject({ code: 'QUEUE_FULL', queued: 0 });
    await clock.advanceAsync(10);
    await running;
  });

  it('a server that comes, and one that may take more, are for those who wait', async () => {
    const { balancer, clock } = balanced({}, 1, { maxInFlight: 1 });
    const ids: string[] = [];
    const requests = [1, 2, 3].map(() =>
      balancer.executeRequest(({ id }) => {
        ids.push(id);
        return afterMs(clock, 100);
      }),
    );
    expect(ids).toEqual(['s0']);
    balancer.addServer('new', { maxInFlight: 1 });
    await clock.advanceAsync(0);
    expect(ids).toEqual(['s0', 'new']);
    balancer.updateServer('s0', { maxInFlight: 2 });
    await clock.advanceAsync(0);
    expect(ids).toEqual(['s0', 'new', 's0']);
    await clock.advanceAsync(100);
    await Promise.all(requests);
  });

  it('a call that hangs gives its place up at its time-out', async () => {
    const { balancer, clock } = balanced({ timeout: 1000, outlierDetection: false }, 1, {
      maxInFlight: 2,
    });
    const hung = [1, 2].map(() =>
      expect(balancer.executeRequest(() => new Promise(() => {}))).rejects.toMatchObject({ code: 'TIMEOUT' }),
    );
    const waiting = balancer.executeRequest(() => 'served');
    await clock.advanceAsync(1000);
    await Promise.all(hung);
    await expect(waiting).resolves.toBe('served');
    expect(balancer.getStats().abandoned.count).toBe(2);
  });
});

describe('when servers fail most of what they are asked', () => {
  it('refuses a part here, tells of it, and stops when they recover', async () => {
    const { balancer, clock } = balanced({ outlierDetection: false }, 3);
    const told: LoadBalancerEvents['throttled'][] = [];
    balancer.on('throttled', (event) => told.push(event));
    let isDown = true;
    let calls = 0;
    const errors: unknown[] = [];
    const second = async () => {
      for (let request = 0; request < 100; request++) {
        balancer
          .executeRequest(
            () => {
              calls += 1;
              if (isDown) throw new Error('out of order');
            },
            { idempotent: true },
          )
          .catch((error: unknown) => errors.push(error));
        await clock.advanceAsync(10);
      }
    };
    for (let round = 0; round < 5; round++) await second();
    expect(errors).toHaveLength(500);
    expect(errors.filter((error) => error instanceof ThrottledError).length).toBeGreaterThan(400);
    // Retries included.
    expect(calls).toBeLessThan(100);
    expect(balancer.healthCheck()).toMatchObject({ status: 'critical' });
    expect(balancer.recommendations().map(({ id }) => id)).toContain('load-balancer:default:throttled');
    isDown = false;
    for (let round = 0; round < 4; round++) await second();
    errors.length = 0;
    await second();
    expect(errors).toEqual([]);
    expect(told).toEqual([
      { active: true, ratio: expect.any(Number) },
      { active: false, ratio: 0 },
    ]);
    expect(balancer.getStats().throttleRatio).toBe(0);
  });

  it('says rather that there is no server, where there is none', async () => {
    const { balancer, clock } = balanced({ panicThreshold: 0 }, 0);
    for (const id of ['a', 'b']) balancer.addServer(id, { check: () => false });
    balancer.start();
    const codes: unknown[] = [];
    for (let request = 0; request < 200; request++) {
      await clock.advanceAsync(100);
      await balancer
        .executeRequest(() => Promise.reject(refusedConnection()))
        .catch(({ code }) => codes.push(code));
    }
    expect(new Set(codes.slice(100))).toEqual(new Set(['NO_SERVER']));
    await balancer.stop();
  });

  it('spends no more retries than the budget has', async () => {
    const { balancer, clock } = balanced({ throttle: false, outlierDetection: false }, 4);
    for (let request = 0; request < 2000; request++) {
      balancer.executeRequest(() => Promise.reject(new Error('no')), { idempotent: true }).catch(() => {});
      await clock.advanceAsync(5);
    }
    const { retries, budget } = balancer.getStats();
    expect(retries.failure).toBeGreaterThan(150);
    expect(retries.failure).toBeLessThanOrEqual(0.1 * 2000 + 5 + 2);
    expect(budget.refused).toBeGreaterThan(1000);
    const advice = balancer.recommendations().find(({ id }) => id === 'load-balancer:default:retry-budget');
    expect(advice?.evidence).toEqual({ refused: budget.refused });
  });
});

describe('a trial', () => {
  it('of a server that still hangs costs nobody a failed request, nor the budget', async () => {
    const { balancer, clock } = balanced({ retryBudget: 0.1, slowStart: 0 }, 4);
    let isHung = false;
    const longest = { ms: 0 };
    let failures = 0;
    const request = () => {
      const begunMs = clock.monotonic();
      balancer
        .executeRequest(({ id }) => (isHung && id === 's0' ? new Promise(() => {}) : afterMs(clock, 10)), {
          idempotent: true,
          timeout: 2000,
        })
        .then(
          () => {
            longest.ms = Math.max(longest.ms, clock.monotonic() - begunMs);
          },
          () => {
            failures += 1;
          },
        );
    };
    const run = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 20) {
        request();
        await clock.advanceAsync(20);
      }
    };
    await run(2000);
    isHung = true;
    await run(8000);
    expect(balancer.getStats().servers.s0?.state.kind).toMatch(/ejected|trial/);
    // Until it was found out, more requests hung there than the budget could repeat.
    longest.ms = 0;
    failures = 0;
    const before = balancer.getStats();
    await run(60_000);
    const after = balancer.getStats();
    const trials = after.retries.trial - before.retries.trial;
    expect(trials).toBeGreaterThanOrEqual(2);
    expect(after.retries.timeout - before.retries.timeout).toBe(0);
    expect(failures).toBe(0);
    // Three times what requests take, or the least that trials get, and then another server: far from the time-out.
    expect(longest.ms, formatDuration(longest.ms)).toBeLessThan(60);
    isHung = false;
    await run(120_000);
    expect(balancer.getStats().servers.s0?.state.kind).toBe('up');
    expect(failures).toBe(0);
  });

  it('that fails while all others are full has its request wait for one of them', async () => {
    const { balancer, clock } = balanced({ slowStart: 0, timeout: 2000, throttle: false }, 2, {
      maxInFlight: 1,
    });
    let isHung = true;
    const call = ({ id }: { id: string }) =>
      isHung && id === 's0' ? new Promise(() => {}) : afterMs(clock, 10, id);
    const state = () => balancer.getStats().servers.s0?.state.kind;
    for (let request = 0; request < 100 && state() === 'up'; request++) {
      balancer.executeRequest(call, { idempotent: true }).catch(() => {});
      await clock.advanceAsync(2100);
    }
    expect(state()).toMatch(/ejected|trial/);
    // The next request is the trial, and while it is tried another one takes what is left.
    while (state() !== 'trial') await clock.advanceAsync(100);
    const order: string[] = [];
    const trial = balancer.executeRequest(call, { idempotent: true }).then((id) => order.push(`trial ${id}`));
    const other = balancer.executeRequest(() => afterMs(clock, 1500)).then(() => order.push('other'));
    await clock.advanceAsync(1400);
    expect(balancer.getStats()).toMatchObject({ queued: 1, requests: { failed: 0 } });
    isHung = false;
    await clock.advanceAsync(200);
    await Promise.all([trial, other]);
    expect(order).toEqual(['other', 'trial s1']);
  });
});
