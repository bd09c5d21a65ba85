import { TimeoutError } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../src/execution/attempt.ts';
import type { Judge } from '../src/execution/verdict.ts';
import type { LoadBalancerEvents } from '../src/load-balancer-events.ts';
import { afterMs, balanced, refusedConnection } from './balanced.ts';

const NO_OUTLIERS = { outlierDetection: false } as const;

describe('a try', () => {
  it('that fails is repeated on a server that was not tried, where that is allowed', async () => {
    const { balancer } = balanced({}, 3);
    const servers: string[] = [];
    const error = new Error('out of order');
    const call = ({ id }: { id: string }) => {
      servers.push(id);
      throw error;
    };
    await expect(balancer.executeRequest(call, { idempotent: true })).rejects.toBe(error);
    expect(servers.sort()).toEqual(['s0', 's1', 's2']);
    await expect(balancer.executeRequest(call)).rejects.toBe(error);
    expect(servers).toHaveLength(4);
  });

  it('that was not sent is repeated whatever the request is', async () => {
    const { balancer } = balanced({}, 3);
    let tries = 0;
    const result = await balancer.executeRequest(({ id }) => {
      tries += 1;
      if (tries === 1) throw new TypeError('fetch failed', { cause: refusedConnection() });
      return id;
    });
    expect({ tries, result: typeof result }).toEqual({ tries: 2, result: 'string' });
    expect(balancer.getStats().retries).toEqual({ failure: 0, 'not-sent': 1, timeout: 0, trial: 0 });
  });

  it('is not repeated on a server that was tried, be it the only one', async () => {
    const { balancer } = balanced(NO_OUTLIERS, 1);
    let tries = 0;
    const call = () => {
      tries += 1;
      throw new Error('no');
    };
    await expect(balancer.executeRequest(call, { idempotent: true, retries: 5 })).rejects.toThrow('no');
    expect(tries).toBe(1);
    expect(balancer.getStats().budget.refused).toBe(0);
  });

  it('keeps to the number of retries of the request', async () => {
    const { balancer } = balanced({ throttle: false }, 8);
    for (const retries of [0, 1, 4]) {
      let tries = 0;
      const call = () => {
        tries += 1;
        throw new Error('no');
      };
      await expect(balancer.executeRequest(call, { idempotent: true, retries })).rejects.toThrow('no');
      expect(tries).toBe(1 + retries);
    }
  });

  it('has a time-out of its own, after which another server is tried', async () => {
    const { balancer, clock } = balanced({ timeout: '1s' }, 3);
    const attempts: Attempt[] = [];
    const answer = balancer.executeRequest(
      (server, attempt) => {
        attempts.push(attempt);
        void attempt.signal;
        return attempt.number === 1 ? new Promise<string>(() => {}) : afterMs(clock, 10, server.id);
      },
      { idempotent: true },
    );
    await clock.advanceAsync(999);
    expect(attempts).toHaveLength(1);
    await clock.advanceAsync(11);
    await expect(answer).resolves.toMatch(/^s\d$/);
    expect(attempts[0]?.signal.reason).toBeInstanceOf(TimeoutError);
    expect(attempts[1]?.signal.aborted).toBe(false);
  });

  it('that times out is not repeated where that could do something twice', async () => {
    const { balancer, clock } = balanced({ timeout: '1s' }, 3);
    const request = balancer.executeRequest(() => new Promise(() => {}));
    const failed = expect(request).rejects.toMatchObject({ code: 'TIMEOUT', timeoutMs: 1000 });
    await clock.advanceAsync(1000);
    await failed;
    expect(balancer.getStats()).toMatchObject({ tries: 1, requests: { timedOut: 1 } });
  });

  it('ends at the deadline of its request, and that is not the server’s fault if others took the time', async () => {
    const { balancer, clock } = balanced({ timeout: '1s' }, 5);
    const request = balancer.executeRequest(() => new Promise(() => {}), {
      idempotent: true,
      retries: 4,
      deadline: 2500,
    });
    const failed = expect(request).rejects.toMatchObject({ code: 'TIMEOUT', timeoutMs: 2500 });
    await clock.advanceAsync(2499);
    expect(balancer.getStats().requests.timedOut).toBe(0);
    await clock.advanceAsync(1);
    await failed;
    const failures = Object.values(balancer.getStats().servers).map((server) => server.failures);
    expect(failures.reduce((sum, each) => sum + each, 0)).toBe(2);
  });

  it('gives up its server at the time-out, and is counted as abandoned until it is done', async () => {
    const { balancer, clock } = balanced({ timeout: '1s' }, 1);
    const request = balancer.executeRequest(() => afterMs(clock, 5000));
    const failed = expect(request).rejects.toBeInstanceOf(TimeoutError);
    await clock.advanceAsync(1000);
    await failed;
    await clock.advanceAsync(2000);
    const { abandoned, servers } = balancer.getStats();
    expect(abandoned).toEqual({ count: 1, oldestMs: 3000, oldest: [{ server: 's0', ageMs: 3000 }] });
    expect(servers.s0?.inFlight).toBe(0);
    await clock.advanceAsync(2000);
    expect(balancer.getStats().abandoned).toEqual({ count: 0, oldestMs: 0, oldest: [] });
  });

  it('counts on its server until what it holds is done', async () => {
    const { balancer, clock } = balanced({}, 1);
    const answer = balancer.executeRequest((_, { holdUntil }) => {
      holdUntil(afterMs(clock, 200));
      holdUntil(afterMs(clock, 100).then(() => Promise.reject(new Error('the body broke'))));
      return 'head';
    });
    await expect(answer).resolves.toBe('head');
    const seen = () => ({ held: balancer.getStats().held, on: balancer.getStats().servers.s0?.inFlight });
    await clock.advanceAsync(199);
    expect(seen()).toEqual({ held: 1, on: 1 });
    await clock.advanceAsync(1);
    expect(seen()).toEqual({ held: 0, on: 0 });
  });

  it('refuses to hold when it is over', async () => {
    const { balancer } = balanced();
    let hold = (_work: Promise<unknown>): void => {};
    await balancer.executeRequest((_, { holdUntil }) => {
      hold = holdUntil;
    });
    expect(() => hold(Promise.resolve())).toThrow(expect.objectContaining({ code: 'STATE' }));
  });

  it('may say anything of its server’s load', async () => {
    const { balancer } = balanced({ strategy: 'resource-based' });
    const errors: string[] = [];
    balancer.on('error', ({ source }) => errors.push(source));
    await balancer.executeRequest((_, { reportLoad }) => {
      reportLoad(0.5);
      reportLoad(-1);
      reportLoad('high' as never);
    });
    expect(errors).toHaveLength(2);
    expect(errors[0]).toMatch(/^load report of server "s\d"$/);
  });

  it('is judged by the request’s judge, or else by the balancer’s', async () => {
    const judge: Judge = (outcome) => ('value' in outcome && outcome.value === 503 ? 'failure' : 'success');
    const { balancer } = balanced({ judge, ...NO_OUTLIERS }, 2);
    let tries = 0;
    const call = () => {
      tries += 1;
      return 503;
    };
    // With no try left it is the answer.
    await expect(balancer.executeRequest(call, { idempotent: true })).resolves.toBe(503);
    expect(tries).toBe(2);
    await balancer.executeRequest(call, { idempotent: true, judge: () => 'success' });
    expect(tries).toBe(3);
    const refused = new Error('not found');
    const request = balancer.executeRequest(() => Promise.reject(refused), { judge: () => 'ignore' });
    await expect(request).rejects.toBe(refused);
    expect(balancer.getStats().requests).toMatchObject({ failed: 1, succeeded: 1, ignored: 1 });
  });

  it('whose judge throws or gives junk is judged by whether it threw', async () => {
    const { balancer } = balanced();
    const sources: string[] = [];
    balancer.on('error', ({ source }) => sources.push(source));
    const junk = balancer.executeRequest(() => 1, { judge: () => 'fine' as never });
    await expect(junk).resolves.toBe(1);
    const thrown = balancer.executeRequest(() => 2, {
      judge: () => {
        throw new Error('no verdict');
      },
    });
    await expect(thrown).resolves.toBe(2);
    expect(sources).toEqual(['judge', 'judge']);
  });

  it('is told of when it is repeated, and with all others when the request has failed', async () => {
    const { balancer, clock } = balanced({ timeout: 500, retries: 1 }, 2);
    const retries: LoadBalancerEvents['retry'][] = [];
    const failures: LoadBalancerEvents['request_failed'][] = [];
    balancer.on('retry', (event) => retries.push(event));
    balancer.on('request_failed', (event) => failures.push(event));
    const error = new Error('no');
    const request = balancer.executeRequest(
      (_, { number }) => (number === 1 ? new Promise(() => {}) : Promise.reject(error)),
      { idempotent: true, key: 'order 7' },
    );
    const failed = expect(request).rejects.toBe(error);
    await clock.advanceAsync(500);
    await failed;
    const [{ server = '', to = '' } = {}] = retries;
    expect(retries).toEqual([{ server, to, number: 2, reason: 'timeout' }]);
    expect(failures).toEqual([
      {
        key: 'order 7',
        error,
        durationMs: 500,
        tries: [
          { server, number: 1, reason: 'timeout', durationMs: 500, error: expect.any(TimeoutError) },
          { server: to, number: 2, reason: 'failure', durationMs: 0, error },
        ],
      },
    ]);
    expect(new Set([server, to])).toEqual(new Set(['s0', 's1']));
  });
});

describe('the signal of a request', () => {
  it('that has fired already lets nothing be called', async () => {
    const { balancer } = balanced();
    let calls = 0;
    const signal = AbortSignal.abort(new Error('too late'));
    const request = balancer.executeRequest(
      () => {
        calls += 1;
      },
      { signal },
    );
    await expect(request).rejects.toThrow('too late');
    expect(calls).toBe(0);
  });

  it('ends the try and the request with its reason, and is not the server’s fault', async () => {
    const { balancer } = balanced({}, 1);
    const controller = new AbortController();
    let inner: AbortSignal | undefined;
    const request = balancer.executeRequest(
      (_, { signal }) => {
        inner = signal;
        return new Promise(() => {});
      },
      { signal: controller.signal, idempotent: true },
    );
    controller.abort('enough');
    await expect(request).rejects.toBe('enough');
    expect(inner?.reason).toBe('enough');
    const { requests, servers } = balancer.getStats();
    expect({ aborted: requests.aborted, failures: servers.s0?.failures, on: servers.s0?.inFlight }).toEqual({
      aborted: 1,
      failures: 0,
      on: 0,
    });
  });

  it('may be fired by the function itself, before it returns', async () => {
    const { balancer } = balanced({ hedgeQuantile: 0.9 }, 2);
    const controller = new AbortController();
    const request = balancer.executeRequest(
      () => {
        controller.abort('by itself');
        return 'too late';
      },
      { signal: controller.signal, idempotent: true },
    );
    await expect(request).rejects.toBe('by itself');
    await Promise.resolve();
    const { inFlight, abandoned } = balancer.getStats();
    expect({ inFlight, abandoned: abandoned.count }).toEqual({ inFlight: 0, abandoned: 0 });
  });
});

describe('hedging', () => {
  /* Enough to know the latency by. */
  async function warmUp({ balancer, clock }: ReturnType<typeof balanced>): Promise<void> {
    const requests = Array.from({ length: 100 }, () => balancer.executeRequest(() => afterMs(clock, 10)));
    await clock.advanceAsync(10);
    await Promise.all(requests);
  }

  it('tries a second server when the first takes long; the loser is told, and gone from its server', async () => {
    const subject = balanced({ hedgeQuantile: 0.95 }, 3);
    const { balancer, clock } = subject;
    await warmUp(subject);
    const attempts: Attempt[] = [];
    const request = balancer.executeRequest(
      (_, attempt) => {
        attempts.push(attempt);
        void attempt.signal;
        return afterMs(clock, attempt.number === 1 ? 1000 : 5, attempt.number);
      },
      { idempotent: true },
    );
    await clock.advanceAsync(9);
    expect(attempts).toHaveLength(1);
    await clock.advanceAsync(7);
    await expect(request).resolves.toBe(2);
    expect(attempts[0]?.signal.reason).toMatchObject({ code: 'HEDGED' });
    const stats = balancer.getStats();
    expect(stats).toMatchObject({ hedges: 1, hedgesWon: 1, inFlight: 0, abandoned: { count: 1 } });
    expect(Object.values(stats.servers).map(({ inFlight }) => inFlight)).toEqual([0, 0, 0]);
    await clock.advanceAsync(1000);
    expect(balancer.getStats().abandoned.count).toBe(0);
  });

  it('leaves alone what must not be done twice, what does not want it, and what the budget does not allow', async () => {
    const subject = balanced({ hedgeQuantile: 0.95, retryBudget: 0.01 }, 3);
    const { balancer, clock } = subject;
    await warmUp(subject);
    await clock.advanceAsync(2000);
    const slow = () => afterMs(clock, 100);
    const plans = [{}, { idempotent: true, hedge: false }, { idempotent: true, retries: 0 }];
    const requests = plans.map((plan) => balancer.executeRequest(slow, plan));
    await clock.advanceAsync(100);
    await Promise.all(requests);
    expect(balancer.getStats().hedges).toBe(0);
    const many = Array.from({ length: 50 }, () => balancer.executeRequest(slow, { idempotent: true }));
    await clock.advanceAsync(100);
    await Promise.all(many);
    // The reserve.
    expect(balancer.getStats()).toMatchObject({ hedges: 5, budget: { refused: 45 } });
  });

  it('waits for the second when the first fails, and fails when both have', async () => {
    const subject = balanced({ hedgeQuantile: 0.95, retries: 1 }, 3);
    const { balancer, clock } = subject;
    await warmUp(subject);
    const play = async (second: () => Promise<unknown>) => {
      const request = balancer.executeRequest(
        (_, { number }) =>
          number === 1 ? afterMs(clock, 20).then(() => Promise.reject(new Error('first'))) : second(),
        { idempotent: true },
      );
      const settled = Promise.allSettled([request]);
      await clock.advanceAsync(100);
      return (await settled)[0];
    };
    expect(await play(() => afterMs(clock, 50, 'second'))).toMatchObject({ value: 'second' });
    const failing = () => afterMs(clock, 50).then(() => Promise.reject(new Error('second')));
    expect(await play(failing)).toMatchObject({ reason: { message: 'second' } });
    expect(balancer.getStats()).toMatchObject({ hedges: 2, hedgesWon: 1, inFlight: 0 });
  });
});
