import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkloadQuery } from '../../src/advice/workload.ts';
import { DatabaseOptimizer, type IndexAdvice } from '../../src/index.ts';
import { DATABASES, type OpenDatabase } from '../support/databases.ts';

const SCHEMA = `
create table events (id int not null, kind int not null, day int not null, note text) partition by range (day);
create table events_old partition of events for values from (0) to (50);
create table events_new partition of events for values from (50) to (100) partition by list (kind);
create table events_new_low partition of events_new for values in (0, 1, 2);
create table events_new_high partition of events_new default;
insert into events select n, n % 500, n % 100, repeat('x', 50) from generate_series(1, 20000) n;
create table people (id int primary key, city int not null, born date not null);
insert into people select n, n % 400, date '1950-01-01' + n % 20000 from generate_series(1, 20000) n;
create schema reports;
create view reports.grown as select id, city as town, born from people where born < date '2000-01-01';
create view towns as select town, count(*) as grown, max(born) as youngest from reports.grown group by town;
create view one_person as select * from people where id = 1;
create view looped as select 1 as id;
create view loop as select id from looped;
create or replace view looped as select id from loop;
create view doubled_0 as select id from people;
${Array.from({ length: 8 }, (_, n) => `create view doubled_${n + 1} as select a.id from doubled_${n} a join doubled_${n} b on a.id = b.id`).join(';\n')};
create table moments (id int primary key, at timestamptz not null, tag int not null);
insert into moments select n, timestamptz '2024-01-01' + n * interval '1 minute', n % 700 from generate_series(1, 20000) n;
analyze`;

for (const { name, open, isThere } of DATABASES) {
  describe.skipIf(!isThere)(`advice on ${name}`, () => {
    let database: OpenDatabase;
    let optimizer: DatabaseOptimizer;

    beforeAll(async () => {
      database = await open();
      for (const statement of SCHEMA.split(';')) await database.pool.query(statement);
      optimizer = new DatabaseOptimizer(database.pool);
    }, 60_000);

    afterAll(async () => {
      await optimizer?.stop();
      await database?.close();
    });

    const advise = (...workload: WorkloadQuery[]): Promise<IndexAdvice> =>
      optimizer.recommendIndexes({ workload });
    const keysOf = ({ recommendations }: IndexAdvice): string[] =>
      recommendations.map(
        ({ definition }) => `${definition.table} (${definition.keys.map(({ sql }) => sql).join(', ')})`,
      );

    it('recommends for a partitioned table, which is as large as its partitions', async () => {
      const advice = await advise({ text: 'select note from events where id = 7', calls: 10 });
      expect(keysOf(advice)).toEqual(['events (id)']);
      expect(advice.storageBudget).toBeGreaterThan(20_000 * 50);
      const [{ script = '', sql = '', bytes = 0 } = {}] = advice.recommendations;
      expect(bytes).toBeGreaterThan(100_000);
      expect(bytes).toBeLessThan(2_000_000);
      expect(sql).not.toContain('concurrently');
      expect(script.match(/attach partition/g)).toHaveLength(4);
      expect(script.match(/create index concurrently/g)).toHaveLength(3);
    });

    it('recommends for the tables of a view, and of a view of views', async () => {
      const advice = await advise(
        { text: 'select born from reports.grown g where g.town = $1', calls: 10, samples: [[3]] },
        { text: 'select * from towns where town = 17', calls: 10 },
      );
      expect(keysOf(advice)).toEqual([expect.stringMatching(/^people \(city/)]);
      expect(advice.recommendations[0]?.queries).toHaveLength(2);
      expect(advice.missing.join()).not.toContain('no index was thought of');
    });

    it('is not led astray by views that name themselves, or each other hundreds of times', async () => {
      const advice = await advise(
        { text: 'select * from loop where id = 1' },
        { text: 'select count(*) from doubled_8 where id = 5' },
        { text: 'select id from people where city = 3', calls: 10 },
      );
      expect(advice.skipped.map(({ text }) => text)).toContain('select * from loop where id = 1');
      expect(keysOf(advice).join()).toContain('people (city');
    });

    it("tells what it does not know, but not of the system's own", async () => {
      const advice = await advise(
        { text: 'select relname from pg_class where oid = 5' },
        { text: 'select * from information_schema.tables' },
        { text: 'select * from pg_catalog.pg_stat_activity' },
        { text: 'update one_person set city = 3 where city = 4' },
      );
      expect(advice.missing.filter((each) => each.startsWith('no index'))).toEqual([
        'no index was thought of for one_person, of which too little is known',
      ]);
    });

    it('plans with the samples that can be planned with', async () => {
      const text = 'select tag from moments where tag = $1 and at > $2';
      const good = [5, '2024-01-13'];
      const junk = [[], [1], ['x', 'yesterday or so'], [{ a: 1 }, null]];
      const advice = await advise({ text, calls: 10, samples: [junk[2] ?? [], good] });
      expect(advice.skipped).toEqual([]);
      expect(keysOf(advice)).toEqual([expect.stringMatching(/^moments \(/)]);
      expect(advice.recommendations[0]?.caveats.join()).not.toContain('without values');
      const generic = await advise({ text, calls: 10, samples: junk });
      expect(generic.skipped).toEqual([]);
      expect(keysOf(generic)).toEqual([expect.stringMatching(/^moments \(/)]);
      expect(generic.recommendations[0]?.caveats.join()).toContain('without values');
    });

    it('takes texts that differ by their constants for one statement', async () => {
      const advice = await advise(
        ...[1, 2, 3, 4, 5].map((tag) => ({ text: `select at from moments where tag = ${tag}`, calls: 2 })),
      );
      expect(advice.queries).toMatchObject([{ calls: 10 }]);
      expect(keysOf(advice)).toEqual(['moments (tag)']);
    });
  });
}
