import { VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import type { QueryExecutorOptions } from '../../src/execution/executor-options.ts';
import { QueryExecutor } from '../../src/execution/query-executor.ts';
import type { Transaction } from '../../src/execution/transaction.ts';
import { type Answer, coded, fakePool, LOST } from './fake-pool.ts';

const byPrefix: QueryExecutorOptions['describe'] = (text) =>
  text.startsWith('select') ? { kind: 'select', isReadOnly: true } : { kind: 'insert', isReadOnly: false };

/** A server with transaction ids, whose history and COMMITs the test decides. */
interface Server {
  /** What COMMIT does, one after the other; then it commits. */
  readonly commits?: (() => unknown)[];
  /** What `pg_xact_status` says, one after the other. */
  readonly states?: unknown[];
  history?: string;
  /** Any other statement. */
  readonly answer?: Answer;
}

function setUp(server: Server = {}, options: Partial<QueryExecutorOptions> = {}) {
  const clock = new VirtualClock();
  let xid = 700;
  const pool = fakePool((text, params) => {
    if (text.includes('bgwriter')) return { rows: [{ history: server.history ?? '00000001 5' }] };
    if (text.includes('pg_current_xact_id')) return { rows: [{ xid: String(++xid) }] };
    if (text.includes('pg_xact_status')) {
      const state = server.states?.shift();
      if (state instanceof Error) throw state;
      return { rows: [{ state }] };
    }
    if (text === 'COMMIT') return server.commits?.shift()?.();
    if (text.startsWith('BEGIN') || text === 'ROLLBACK') return undefined;
    return server.answer?.(text, params);
  });
  const executor = new QueryExecutor({
    database: pool,
    describe: byPrefix,
    clock,
    random: () => 0.5,
    ...options,
  });
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
  /** Without what is only asked about. */
  const told = (): string[] =>
    pool.sent.map((line) =>
      line
        .replace(/select case.*pg_xact_status.*/, 'STATE?')
        .replace(/select case.*/, 'XID?')
        .replace(/select concat[\s\S]*/, 'HISTORY?'),
    );
  return { clock, pool, executor, settle, told };
}

const throwing = (error: unknown) => (): never => {
  throw error;
};

describe('a transaction', () => {
  it('is committed when its callback returns, and knows its id by then', async () => {
    const { executor, settle, told, pool } = setUp();
    const insert = (transaction: Transaction) => transaction.query('insert 1');
    expect(await settle(executor.transaction(insert))).toMatchObject({ value: { command: 'INSERT' } });
    // The text is not known yet.
    expect(told()).toEqual(['1: HISTORY?', '1: BEGIN', '1: insert 1', '1: XID?', '1: COMMIT']);
    pool.sent.length = 0;
    await settle(
      executor.transaction(async (transaction) => {
        await transaction.query('insert 1');
        await transaction.query('insert 1');
      }),
    );
    // Directly behind the first statement that may write, and once.
    expect(told()).toEqual(['1: BEGIN', '1: insert 1', '1: XID?', '1: insert 1', '1: COMMIT']);
    expect(pool.out).toBe(0);
  });

  it('asks for nothing more where it only reads', async () => {
    const { executor, settle, told, pool } = setUp();
    await settle(
      executor.transaction((transaction) => transaction.query('insert'), {
        readOnly: true,
        isolation: 'repeatable read',
      }),
    );
    expect(told()).toEqual(['1: BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', '1: insert', '1: COMMIT']);
    await settle(executor.transaction((transaction) => transaction.query('select')));
    pool.sent.length = 0;
    await settle(executor.transaction((transaction) => transaction.query('select')));
    expect(told()).toEqual(['1: BEGIN', '1: select', '1: COMMIT']);
  });

  it('is run again as a whole after a conflict: in a statement, wrapped, or at COMMIT', async () => {
    const attempts: number[] = [];
    const { executor, settle, pool } = setUp({
      answer: (text) => (attempts.length < 3 && text === 'insert' ? throwing(coded('40001'))() : undefined),
      commits: [throwing(coded('40001'))],
    });
    const value = executor.transaction(async (transaction) => {
      attempts.push(transaction.attempt);
      try {
        await transaction.query('insert');
      } catch (error) {
        if (attempts.length === 1) throw error;
        throw new Error('could not save the order', { cause: new Error('storage', { cause: error }) });
      }
      return 'done';
    });
    expect(await settle(value)).toEqual({ value: 'done' });
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(pool.sent.filter((line) => line.includes('ROLLBACK'))).toHaveLength(2);
    expect(pool.out).toBe(0);
  });

  it('is run again when its callback ignored a conflict and COMMIT was answered with ROLLBACK', async () => {
    let calls = 0;
    const { executor, settle } = setUp({
      answer: () => (++calls === 1 ? throwing(coded('40P01'))() : undefined),
      commits: [() => ({ rows: [], command: 'ROLLBACK' })],
    });
    const value = executor.transaction(async (transaction) => {
      await transaction.query('insert').catch(() => {});
      return transaction.attempt;
    });
    expect(await settle(value)).toEqual({ value: 2 });
  });

  it('is not said to be committed when COMMIT was answered with ROLLBACK', async () => {
    const { executor, settle } = setUp({
      answer: throwing(coded('23505')),
      commits: [() => ({ rows: [], command: 'ROLLBACK' })],
    });
    const value = executor.transaction((transaction) => transaction.query('insert').catch(() => {}));
    expect(await settle(value)).toMatchObject({ code: 'TRANSACTION_ABORTED', cause: { code: '23505' } });
  });

  it('is rolled back when its callback throws, and not run again: not even after a conflict it got over', async () => {
    let calls = 0;
    const { executor, settle, told, pool } = setUp({
      answer: (text) => (text === 'insert' && ++calls === 1 ? throwing(coded('40001'))() : undefined),
    });
    const mine = new Error('not enough money');
    const value = executor.transaction(async (transaction) => {
      await transaction.query('savepoint a');
      await transaction.query('insert').catch(() => transaction.query('rollback to a'));
      throw mine;
    });
    expect(await settle(value)).toBe(mine);
    expect(told().at(-1)).toBe('1: ROLLBACK');
    expect(pool.released).toEqual([undefined]);
    expect(await settle(executor.transaction(throwing(mine)))).toBe(mine);
    expect(await settle(executor.transaction(() => Promise.reject(undefined)))).toBe(undefined);
  });

  it('that is to change nothing is not run again because it tried to', async () => {
    const { executor, settle } = setUp({ answer: throwing(coded('25006')) });
    const writes = (transaction: Transaction) => transaction.query('insert');
    expect(await settle(executor.transaction(writes, { readOnly: true }))).toMatchObject({ code: '25006' });
    expect(executor.counts.retries).toEqual({});
    // Elsewhere the server may have become a standby, and another taken its place.
    expect(await settle(executor.transaction(writes))).toMatchObject({ code: '25006' });
    expect(executor.counts.retries).toEqual({ 'read-only-server': 1 });
  });

  it('that lost its connection before COMMIT is run again on another', async () => {
    let calls = 0;
    const { executor, settle, pool } = setUp({
      answer: () => (++calls === 1 ? throwing(LOST())() : undefined),
    });
    expect(
      await settle(executor.transaction((transaction) => transaction.query('insert').then(() => 1))),
    ).toEqual({ value: 1 });
    expect(pool.released.map((error) => error?.message)).toEqual([LOST().message, undefined]);
  });

  it('cannot be ended by its callback, nor used when it has ended', async () => {
    const { executor, settle } = setUp();
    const commits = executor.transaction((transaction) => transaction.query(' commit'));
    expect(await settle(commits)).toMatchObject({ code: 'STATE' });
    let kept: Transaction | undefined;
    await settle(
      executor.transaction(async (transaction) => {
        kept = transaction;
      }),
    );
    await expect(kept?.query('insert')).rejects.toMatchObject({ code: 'STATE' });
  });

  it('waits for statements that its callback did not wait for', async () => {
    const { executor, settle, told, clock } = setUp({
      answer: () =>
        new Promise((resolve) => {
          clock.setTimeout(() => resolve(undefined), 10);
        }),
    });
    const value = executor.transaction(async (transaction) => {
      void transaction.query('insert 1');
      void transaction.query('insert 2');
    });
    await settle(value);
    expect(told()).toEqual(['1: HISTORY?', '1: BEGIN', '1: insert 1', '1: insert 2', '1: XID?', '1: COMMIT']);
  });

  it('whose callback hangs ends with its deadline, and its callback is told', async () => {
    const { executor, settle, told, pool } = setUp();
    let seen: Transaction | undefined;
    const hangs = executor.transaction(
      (transaction) => {
        seen = transaction;
        return new Promise(() => {});
      },
      { deadline: 500 },
    );
    expect(await settle(hangs)).toMatchObject({ code: 'TIMEOUT' });
    expect(seen?.signal.aborted).toBe(true);
    await expect(seen?.query('insert')).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(told()).toEqual(['1: HISTORY?', '1: BEGIN', '1: ROLLBACK']);
    expect(pool.out).toBe(0);
  });

  it('whose statement does not answer gives its connection up', async () => {
    const { executor, settle, pool, told } = setUp({ answer: () => new Promise(() => {}) });
    const value = executor.transaction((transaction) => transaction.query('insert'), { timeout: 100 });
    expect(await settle(value)).toMatchObject({ code: 'TIMEOUT' });
    expect(pool.released.map((error) => error !== undefined)).toEqual([true]);
    expect(told().at(-1)).toBe('1: insert');
  });

  it('ends with the reason of a signal', async () => {
    const reason = new Error('the visitor has left');
    const controller = new AbortController();
    const { executor, settle, clock, told } = setUp();
    const value = executor.transaction(() => new Promise(() => {}), { signal: controller.signal });
    await clock.advanceAsync(10);
    controller.abort(reason);
    expect(await settle(value)).toBe(reason);
    expect(told().at(-1)).toBe('1: ROLLBACK');
    expect(await settle(executor.transaction(async () => 1, { signal: controller.signal }))).toBe(reason);
  });
});

describe('a COMMIT whose answer is lost', () => {
  const lose = throwing(LOST());

  it.each([
    ['is committed', ['committed'], 1, { committed: 1, aborted: 0, unknown: 0 }],
    [
      'is committed in the end',
      ['in progress', 'standby', LOST(), 'committed'],
      1,
      { committed: 1, aborted: 0, unknown: 0 },
    ],
    ['is not, and is run again', ['aborted'], 2, { committed: 0, aborted: 1, unknown: 0 }],
  ])('%s', async (_, states, runs, counted) => {
    const { executor, settle, pool } = setUp({ commits: [lose], states });
    let calls = 0;
    const value = executor.transaction(async (transaction) => {
      calls += 1;
      await transaction.query('insert');
      return 'done';
    });
    expect(await settle(value)).toEqual({ value: 'done' });
    expect(calls).toBe(runs);
    expect(executor.counts.lostCommits).toEqual(counted);
    // The connection that was lost, and never that alone.
    expect(pool.released[0]?.message).toBe(LOST().message);
    expect(pool.out).toBe(0);
  });

  it.each([
    ['is too old to be known', [null]],
    ['stays in progress', Array.from({ length: 1000 }, () => 'in progress')],
    ['cannot be asked for', Array.from({ length: 1000 }, () => coded('42501'))],
    [
      'has never been given',
      [Object.assign(coded('22023'), { message: 'transaction ID 701 is in the future' })],
    ],
  ])('is unknown when its id %s', async (_, states) => {
    const { executor, settle } = setUp({ commits: [lose], states });
    let calls = 0;
    const value = executor.transaction(async (transaction) => {
      calls += 1;
      await transaction.query('insert');
    });
    expect(await settle(value)).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      xid: '701',
      cause: { message: LOST().message },
    });
    expect(calls).toBe(1);
    expect(executor.counts).toMatchObject({ unknownOutcomes: 1, lostCommits: { unknown: 1 } });
  });

  it.each([
    ['committed', 'by somebody', 'OUTCOME_UNKNOWN'],
    ['aborted', 'by nobody', undefined],
    ['in progress', 'by somebody else now', undefined],
    [
      Object.assign(coded('22023'), { message: 'transaction ID 701 is in the future' }),
      'by nobody yet',
      undefined,
    ],
  ])('after a crash, where its id is %s %s', async (state, _, code) => {
    const server: Server = { commits: [], states: [state] };
    server.commits?.push(() => {
      server.history = '00000001 6';
      throw LOST();
    });
    const { executor, settle } = setUp(server);
    const end = await settle(
      executor.transaction((transaction) => transaction.query('insert').then(() => 1)),
    );
    expect(end).toMatchObject(code === undefined ? { value: 1 } : { code });
  });

  it('changes nothing where nothing was changed: it is run again, where the server lets nothing be changed', async () => {
    const first = setUp({ commits: [lose] });
    await first.settle(first.executor.transaction((transaction) => transaction.query('select')));
    first.pool.sent.length = 0;
    expect(first.executor.counts.retries).toEqual({});

    const { executor, settle, told } = setUp({});
    const reads = (transaction: Transaction) => transaction.query('select').then(() => transaction.attempt);
    await settle(executor.transaction(reads));
    const lost = setUp({ commits: [() => undefined, lose] });
    await lost.settle(lost.executor.transaction(reads));
    lost.pool.sent.length = 0;
    expect(await lost.settle(lost.executor.transaction(reads))).toEqual({ value: 2 });
    expect(lost.told()).toEqual([
      '1: BEGIN',
      '1: select',
      '1: COMMIT',
      '2: BEGIN READ ONLY',
      '2: select',
      '2: COMMIT',
    ]);
    expect(told()).toHaveLength(5);
  });

  it('is unknown where what was proven to change nothing tries to', async () => {
    let calls = 0;
    const { executor, settle } = setUp({
      commits: [() => undefined, lose],
      answer: () => (++calls === 3 ? throwing(coded('25006'))() : undefined),
    });
    const reads = (transaction: Transaction) => transaction.query('select');
    await settle(executor.transaction(reads));
    expect(await settle(executor.transaction(reads))).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  it('is seen through beyond the deadline and the signal', async () => {
    const controller = new AbortController();
    const { executor, settle, clock } = setUp({
      commits: [
        () =>
          new Promise((resolve) => {
            controller.abort(new Error('too late'));
            clock.setTimeout(() => resolve(undefined), 5000);
          }),
      ],
    });
    const value = executor.transaction((transaction) => transaction.query('insert').then(() => 1), {
      deadline: 1000,
      signal: controller.signal,
    });
    expect(await settle(value)).toEqual({ value: 1 });
  });
});
