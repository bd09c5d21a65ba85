import { type Queryable, VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { OutcomeUnknownError } from '../../src/execution/errors.ts';
import type { QueryExecutorOptions } from '../../src/execution/executor-options.ts';
import { QueryExecutor } from '../../src/execution/query-executor.ts';
import type { RetryEvent } from '../../src/execution/retries.ts';
import type { QueryObservation } from '../../src/queries/observation.ts';
import { type Answer, coded, fakePool, LOST } from './fake-pool.ts';

const byPrefix: QueryExecutorOptions['describe'] = (text) =>
  text.startsWith('select') ? { kind: 'select', isReadOnly: true } : { kind: 'insert', isReadOnly: false };

function setUp(answer: Answer, options: Partial<QueryExecutorOptions> = {}, connect?: () => void) {
  const clock = new VirtualClock(1000);
  const pool = fakePool(answer, connect);
  const retries: RetryEvent[] = [];
  const observed: QueryObservation[] = [];
  const executor = new QueryExecutor({
    database: pool,
    describe: byPrefix,
    clock,
    random: () => 0.5,
    onRetry: (event) => retries.push(event),
    observe: (observation) => observed.push(observation),
    ...options,
  });
  /** What it resolves to or rejects with, after as much time as it takes. */
  const settle = async (promise: Promise<unknown>): Promise<unknown> => {
    let end: unknown;
    promise.then(
      (value) => {
        end = { value };
      },
      (error: unknown) => {
        end = error;
      },
    );
    for (let turn = 0; end === undefined && turn < 200; turn++) await clock.advanceAsync(1000);
    return end;
  };
  return { clock, pool, retries, observed, executor, settle };
}

/** Fails the first times with these, then answers. */
function failing(...errors: unknown[]): Answer {
  return (text) => {
    if (/^(BEGIN|COMMIT|ROLLBACK|rollback)/.test(text)) return undefined;
    if (errors.length > 0) throw errors.shift();
    return { rows: [{ one: 1 }], rowCount: 1, command: 'SELECT' };
  };
}

const DONE = { value: { rows: [{ one: 1 }], rowCount: 1, command: 'SELECT' } };

describe('a query', () => {
  it('gives the result of the driver, and is observed once', async () => {
    const { executor, observed, pool, settle } = setUp(failing());
    expect(await settle(executor.query('select $1', [1]))).toEqual(DONE);
    expect(observed).toEqual([
      { text: 'select $1', params: [1], startedAt: 1000, durationMs: 0, rows: 1, error: undefined },
    ]);
    expect(pool.released).toEqual([undefined]);
    expect(executor.counts).toEqual({
      queries: 1,
      transactions: 0,
      retries: {},
      retriesRefused: 0,
      lostCommits: { committed: 0, aborted: 0, unknown: 0 },
      unknownOutcomes: 0,
    });
  });

  it('that the server undid is run again, whatever it does', async () => {
    const { executor, retries, settle, observed } = setUp(failing(coded('40001'), coded('40P01')));
    expect(await settle(executor.query('insert'))).toEqual(DONE);
    expect(retries.map(({ reason, attempt, delayMs }) => ({ reason, attempt, delayMs }))).toEqual([
      { reason: 'conflict', attempt: 2, delayMs: 10 },
      { reason: 'conflict', attempt: 3, delayMs: 17.5 },
    ]);
    expect(observed.map(({ error }) => error === undefined)).toEqual([false, false, true]);
  });

  it('that only reads is run again when its answer is lost: where the server lets nothing be changed', async () => {
    const { executor, pool, settle } = setUp(failing(LOST()));
    expect(await settle(executor.query('select 1'))).toEqual(DONE);
    expect(pool.sent).toEqual(['1: select 1', '2: BEGIN READ ONLY', '2: select 1', '2: COMMIT']);
    expect(pool.released.map((error) => error?.message)).toEqual([
      'Connection terminated unexpectedly',
      undefined,
    ]);
  });

  it('that reads by its text but writes is told to be unknown rather than run twice', async () => {
    const { executor, settle } = setUp(failing(LOST(), coded('25006')));
    const error = await settle(executor.query('select from a_view_that_writes'));
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', cause: { message: LOST().message } });
    expect(executor.counts.unknownOutcomes).toBe(1);
  });

  it.each([
    ['it may write', 'insert', byPrefix],
    ['nothing is known of it', 'select 1', () => Promise.reject(new Error('no parser'))],
    ['the parser does not answer', 'select 1', () => new Promise<never>(() => {})],
    ['the parser gives junk', 'select 1', () => undefined as never],
  ])('is not run again when its answer is lost and %s', async (_, text, describe_) => {
    const { executor, settle, pool } = setUp(failing(LOST()), { describe: describe_ });
    expect(await settle(executor.query(text))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(pool.sent).toHaveLength(1);
  });

  it('that is idempotent is run again as it is', async () => {
    const { executor, settle, pool } = setUp(failing(LOST(), coded('57P01')));
    expect(await settle(executor.query('insert', [], { idempotent: true }))).toEqual(DONE);
    expect(pool.sent).toEqual(['1: insert', '2: insert', '3: insert']);
  });

  it('that is idempotent and fails after an answer was lost may have run', async () => {
    const given = { idempotent: true };
    const first = setUp(failing(LOST(), coded('23505')));
    expect(await first.settle(first.executor.query('insert', [], given))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      cause: { code: '23505' },
    });
    const second = setUp(failing(LOST(), LOST()));
    expect(await second.settle(second.executor.query('insert', [], { ...given, retries: 1 }))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    });
  });

  it('that was never sent is run again, whatever it does', async () => {
    const dead = new Error('Client has encountered a connection error and is not queryable');
    const { executor, settle, pool } = setUp(failing(dead, dead));
    expect(await settle(executor.query('insert'))).toEqual(DONE);
    expect(pool.released.map((error) => error !== undefined)).toEqual([true, true, false]);
  });

  it('waits for a server that starts', async () => {
    const refusals = [coded('ECONNREFUSED'), coded('57P03'), new Error('Connection terminated unexpectedly')];
    const connect = (): void => {
      const error = refusals.shift();
      if (error) throw error;
    };
    const { executor, settle, retries, observed } = setUp(failing(), {}, connect);
    expect(await settle(executor.query('insert'))).toEqual(DONE);
    expect(retries.map(({ reason, delayMs }) => [reason, delayMs])).toEqual([
      ['unavailable', 200],
      ['unavailable', 350],
      ['unavailable', 575],
    ]);
    expect(observed).toHaveLength(1);
  });

  it('does not storm a pool that is exhausted', async () => {
    const connect = (): void => {
      throw new Error('timeout exceeded when trying to connect');
    };
    const { executor, settle, retries } = setUp(failing(), {}, connect);
    expect(await settle(executor.query('select 1'))).toMatchObject({ message: /timeout exceeded/ });
    expect(retries).toEqual([]);
  });

  it.each(['0A000', '25006'])('is run again once after %s, on another connection', async (code) => {
    const error = (): Error => coded(code, { routine: 'RevalidateCachedQuery' });
    const first = setUp(failing(error()));
    expect(await first.settle(first.executor.query('insert', [], { name: 'a' }))).toEqual(DONE);
    expect(first.pool.sent).toEqual(['1: insert', '2: insert']);
    const twice = setUp(failing(error(), error()));
    expect(await twice.settle(twice.executor.query('insert', [], { name: 'a' }))).toMatchObject({ code });
    expect(twice.pool.sent).toHaveLength(2);
  });

  it.each(['23505', '42601', '28P01', '22012', '57014', '55P03', '25P02'])(
    'is not run again after %s',
    async (code) => {
      const { executor, settle, pool } = setUp(failing(coded(code)));
      expect(await settle(executor.query('insert'))).toMatchObject({ code });
      expect(pool.sent).toHaveLength(1);
      // The server answered: the connection is as good as before.
      expect(pool.released).toEqual([undefined]);
    },
  );

  it('is run again after what the caller names', async () => {
    const { executor, settle, retries } = setUp(failing(coded('23505'), coded('55P03')));
    expect(await settle(executor.query('insert', [], { retryOn: ['23505', '55P03'] }))).toEqual(DONE);
    expect(retries).toHaveLength(2);
  });

  it('is tried as often as it may, and then fails as it failed last', async () => {
    const answer: Answer = () => {
      throw coded('40001');
    };
    const { executor, settle, pool } = setUp(answer);
    expect(await settle(executor.query('insert', [], { retries: 3 }))).toMatchObject({ code: '40001' });
    expect(pool.sent).toHaveLength(4);
    expect(await settle(executor.query('insert', [], { retries: 0 }))).toMatchObject({ code: '40001' });
    expect(pool.sent).toHaveLength(5);
  });

  it('is not tried beyond the budget, which all share', async () => {
    const answer: Answer = () => {
      throw coded('40001');
    };
    const { executor, settle, pool } = setUp(answer);
    for (let call = 0; call < 100; call++) await settle(executor.query('insert'));
    // A tenth, and the reserve; the clock has moved on by some seconds.
    expect(pool.sent.length - 100).toBeGreaterThanOrEqual(20);
    expect(pool.sent.length - 100).toBeLessThanOrEqual(45);
    expect(executor.counts.retriesRefused).toBeGreaterThan(70);
  });

  it('is not tried beyond its deadline', async () => {
    const answer: Answer = () => {
      throw coded('40001');
    };
    const { executor, settle, clock } = setUp(answer);
    const startedMs = clock.monotonic();
    let endedMs = 0;
    const query = executor.query('insert', [], { deadline: 30, retries: 20 }).finally(() => {
      endedMs = clock.monotonic();
    });
    expect(await settle(query)).toMatchObject({ code: '40001' });
    expect(endedMs - startedMs).toBeLessThan(30);
  });

  it('that takes too long is cancelled, and unknown where nothing is heard of it and it may write', async () => {
    const hanging: Answer = () => new Promise(() => {});
    const { executor, settle, pool } = setUp(hanging);
    expect(await settle(executor.query('insert', [], { timeout: 100 }))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      cause: { code: 'TIMEOUT' },
    });
    expect(await settle(executor.query('select 1', [], { timeout: 100 }))).toMatchObject({ code: 'TIMEOUT' });
    expect(pool.released.map((error) => error?.message)).toEqual([
      'the query did not finish within 100 ms',
      'the query did not finish within 100 ms',
    ]);
  });

  it('that took too long but was done when it was to be cancelled is done', async () => {
    const { clock, executor, settle } = setUp(
      () =>
        new Promise((resolve) => {
          clock.setTimeout(() => resolve(DONE.value), 150);
        }),
    );
    expect(await settle(executor.query('insert', [], { timeout: 100 }))).toEqual(DONE);
  });

  it('that waits for a connection too long gives it back when it comes', async () => {
    let connected = (): void => {};
    const connect = (): Promise<void> =>
      new Promise((resolve) => {
        connected = resolve;
      });
    const { executor, settle, pool, clock } = setUp(failing(), {}, connect);
    expect(await settle(executor.query('insert', [], { timeout: 100 }))).toMatchObject({ code: 'TIMEOUT' });
    connected();
    await clock.advanceAsync(0);
    expect(pool.sent).toEqual([]);
    expect(pool.out).toBe(0);
    expect(pool.released).toEqual([undefined]);
  });

  it('ends with the reason of a signal: before it is sent, while it runs, and while it waits for the next try', async () => {
    const reason = new Error('the visitor has left');
    const before = setUp(failing());
    expect(
      await before.settle(before.executor.query('insert', [], { signal: AbortSignal.abort(reason) })),
    ).toBe(reason);
    expect(before.pool.sent).toEqual([]);

    const controller = new AbortController();
    const during = setUp(() => new Promise(() => {}));
    const query = during.executor.query('select 1', [], { signal: controller.signal });
    await during.clock.advanceAsync(10);
    controller.abort(reason);
    expect(await during.settle(query)).toBe(reason);

    const later = new AbortController();
    const waiting = setUp(failing(coded('40001')));
    const retried = waiting.executor.query('insert', [], { signal: later.signal });
    await waiting.clock.advanceAsync(1);
    later.abort(reason);
    expect(await waiting.settle(retried)).toBe(reason);
    expect(waiting.pool.sent).toHaveLength(1);
  });

  it('is not harmed by an observer or a listener that throws', async () => {
    const thrower = (): never => {
      throw new Error('mine');
    };
    const { executor, settle } = setUp(failing(coded('40001')), { observe: thrower, onRetry: thrower });
    expect(await settle(executor.query('insert'))).toEqual(DONE);
  });

  it('survives a driver that throws', async () => {
    const clock = new VirtualClock();
    const pool = {
      totalCount: 0,
      query: () => Promise.reject(new Error('unused')),
      connect: () => {
        throw new Error('no more');
      },
    };
    const executor = new QueryExecutor({ database: pool as unknown as Queryable, describe: byPrefix, clock });
    await expect(executor.query('select 1')).rejects.toThrow('no more');
  });
});

describe('options', () => {
  it('are checked', async () => {
    const { executor } = setUp(failing());
    await expect(executor.query('select 1', [], { timeout: -1 })).rejects.toThrow(
      /timeout must be milliseconds/,
    );
    await expect(executor.query('select 1', [], { retries: 21 })).rejects.toThrow(
      /retries must be an integer from 0 to 20/,
    );
    await expect(executor.query('select 1', [], { tries: 3 } as never)).rejects.toThrow(
      /tries must be absent/,
    );
    expect(() => new QueryExecutor({ describe: byPrefix } as never)).toThrow(
      /database must be an object with query/,
    );
    expect(
      () => new QueryExecutor({ database: fakePool(failing()), describe: byPrefix, retryBudget: 2 }),
    ).toThrow(/retryBudget must be a number from 0 to 1/);
  });
});

describe('what is only known to run statements', () => {
  it('runs queries, and refuses transactions', async () => {
    const executor = new QueryExecutor({
      database: { query: async () => ({ rows: [{ a: 1 }] as never[] }) },
      describe: byPrefix,
    });
    expect(await executor.query('select 1')).toEqual({ rows: [{ a: 1 }] });
    await expect(executor.transaction(async () => {})).rejects.toThrow(/no transactions/);
  });
});
