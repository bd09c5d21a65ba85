import { type Queryable, StateError, VirtualClock } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../src/log-record.ts';
import { type PostgresHistoryOptions, postgresHistory } from '../../src/postgres/index.ts';
import { BASE, describeHistory, event, metric, NOW } from '../history/history-contract.ts';
import { FaultyDatabase, freshPrefix } from './any-database.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ALL = { range: { from: BASE, to: NOW }, steps: 10 };
const WRITE = /^with taken[\s\S]*insert into/;
const never = new AbortController().signal;

/** What a history in PostgreSQL does besides, over any driver. */
export function describePostgresHistory(name: string, database: () => Queryable): void {
  const open = (options: PostgresHistoryOptions = {}, over: Queryable = database()) =>
    postgresHistory(over, {
      prefix: freshPrefix(),
      clock: new VirtualClock(NOW),
      instance: 'here',
      ...options,
    });
  const count = async (prefix: string, table: string): Promise<number> => {
    const { rows } = await database().query<{ n: unknown }>(`select count(*) as n from ${prefix}${table}`);
    return Number(rows[0]?.n);
  };

  for (const [how, maintained] of [
    ['before its deltas are moved', false],
    ['after its deltas were moved', true],
  ] as const) {
    describeHistory(`${name}, ${how},`, async () => {
      const history = open();
      await history.start();
      const reading = {
        read: async (...args: Parameters<typeof history.read>) => {
          if (maintained) await history.maintain();
          return history.read(...args);
        },
      };
      return { sink: history, history: reading, instance: 'here', close: () => history.stop() };
    });
  }

  describe(`PostgresHistory on ${name}`, () => {
    it('creates its tables once, however many instances start at the same time', async () => {
      const prefix = freshPrefix();
      const histories = Array.from({ length: 5 }, (_, index) => open({ prefix, instance: `i${index}` }));
      await Promise.all(histories.map((history) => history.start()));
      await Promise.all(histories.map((history, index) => history.write([metric('m', 0, index)], never)));
      const slice = await histories[0]?.read(ALL);
      expect(slice?.instances).toEqual(['i0', 'i1', 'i2', 'i3', 'i4']);
      expect(slice?.series[0]).toMatchObject({
        instances: slice?.instances,
        buckets: [{ count: 5, sum: 10 }],
      });
      expect(await count(prefix, 'versions')).toBe(1);
      await Promise.all(histories.map((history) => history.stop()));
    });

    it('uses a schema of its own where it is told to', async () => {
      const history = open({ schema: 'Metrics_1' });
      await history.start();
      await history.write([metric('m', 0, 1)], never);
      expect((await history.read(ALL)).series).toHaveLength(1);
      await database().query('drop schema "Metrics_1" cascade');
    });

    it('leaves tables alone that it has not made, and says which is in the way', async () => {
      const prefix = freshPrefix();
      await database().query(`create table ${prefix}points (mine text)`);
      await database().query(`insert into ${prefix}points values ('precious')`);
      await expect(open({ prefix }).start()).rejects.toThrow(`${prefix}points" already exists`);
      expect((await database().query(`select * from ${prefix}points`)).rows).toEqual([{ mine: 'precious' }]);
      const { rows } = await database().query(`select to_regclass('${prefix}versions') as made`);
      expect(rows).toEqual([{ made: null }]);
    });

    it('stays stopped where it was stopped while it started', async () => {
      const clock = new VirtualClock(NOW);
      const history = open({ clock });
      const starting = history.start();
      await history.stop();
      await starting;
      expect(clock.pending).toBe(0);
      await expect(history.write([metric('m', 0, 1)], never)).rejects.toThrow(StateError);
      await history.start();
      await history.write([metric('m', 0, 1)], never);
      await history.stop();
      expect(clock.pending).toBe(0);
    });

    it('refuses tables of a later release, and to write or read where there are none', async () => {
      const prefix = freshPrefix();
      const history = open({ prefix });
      await expect(history.write([metric('m', 0, 1)], never)).rejects.toThrow(StateError);
      await expect(history.read(ALL)).rejects.toThrow(/there is no history in .* start\(\) makes one/);
      await history.start();
      await database().query(`insert into ${prefix}versions (version) values (99)`);
      await expect(open({ prefix }).start()).rejects.toThrow('of version 99, written by a later release');
    });

    it('writes a batch once, whether its connection broke before the statement or after', async () => {
      for (const when of ['before', 'after'] as const) {
        for (const copied of [false, true]) {
          const faulty = new FaultyDatabase(database());
          const history = open({}, faulty);
          await history.start();
          const batch: LogRecord[] = [metric('m', 0, 1), metric('m', 0, 1), event('e', 0, { a: 1 })];
          faulty.failNext({ when, matching: WRITE });
          await expect(history.write(batch, never)).rejects.toThrow('Connection terminated');
          // The drain may give more with it than the first time, and copies.
          const again = [...(copied ? structuredClone(batch) : batch), metric('m', 1, 5), metric('m', 0, 1)];
          await history.write(again, never);
          await history.write([metric('m', 2, 7)], never);
          const slice = await history.read(ALL);
          expect(slice.series[0]?.buckets).toEqual([{ time: BASE, count: 5, sum: 15, min: 1, max: 7 }]);
          expect(slice.events[0]).toMatchObject({ count: 1, samples: [{ data: { a: 1 } }] });
        }
      }
    });

    it('writes once what was still on its way when it was given up', async () => {
      const faulty = new FaultyDatabase(database());
      const history = open({}, faulty);
      await history.start();
      await history.write([metric('m', 0, 1)], never);
      let release = (): void => {};
      faulty.gate = new Promise((resolve) => {
        release = resolve;
      });
      const controller = new AbortController();
      const writing = history.write([metric('m', 1, 10)], controller.signal);
      controller.abort(new Error('too slow'));
      await expect(writing).rejects.toThrow('too slow');
      const again = history.write([metric('m', 1, 10), metric('m', 2, 100)], never);
      release();
      await again;
      await history.write([metric('m', 3, 1000)], never);
      expect((await history.read(ALL)).series[0]?.buckets[0]).toMatchObject({ count: 4, sum: 1111 });
    });

    it('goes on when the row of its writer was removed', async () => {
      const prefix = freshPrefix();
      const history = open({ prefix });
      await history.start();
      await history.write([metric('m', 0, 1)], never);
      await database().query(`delete from ${prefix}writers`);
      await expect(history.write([metric('m', 1, 2)], never)).rejects.toThrow('does not know this writer');
      await history.write([metric('m', 1, 2)], never);
      expect((await history.read(ALL)).series[0]?.buckets[0]).toMatchObject({ count: 2, sum: 3 });
    });

    it('counts each value once, whoever moves it, and wherever that breaks off', async () => {
      const random = seededRandom(3);
      const prefix = freshPrefix();
      const faulty = [new FaultyDatabase(database()), new FaultyDatabase(database())];
      const histories = faulty.map((each, index) => open({ prefix, instance: `i${index}` }, each));
      for (const history of histories) await history.start();
      let [values, sum] = [0, 0];
      for (let round = 0; round < 15; round++) {
        for (const history of histories) {
          const batch = Array.from({ length: 20 }, () => {
            const value = Math.floor(random() * 100);
            values += 1;
            sum += value;
            return metric(`m${value % 3}`, Math.floor(random() * HOUR), value);
          });
          await history.write(batch, never);
        }
        const when = random() < 0.5 ? 'before' : 'after';
        if (random() < 0.5) faulty[0]?.failNext({ when, matching: /^with turn/ });
        // Both at once: the lease is no more than a hint.
        await database().query(`update ${prefix}state set leased_until = '-infinity'`);
        await Promise.allSettled(histories.map((history) => history.maintain()));
        const slice = await histories[0]?.read({ range: ALL.range, steps: 1 });
        const buckets = slice?.series.flatMap((series) => series.buckets) ?? [];
        expect(buckets.reduce((total, bucket) => total + bucket.count, 0)).toBe(values);
        expect(buckets.reduce((total, bucket) => total + bucket.sum, 0)).toBe(sum);
        expect(slice?.series.reduce((total, { sketch }) => total + sketch.count, 0)).toBe(values);
      }
      expect(await count(prefix, 'points')).toBe(values);
    });

    it('leaves the work to the one that holds the lease', async () => {
      const prefix = freshPrefix();
      const [first, second] = [open({ prefix }), open({ prefix })];
      await first.start();
      await second.start();
      await first.write([metric('m', 0, 1)], never);
      expect(await first.maintain()).toEqual({ compacted: 1, removed: 0 });
      await second.write([metric('m', 0, 1)], never);
      expect(await second.maintain()).toEqual({ compacted: 0, removed: 0 });
      expect(await first.maintain()).toEqual({ compacted: 1, removed: 0 });
      expect((await second.read(ALL)).series[0]?.buckets[0]?.count).toBe(2);
    });

    it('removes what is older than it is to be kept, and reads older times from coarser steps', async () => {
      const prefix = freshPrefix();
      const clock = new VirtualClock(BASE);
      const retention = {
        points: '2h',
        tenSeconds: '1h',
        minutes: '6h',
        hours: '2d',
        events: '3h',
        benchmarks: '4h',
      };
      const history = open({ prefix, clock, retention });
      await history.start();
      // Three days, from one to the next of them no clock can disturb: the database's is later anyway.
      for (let minute = 0; minute < 3 * 24 * 60; minute += 10) {
        const time = BASE + minute * 60_000;
        await history.write(
          [
            { kind: 'metric', time, name: 'm', value: minute },
            { kind: 'event', time, type: 'e', data: {} },
            { kind: 'benchmark', time, id: 'b', durationMs: 1, measurements: [] },
          ],
          never,
        );
      }
      clock.setWallTime(BASE + 3 * DAY);
      const { removed } = await history.maintain();
      expect(removed).toBeGreaterThan(0);
      expect(await count(prefix, 'points')).toBe(12);
      expect(await count(prefix, 'events')).toBe(18);
      expect(await count(prefix, 'benchmarks')).toBe(24);
      expect(await count(prefix, 'rollups')).toBe(3 * (6 + 36 + 48));
      const slice = await history.read({ range: { from: BASE + DAY, to: BASE + 3 * DAY }, steps: 1000 });
      expect(slice.stepMs).toBe(HOUR);
      expect(slice.series[0]?.sketch.count).toBe(2 * 144);
      expect(slice.events[0]?.count).toBe(2 * 144);
      expect((await history.maintain()).removed).toBe(0);
    });

    it('forgets names that nothing is left of, and not those that are written or defined', async () => {
      const prefix = freshPrefix();
      const [gone, here] = ['gone', 'here'].map((instance) => open({ prefix, instance }));
      await gone?.start();
      await here?.start();
      const definition = { name: 'rare', unit: 'ms', description: '', area: 'http' } as const;
      await here?.write([metric('m', 0, 1), { kind: 'definition', time: BASE, ...definition }], never);
      await gone?.write([event('old', 0, {})], never);
      for (const table of ['series', 'instances'])
        await database().query(`update ${prefix}${table} set seen = '2001-01-01'`);
      await database().query(`update ${prefix}series set seen = now() where name = 'm'`);
      await database().query(
        `update ${prefix}writers set seen = '2001-01-01' where instance = (select id from ${prefix}instances where name = 'gone')`,
      );
      // First the writer, then the instance that has none any more.
      expect((await here?.maintain())?.removed).toBe(2);
      expect((await here?.maintain())?.removed).toBe(1);
      const names = async (table: string) =>
        (await database().query(`select name from ${prefix}${table} order by 1`)).rows;
      expect(await names('series')).toEqual([{ name: '' }, { name: 'm' }, { name: 'rare' }]);
      expect(await names('instances')).toEqual([{ name: 'here' }]);
      await expect(gone?.write([event('new', 0, {})], never)).rejects.toThrow('does not know this writer');
      await gone?.write([event('new', 0, {})], never);
      expect((await here?.read(ALL))?.events.map(({ type }) => type)).toContain('new');
    });

    it('keeps no single values where they are not wanted', async () => {
      const prefix = freshPrefix();
      const history = open({ prefix, retention: { points: 0 } });
      await history.start();
      await history.write([metric('m', 0, 1)], never);
      expect(await count(prefix, 'points')).toBe(0);
      expect((await history.read(ALL)).series[0]?.sketch.count).toBe(1);
    });

    it('takes no more series than there is room for, and says what it left out', async () => {
      const history = open({ maxSeries: 4 });
      await history.start();
      const dropped: unknown[] = [];
      history.on('records_dropped', (data) => dropped.push(data));
      await history.write(
        [0, 1, 2, 3, 4].map((index) => metric(`m${index}`, 0, 1)),
        never,
      );
      await history.write([metric('nan', 0, Number.NaN), metric('m9', 0, 1)], never);
      expect(dropped).toEqual([
        { invalid: 0, refused: 2 },
        { invalid: 1, refused: 1 },
      ]);
      expect(history.getStats()).toEqual({ written: 3, invalid: 1, refused: 3, series: 4 });
      const slice = await history.read(ALL);
      expect(slice.series).toHaveLength(3);
      expect(slice.lost).toBe(3);
    });

    it('keeps the order of time whatever the clocks of the instances say', async () => {
      const prefix = freshPrefix();
      const [ahead, behind] = [5, -5].map((hours) =>
        open({ prefix, clock: new VirtualClock(NOW + hours * HOUR), instance: `${hours}` }),
      );
      await ahead?.start();
      await behind?.start();
      for (const history of [ahead, behind]) {
        await history?.write([metric('m', 0, 1), metric('m', 5 * HOUR, 2), metric('m', -5 * HOUR, 3)], never);
      }
      await ahead?.maintain();
      const range = { from: BASE - 6 * HOUR, to: BASE + 6 * HOUR };
      const expected = [-5, 0, 5].map((hours) => ({ time: BASE + hours * HOUR, count: 2 }));
      for (const history of [ahead, behind]) {
        const slice = await history?.read({ range, steps: 12 });
        expect(slice?.series[0]?.buckets.map(({ time, count: n }) => ({ time, count: n }))).toEqual(expected);
      }
    });
  });
}
