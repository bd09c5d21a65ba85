import { setTimeout as wait } from 'node:timers/promises';
import { VirtualClock } from '@evenkeel/core';
import { afterAll, expect, test, vi } from 'vitest';
import { QueryLog, type QueryLogOptions } from '../../src/queries/query-log.ts';
import type { RepeatedQuery } from '../../src/queries/repeated-queries.ts';
import { SqlParser } from '../../src/sql/sql-parser.ts';

const parser = new SqlParser();
afterAll(() => parser.stop());

function setUp(options: Partial<QueryLogOptions> = {}) {
  const clock = new VirtualClock();
  const log = new QueryLog({ parser, clock, ...options });
  const found: RepeatedQuery[] = [];
  log.on('repeatedQuery', (event) => found.push(event));
  /* As a driver would: the run is recorded when its promise is settled, in the context of the call. */
  const query = (text: string, params?: readonly unknown[]): Promise<void> =>
    Promise.resolve().then(() =>
      log.record({ text, params, startedAt: 0, durationMs: 2, rows: 1, error: undefined }),
    );
  return { log, found, query };
}

test('notices a query for every row of a list, and where it is made', async () => {
  const record = vi.fn();
  const { log, found, query } = setUp({ sink: { record } });
  async function loadLinesOfOrders(): Promise<void> {
    for (let order = 0; order < 15; order++) await query('select * from line where order_id = $1', [order]);
  }
  await log.request('GET /orders', async () => {
    await query('select * from orders');
    await loadLinesOfOrders();
  });
  await log.settled();
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ pattern: 'n-plus-one', request: 'GET /orders', requests: 1, maxRuns: 10 });
  expect(found[0]?.callSite.join('\n')).toMatch(/loadLinesOfOrders .*repeated-queries\.test\.ts/);
  expect(record.mock.calls).toEqual([['repeated-query', found[0]]]);
  expect(log.repeatedQueries()).toMatchObject([{ maxRuns: 15, totalMs: 30, requests: 1 }]);
  await log.request('GET /orders', loadLinesOfOrders);
  expect(log.repeatedQueries()).toMatchObject([
    {
      statementId: expect.stringMatching(/-/),
      normalized: 'select * from line where order_id = $1',
      requests: 2,
      maxRuns: 15,
      totalMs: 60,
    },
  ]);
});

test('tells queries for the same from queries for others', async () => {
  const { log, found, query } = setUp({ repeatThreshold: 3 });
  await log.request('r', async () => {
    for (let times = 0; times < 4; times++) await query('select * from settings where id = $1', [1]);
    for (let times = 0; times < 4; times++) await query(`select * from item where id = ${times}`);
    for (let times = 0; times < 4; times++) await query(`select * from tag where name = 'it''s ${times}'`);
  });
  expect(found.map(({ pattern }) => pattern)).toEqual(['redundant', 'n-plus-one', 'n-plus-one']);
});

test('requests do not mix, whatever runs between', async () => {
  const { log, found, query } = setUp({ repeatThreshold: 4 });
  const handle = async (times: number): Promise<void> => {
    for (let index = 0; index < times; index++) {
      await query('select $1 from a', [index]);
      await wait(0);
    }
  };
  await Promise.all([
    ...Array.from({ length: 20 }, (_, index) => log.request(`r${index}`, () => handle(3))),
    log.request('guilty', () => handle(5)),
    handle(50),
  ]);
  expect(found.map(({ request }) => request)).toEqual(['guilty']);
});

test('gives back what the request gives, and what it throws', async () => {
  const { log } = setUp();
  expect(log.request('r', () => 5)).toBe(5);
  expect(() =>
    log.request('r', () => {
      throw new Error('mine');
    }),
  ).toThrow('mine');
  await expect(log.request('r', () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
  expect(() => log.request('', () => 5)).toThrow(/name/);
});

test('remembers the findings of late only', async () => {
  const { log, query } = setUp({ repeatThreshold: 2 });
  await log.request('r', async () => {
    for (let index = 0; index < 250; index++) {
      await query(`select $1 from t${index}`, [1]);
      await query(`select $1 from t${index}`, [2]);
    }
  });
  expect(log.repeatedQueries()).toHaveLength(100);
});
