import { ConfigurationError, type ManagedComponent, StateError, VirtualClock } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';
import { describe, expect, it } from 'vitest';
import { LoadBalancer } from '../src/load-balancer.ts';
import type { LoadBalancerOptions } from '../src/load-balancer-options.ts';
import { afterMs, balanced } from './balanced.ts';

describe('LoadBalancer', () => {
  it('is a managed component', async () => {
    const balancer: ManagedComponent = new LoadBalancer();
    await balancer.start();
    expect(() => JSON.stringify(balancer.snapshot())).not.toThrow();
    await balancer.stop();
  });

  it('calls the function with a server, and gives what it gives', async () => {
    const { balancer } = balanced({}, 0);
    balancer.addServer('a', { host: 'a.internal', port: 8080, metadata: { zone: 'east' } });
    const seen = await balancer.executeRequest((server, { number }) => ({ ...server, number }));
    expect(seen).toEqual({
      id: 'a',
      host: 'a.internal',
      port: 8080,
      protocol: 'http',
      weight: 1,
      maxInFlight: Number.POSITIVE_INFINITY,
      metadata: { zone: 'east' },
      number: 1,
    });
    await expect(balancer.executeRequest(async () => 'later')).resolves.toBe('later');
    expect(balancer.servers).toEqual(['a']);
  });

  it('keeps equal keys on a server with the strategy hash', async () => {
    const { balancer } = balanced({ strategy: 'hash' }, 5);
    const serverOf = (key: string) => balancer.executeRequest(({ id }) => id, { key });
    const first = await serverOf('user 1');
    for (let request = 0; request < 10; request++) expect(await serverOf('user 1')).toBe(first);
    const others = await Promise.all(Array.from({ length: 50 }, (_, user) => serverOf(`user ${user}`)));
    expect(new Set(others).size).toBe(5);
  });

  it('tells of servers that come, change and go', async () => {
    const { balancer, clock } = balanced({}, 0);
    const events: unknown[] = [];
    balancer.on('*', ({ type, data }) => events.push([type, data]));
    balancer.addServer('a');
    expect(() => balancer.addServer('a')).toThrow(StateError);
    const request = balancer.executeRequest(() => afterMs(clock, 100));
    const removed = balancer.removeServer('a');
    const again = balancer.removeServer('a');
    await clock.advanceAsync(99);
    expect(balancer.servers).toEqual(['a']);
    await clock.advanceAsync(1);
    await Promise.all([request, removed, again]);
    expect(balancer.servers).toEqual([]);
    expect(events).toEqual([
      ['server_added', { id: 'a' }],
      ['server_changed', { id: 'a', from: { kind: 'up' }, to: { kind: 'draining', since: 0 } }],
      ['server_removed', { id: 'a' }],
    ]);
    await expect(balancer.removeServer('a')).rejects.toMatchObject({ code: 'UNKNOWN_NAME' });
    expect(() => balancer.updateServer('a', {})).toThrow(expect.objectContaining({ code: 'UNKNOWN_NAME' }));
  });

  it.each([
    [{ strategy: 'fastest' }, 'strategy'],
    [{ timeout: 0 }, 'timeout'],
    [{ timeout: '20s', deadline: '10s' }, 'timeout'],
    [{ retries: -1 }, 'retries'],
    [{ retryBudget: 1.5 }, 'retryBudget'],
    [{ throttle: 2 }, 'throttle'],
    [{ hedgeQuantile: 0.3 }, 'hedgeQuantile'],
    [{ hedgeQuantile: 0.95, retries: 0 }, 'hedgeQuantile'],
    [{ hedgeQuantile: 0.95, retryBudget: 0 }, 'hedgeQuantile'],
    [{ queueLimit: 0.5 }, 'queueLimit'],
    [{ judge: true }, 'judge'],
    [{ servers: [] }, 'servers'],
  ])('refuses the options %j', (options, path) => {
    let issues: readonly { readonly path: string }[] = [];
    try {
      new LoadBalancer(options as LoadBalancerOptions);
    } catch (error) {
      if (error instanceof ConfigurationError) ({ issues } = error);
    }
    expect(issues.map((issue) => issue.path)).toEqual([path]);
  });

  it('gives a try no more time than the request, and the request no less than a try', async () => {
    const timeoutOf = async (options: LoadBalancerOptions) => {
      const { balancer, clock } = balanced(options, 1);
      let endedMs = 0;
      balancer
        .executeRequest(() => new Promise(() => {}))
        .catch(() => {
          endedMs = clock.monotonic();
        });
      await clock.advanceAsync(100_000);
      return endedMs;
    };
    expect(await timeoutOf({})).toBe(10_000);
    expect(await timeoutOf({ deadline: '5s' })).toBe(5000);
    expect(await timeoutOf({ timeout: '40s' })).toBe(40_000);
  });

  it('rejects what is no function, and bad options, and does not throw', async () => {
    const { balancer } = balanced();
    await expect(balancer.executeRequest('x' as never)).rejects.toMatchObject({ code: 'CONFIGURATION' });
    const request = balancer.executeRequest(() => 1, { retries: -1 });
    await expect(request).rejects.toMatchObject({ code: 'CONFIGURATION' });
    expect(balancer.getStats().requests.arrived).toBe(0);
  });

  it('reads the clock once when a request comes and once when it ends, and sets a timer for many', async () => {
    const virtual = new VirtualClock();
    let reads = 0;
    let timers = 0;
    const balancer = new LoadBalancer({
      random: seededRandom(1),
      clock: {
        now: () => virtual.now(),
        monotonic: () => {
          reads += 1;
          return virtual.monotonic();
        },
        setTimeout: (callback, delayMs) => {
          timers += 1;
          return virtual.setTimeout(callback, delayMs);
        },
        setInterval: (callback, periodMs) => virtual.setInterval(callback, periodMs),
      },
    });
    for (const id of ['a', 'b', 'c']) balancer.addServer(id);
    reads = 0;
    for (let request = 0; request < 100; request++) await balancer.executeRequest(async () => request);
    expect({ reads, timers }).toEqual({ reads: 200, timers: 1 });
  });

  describe('stop', () => {
    it('waits for requests and bodies in flight, refuses others, and leaves nothing on the clock', async () => {
      const { balancer, clock } = balanced({ healthCheck: { check: () => true } });
      balancer.start();
      balancer.start();
      const answered = balancer.executeRequest((_, { holdUntil }) => {
        holdUntil(afterMs(clock, 3000));
        return afterMs(clock, 1000, 'answer');
      });
      let isStopped = false;
      const stopped = balancer.stop().then(() => {
        isStopped = true;
      });
      expect(() => balancer.start()).toThrow(StateError);
      await expect(balancer.executeRequest(() => 1)).rejects.toBeInstanceOf(StateError);
      await clock.advanceAsync(2999);
      await expect(answered).resolves.toBe('answer');
      expect(isStopped).toBe(false);
      await clock.advanceAsync(1);
      await stopped;
      expect(clock.pending).toBe(0);
      await balancer.stop();
      await expect(balancer.executeRequest(() => 1)).rejects.toMatchObject({ code: 'STATE' });
      expect(balancer.getStats().requests).toMatchObject({ arrived: 3, succeeded: 1, stopped: 2 });
    });

    it('ends what takes longer than the deadline, and those who wait at once', async () => {
      const { balancer, clock } = balanced({ deadline: '2s' }, 1, { maxInFlight: 1 });
      const signals: AbortSignal[] = [];
      const hung = balancer.executeRequest(
        (_, { signal }) => {
          signals.push(signal);
          return new Promise(() => {});
        },
        { deadline: '1h', timeout: '1h' },
      );
      const waiting = balancer.executeRequest(() => 1);
      const failed = Promise.allSettled([hung, waiting]);
      const stopped = balancer.stop();
      await expect(waiting).rejects.toMatchObject({ code: 'STATE' });
      await clock.advanceAsync(2000);
      await stopped;
      expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(signals[0]?.aborted).toBe(true);
      const { inFlight, held, abandoned, servers } = balancer.getStats();
      expect({ inFlight, held, abandoned: abandoned.count, on: servers.s0?.inFlight }).toEqual({
        inFlight: 0,
        held: 0,
        abandoned: 1,
        on: 0,
      });
      expect(clock.pending).toBe(0);
    });

    it('can be followed by a start', async () => {
      const { balancer } = balanced();
      await balancer.stop();
      await expect(balancer.executeRequest(() => 1)).rejects.toMatchObject({ code: 'STATE' });
      balancer.start();
      await expect(balancer.executeRequest(() => 1)).resolves.toBe(1);
      await balancer[Symbol.asyncDispose]();
    });
  });
});
