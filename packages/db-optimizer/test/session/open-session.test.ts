import { VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { inspect } from '../../src/session/inspect.ts';
import { openSession } from '../../src/session/open-session.ts';

class ServerError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(`error ${code}`);
    this.code = code;
  }
}

type Answer = (text: string) => unknown;

/** A client of `pg`, as far as a session needs it, that speaks the extended protocol and is in no transaction. */
function fakeClient(answer: Answer = () => undefined, { extended = true, inTransaction = false } = {}) {
  const asked: string[] = [];
  const listeners = new Set<(error: Error) => void>();
  return {
    asked,
    listeners,
    processID: 1,
    on: (_: 'error', listener: (error: Error) => void) => listeners.add(listener),
    removeListener: (_: 'error', listener: (error: Error) => void) => listeners.delete(listener),
    async query({ text }: { text: string }) {
      asked.push(text);
      if (text === 'select 1; select 2' && extended) throw new ServerError('42601');
      if (text.startsWith('savepoint evenkeel_probe') && !inTransaction) throw new ServerError('25P01');
      return { rows: [(await answer(text)) ?? {}] };
    },
  };
}

function fakePool(client = fakeClient()) {
  const released: (Error | undefined)[] = [];
  const pooled = Object.assign(client, { release: (error?: Error) => released.push(error) });
  return {
    client,
    released,
    totalCount: 0,
    connect: async () => pooled,
    query: async () => ({ rows: [] }),
  };
}

/* The fakes have what is used of a database, and no more. */
// biome-ignore lint/suspicious/noExplicitAny: see above
const as = (fake: unknown): any => fake;

describe('openSession', () => {
  it('takes a connection of a pool and gives it back once', async () => {
    const pool = fakePool();
    const session = await openSession(as(pool));
    expect(pool.client.listeners.size).toBe(1);
    session.release();
    session.release(new Error('again'));
    expect(pool.released).toEqual([undefined]);
    expect(pool.client.listeners.size).toBe(0);
    await expect(session.query('select 1')).rejects.toThrow('released');
  });

  it('asks a database only once whether it refuses texts of several statements', async () => {
    const pool = fakePool();
    for (let i = 0; i < 3; i++) (await openSession(as(pool))).release();
    expect(pool.client.asked).toEqual(['select 1; select 2']);
  });

  it('refuses a driver that lets several statements through', async () => {
    const pool = fakePool(fakeClient(undefined, { extended: false }));
    await expect(openSession(as(pool))).rejects.toThrow('several statements');
    expect(pool.released).toHaveLength(1);
  });

  it('refuses a client inside a transaction, and leaves that as it was', async () => {
    const client = fakeClient(undefined, { inTransaction: true });
    await expect(openSession(as(client))).rejects.toThrow('inside a transaction');
    expect(client.asked.at(-1)).toBe('release savepoint evenkeel_probe');
    await expect(openSession(as(fakeClient()))).resolves.toBeDefined();
  });

  it('waits no longer than it is given, and gives back what comes too late', async () => {
    const pool = fakePool();
    const clock = new VirtualClock();
    let connected: (client: unknown) => void = () => {};
    const slow = { ...pool, connect: () => new Promise((resolve) => (connected = resolve)) };
    const opening = openSession(as(slow), { clock, timeoutMs: 500 });
    const refused = expect(opening).rejects.toThrow('did not finish within 500 ms');
    await clock.advanceAsync(500);
    await refused;
    connected(await pool.connect());
    await clock.advanceAsync(0);
    expect(pool.released).toEqual([undefined]);
  });

  it('closes a connection that was lost meanwhile', async () => {
    const pool = fakePool();
    const session = await openSession(as(pool));
    const lost = new Error('terminated');
    for (const listener of pool.client.listeners) listener(lost);
    await expect(session.query('select 1')).rejects.toBe(lost);
    session.release();
    expect(pool.released).toEqual([lost]);
  });

  it('names what it was given in place of a database', async () => {
    await expect(openSession(as(undefined))).rejects.toThrow(
      'openSession: database must be an object with query()',
    );
  });
});

describe('inspect', () => {
  it('reads in a transaction that may only read, with time-outs, and rolls back whatever happens', async () => {
    const pool = fakePool();
    await expect(inspect(as(pool), async () => 7, { statementTimeout: 5, lockTimeout: 6 })).resolves.toBe(7);
    await expect(
      inspect(as(pool), () => {
        throw new TypeError('mine');
      }),
    ).rejects.toThrow('mine');
    const [, begin, limits, end, ...again] = pool.client.asked;
    expect(begin).toBe('begin isolation level read committed read only');
    expect(limits).toContain('statement_timeout');
    expect(end).toBe('rollback');
    expect(again.at(-1)).toBe('rollback');
    expect(pool.released).toEqual([undefined, undefined]);
  });

  it('closes a connection that cannot roll back', async () => {
    const lost = new Error('gone');
    const pool = fakePool(
      fakeClient((text) => {
        if (text === 'rollback') throw lost;
      }),
    );
    await inspect(as(pool), async () => 1);
    expect(pool.released).toEqual([lost]);
  });

  it('stops waiting when the signal aborts, and closes the connection', async () => {
    const pool = fakePool();
    const controller = new AbortController();
    const inspecting = inspect(as(pool), () => new Promise(() => {}), { signal: controller.signal });
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(inspecting).rejects.toThrow('enough');
    expect(pool.released).toEqual([new Error('enough')]);
    expect(pool.client.asked).not.toContain('rollback');
  });
});
