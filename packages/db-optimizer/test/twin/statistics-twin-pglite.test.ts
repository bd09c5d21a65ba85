import { PGlite } from '@electric-sql/pglite';
import { systemClock } from '@evenkeel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';
import { createIndexSql } from '../../src/indexes/index-definition.ts';
import { inspect } from '../../src/session/inspect.ts';
import { Twin } from '../../src/twin/build/twin.ts';
import { TwinWhatIf } from '../../src/twin/index.ts';
import { readSnapshot } from '../../src/twin/source/read-snapshot.ts';
import { readPlan } from '../../src/what-if/plan-node.ts';
import { index, query } from './support.ts';

const START_MS = 120_000;

/* Three files of a table: two of 1 GB, and what is left. */
const HUGE_PAGES = 300_000;
const HUGE_ROWS = 5e7;

const SCHEMA = `
create function odd_in(cstring) returns odd language internal immutable strict as 'int4in';
create function odd_out(odd) returns cstring language internal immutable strict as 'int4out';
create type odd (input = odd_in, output = odd_out, like = int4);
create aggregate total (int) (sfunc = int4pl, stype = int);
create function forever() returns int language plpgsql immutable as $$ begin loop end loop; end $$;
create table thing (id int primary key, shape odd, area int, colour text);
insert into thing
  select i, (i % 7)::text::odd, i % 1000, (array['red', 'green', 'blue'])[1 + i % 3] from generate_series(1, 20000) i;
create table pair (a int, b int, note text, primary key (a, b));
insert into pair select i / 4, i % 500, repeat('n', i % 30) from generate_series(1, 20000) i;
create table huge (a int, b int);
create view totals as select colour, total(area) from thing group by colour;
analyze`;

describe('statisticsTwin of an embedded database', () => {
  let database: PGlite;
  let catalogue: Catalogue;
  let twin: TwinWhatIf;

  beforeAll(async () => {
    database = await PGlite.create();
    await database.exec(SCHEMA);
    catalogue = await inspect(database, readCatalogue);
    const snapshot = await inspect(database, (session) =>
      readSnapshot(session, { redact: false, maxTables: 10 }),
    );
    const relations = snapshot.relations.map((relation) =>
      relation.name === 'huge'
        ? { ...relation, pages: HUGE_PAGES, analyzedPages: HUGE_PAGES, tuples: HUGE_ROWS }
        : relation,
    );
    twin = await TwinWhatIf.open(catalogue, () =>
      Twin.build({ ...snapshot, relations }, { timeoutMs: 5000, clock: systemClock, heightOf: () => 1 }),
    );
  }, START_MS);

  afterAll(async () => {
    await twin?.close();
    await database?.close();
  });

  const plan = async (text: string): Promise<number> =>
    readPlan((await database.query<Record<string, unknown>>(`explain (format json) ${text}`)).rows)[
      'Total Cost'
    ];

  it('leaves out what can not be made again, and names it', () => {
    expect(twin.missing).toEqual([
      `the type public.odd is not at hand: its columns can't be compared`,
      'view "public"."totals": function public.total(integer) does not exist',
    ]);
  });

  it.each([
    'select * from thing where area = 5',
    `select colour, count(*) from thing where area < 100 group by colour`,
    'select * from pair where a = 7 and b = 30',
    'select * from pair where b = 30',
    'select * from thing t join pair p on p.a = t.id where t.area = 3',
  ])('plans %s to the same cost', async (text) => {
    expect((await twin.cost(query(text), [])).cost).toBeCloseTo(await plan(text), 1);
  });

  it('costs an index as if it were built', async () => {
    const text = 'select * from thing where area = 5';
    await database.exec(createIndexSql(index('thing', ['area']), { name: 'built' }));
    try {
      expect((await twin.cost(query(text), [index('thing', ['area'])])).cost).toBeCloseTo(
        await plan(text),
        1,
      );
    } finally {
      await database.exec('drop index built');
    }
  });

  it(
    'outlives a query that would be planned for ever',
    async () => {
      await expect(twin.cost(query('select * from thing where area = forever()'), [])).rejects.toMatchObject({
        code: 'PLAN',
        message: expect.stringContaining('did not finish within 5000 ms'),
      });
      const text = 'select * from thing where area = 5';
      const { used } = await twin.cost(query(text), [index('thing', ['area'])]);
      expect(used.size).toBe(1);
    },
    START_MS,
  );

  it('imitates tables of many files, and builds indexes on them without reading them', async () => {
    const text = 'select * from huge';
    const cost = HUGE_PAGES + HUGE_ROWS * 0.01;
    expect((await twin.cost(query(text), [])).cost).toBeCloseTo(cost, 0);
    // Reading them would take ten seconds, and the twin gives a statement five.
    await twin.cost(query(text), [index('huge', ['a', 'b'])]);
    expect((await twin.cost(query(text), [])).cost).toBeCloseTo(cost, 0);
  });
});
