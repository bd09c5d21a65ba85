import { type Meter, seededRandom, VirtualClock } from '@evenkeel/core';
import { expect, test, vi } from 'vitest';
import type { QueryObservation } from '../../src/queries/observation.ts';
import { QueryLog, type QueryLogOptions, type SlowQueryEvent } from '../../src/queries/query-log.ts';
import { SqlError } from '../../src/sql/sql-error.ts';
import type { Statement } from '../../src/sql/statement.ts';

/** Reads `select 7 from a` as `select $1 from a`, and refuses what begins with `bad`. */
const parser = {
  describe: vi.fn(async (text: string): Promise<Statement> => {
    if (text.startsWith('bad')) throw new SqlError('no', { code: 'SQL_SYNTAX', position: 0 });
    const parameters = text.includes('$1') ? 1 : 0;
    const normalized = text.replace(/(?<!\$)\b\d+/g, `$${parameters + 1}`);
    const kind = text.startsWith('begin') ? 'transaction' : 'select';
    return { id: normalized.replace(/\$\d/g, '$'), normalized, kind, isReadOnly: true, parameters };
  }),
};

function setUp(options: Partial<QueryLogOptions> = {}) {
  const clock = new VirtualClock(1_000_000);
  const log = new QueryLog({ parser, clock, random: seededRandom(1), ...options });
  const run = (text: string, durationMs = 1, more: Partial<QueryObservation> = {}): void =>
    log.record({
      text,
      params: undefined,
      startedAt: clock.now(),
      durationMs,
      rows: 1,
      error: undefined,
      ...more,
    });
  return { clock, log, run };
}

test('forgets runs that wait for the parser, with all the others', async () => {
  const { log, run } = setUp();
  run('select 1 from a', 10);
  run('select 1 from a', 10);
  log.reset();
  run('select 1 from a', 30);
  await log.settled();
  expect(log.statements()).toMatchObject([{ calls: 1, totalMs: 30 }]);
});

test('keeps statistics by groups of like statements', async () => {
  const { log, run, clock } = setUp();
  run('select 1 from a', 10);
  await log.settled();
  clock.advance(1000);
  run('select 2 from a', 30, { rows: 3 });
  run('select 2 from a', 20, { error: new Error('x'), rows: undefined });
  run('select 1 from b', 40);
  await log.settled();
  expect(log.statements()).toEqual([
    {
      id: 'select $ from a',
      normalized: 'select $1 from a',
      kind: 'select',
      calls: 3,
      errors: 1,
      totalMs: 60,
      share: 0.6,
      meanMs: 20,
      medianMs: expect.closeTo(20, 0),
      p95Ms: expect.closeTo(20, 0),
      p99Ms: expect.closeTo(20, 0),
      maxMs: 30,
      rows: 2,
      slowRuns: 0,
      firstSeen: 1_000_000,
      lastSeen: 1_001_000,
    },
    expect.objectContaining({ id: 'select $ from b', calls: 1, share: 0.4 }),
  ]);
  expect(log.windowMs).toBe(1000);
  log.reset();
  expect(log.statements()).toEqual([]);
  run('select 1 from a', 10);
  expect(log.statements()).toMatchObject([{ calls: 1 }]);
});

test('asks the parser once for a text', async () => {
  const { log, run } = setUp();
  parser.describe.mockClear();
  for (let times = 0; times < 50; times++) run('select $1 from once');
  await log.settled();
  for (let times = 0; times < 50; times++) run('select $1 from once');
  expect(parser.describe).toHaveBeenCalledTimes(1);
  expect(log.statements()).toMatchObject([{ calls: 100 }]);
});

test('puts what cannot be read together', async () => {
  const { log, run } = setUp();
  for (let index = 0; index < 20; index++) run(`bad ${index}`);
  run(5 as never);
  run('select 1', Number.NaN);
  await log.settled();
  expect(log.statements()).toMatchObject([{ id: 'SQL_SYNTAX', kind: 'other', calls: 20 }]);
  expect(log.workload()).toEqual([]);
});

test('keeps the groups that took most time of late, and counts the others', async () => {
  const { log, run, clock } = setUp({ maxStatements: 20 });
  for (let index = 0; index < 20; index++) run(`select $1 from t${index}`, 100 + index);
  await log.settled();
  run('select $1 from new', 1);
  await log.settled();
  expect(log.statements().map(({ id }) => id)).not.toContain('select $ from t0');
  expect(log.losses).toEqual({ groups: 1, runs: 1, unread: 0, samples: 0, repetitions: 0 });
  // What took much time long ago gives way to what takes a little now.
  clock.advance(24 * 3_600_000);
  run('select $1 from new', 1);
  for (let index = 0; index < 19; index++) {
    run(`select $1 from late${index}`, 5);
    await log.settled();
  }
  expect(log.statements()).toHaveLength(20);
  expect(log.statements().map(({ id }) => id)).toContain('select $ from new');
});

test('is not flooded by texts that it cannot read as fast', async () => {
  const waiting: (() => void)[] = [];
  const slow = {
    describe: (text: string) =>
      new Promise<Statement>((resolve) => waiting.push(() => resolve(parser.describe(text)))),
  };
  const { log, run } = setUp({ parser: slow });
  for (let index = 0; index < 1000; index++) run(`select 1 from t${index}`);
  for (let index = 0; index < 150; index++) run('select 1 from t0');
  expect(log.losses.unread).toBe(800 + 51);
  for (const resolve of waiting) resolve();
  await log.settled();
  expect(log.statements()).toHaveLength(200);
  expect(log.statements()[0]).toMatchObject({ calls: 100 });
});

test('tells of slow runs, by the threshold and beside the history, with a limit', async () => {
  const record = vi.fn();
  const { log, run, clock } = setUp({ sink: { record }, slowThreshold: '1s', slowFactor: 5 });
  const events: SlowQueryEvent[] = [];
  log.on('slowQuery', (event) => events.push(event));
  for (let times = 0; times < 30; times++) run('select $1 from a', 10);
  run('select $1 from b', 900);
  await log.settled();
  run('select $1 from a', 49);
  expect(events).toEqual([]);
  run('select $1 from a', 60, { rows: 7, params: ['secret'] });
  run('select $1 from b', 1000, { error: new Error('x') });
  expect(events).toMatchObject([
    {
      statementId: 'select $ from a',
      durationMs: 60,
      reason: 'history',
      rows: 7,
      failed: false,
      suppressed: 0,
    },
    { statementId: 'select $ from b', durationMs: 1000, reason: 'threshold', failed: true },
  ]);
  expect(events[0]?.medianMs).toBeCloseTo(10, 0);
  expect(record.mock.calls).toEqual(events.map((event) => ['slow-query', event]));
  expect(JSON.stringify(record.mock.calls)).not.toContain('secret');
  for (let times = 0; times < 500; times++) run('select $1 from b', 5000);
  expect(events).toHaveLength(60);
  clock.advance(60_000);
  run('select $1 from b', 5000);
  expect(events.at(-1)).toMatchObject({ suppressed: 442 });
  expect(log.slowQueries().map(({ id, slowRuns }) => [id, slowRuns])).toEqual([
    ['select $ from b', 502],
    ['select $ from a', 1],
  ]);
});

test('keeps samples for the advisor, each run with the same chance', async () => {
  const { log, run } = setUp({ samples: 4 });
  run('select $1 from a', 1, { params: [0] });
  await log.settled();
  for (let value = 1; value < 1000; value++) run('select $1 from a', 1, { params: [value], rows: 2 });
  const [query] = log.workload();
  expect(query).toMatchObject({ text: 'select $1 from a', calls: 1000, rows: 1.999 });
  expect(query?.samples).toHaveLength(4);
  expect(query?.samples?.every(([value]) => typeof value === 'number' && value > 0)).toBe(true);
});

test('the workload has each text with its constants, and nothing that failed or has no plan', async () => {
  const { log, run } = setUp();
  run('select 1 from a');
  run('select 2 from a');
  run('begin');
  run('select $1 from failed', 1, { error: new Error('x') });
  await log.settled();
  expect(log.workload()).toEqual([
    { text: 'select 1 from a', calls: 1, rows: 1 },
    { text: 'select 2 from a', calls: 1, rows: 1 },
  ]);
});

test('values do not change afterwards, and large ones are not kept', async () => {
  const { log, run } = setUp();
  const list = [1, 2];
  run('select $1 from a', 1, { params: [list] });
  run('select $1 from b', 1, { params: ['x'.repeat(1001)] });
  run('select $1 from c', 1, { params: [() => 1] });
  await log.settled();
  list.push(3);
  expect(log.workload()).toEqual([
    { text: 'select $1 from a', calls: 1, rows: 1, samples: [['{"1","2"}']] },
    { text: 'select $1 from b', calls: 1, rows: 1 },
    { text: 'select $1 from c', calls: 1, rows: 1 },
  ]);
  expect(log.losses.samples).toBe(2);
});

test('redacts values, and keeps no constants then', async () => {
  const redact = (value: unknown): unknown => {
    if (value === 'fail') throw new Error('no');
    return '***';
  };
  const { log, run } = setUp({ redact });
  const errors: string[] = [];
  log.on('error', ({ source }) => errors.push(source));
  run('select $1 from a', 1, { params: ['secret'] });
  run('select $1 from b', 1, { params: ['fail'] });
  run('select $1 from c where d = 5', 1, { params: ['secret'] });
  await log.settled();
  expect(log.workload()).toEqual([
    { text: 'select $1 from a', calls: 1, rows: 1, samples: [['***']] },
    { text: 'select $1 from b', calls: 1, rows: 1 },
    { text: 'select $1 from c where d = $2', calls: 1, rows: 1 },
  ]);
  expect(errors).toEqual(['redact']);
});

test('a meter that throws breaks nothing', async () => {
  const bad = {
    inc: () => {
      throw new Error('meter');
    },
    observe() {},
    set() {},
    add() {},
    labels: () => bad,
  };
  const meter = {
    counter: () => bad,
    gauge: () => bad,
    histogram: () => bad,
    onCollect: () => () => {},
  } as unknown as Meter;
  const { log, run } = setUp({ meter });
  const errors: unknown[] = [];
  log.on('error', (event) => errors.push(event));
  run('select 1');
  await log.settled();
  expect(() => run('select 1')).not.toThrow();
  expect(errors).toHaveLength(2);
});

test('names what is wrong with its options', () => {
  expect(() => new QueryLog({ parser, samples: -1 })).toThrow(/samples.*-1/);
  expect(() => new QueryLog({ parser: {} as never })).toThrow(/parser/);
});
