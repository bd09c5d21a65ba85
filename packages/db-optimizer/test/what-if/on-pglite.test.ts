import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExplainableQuery } from '../../src/advice/workload.ts';
import type { Catalogue, IndexDefinition } from '../../src/catalogue/catalogue.ts';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';
import { indexId } from '../../src/indexes/index-definition.ts';
import { inspect } from '../../src/session/inspect.ts';
import { chooseWhatIf } from '../../src/what-if/choose-what-if.ts';
import { RolledBackIndexes } from '../../src/what-if/rolled-back-index.ts';

const byA: IndexDefinition = {
  schema: 'public',
  table: 't',
  method: 'btree',
  keys: [{ kind: 'column', sql: 'a' }],
  include: [],
  where: undefined,
};

const query = (text: string, parameters = 0): ExplainableQuery => ({
  id: text,
  text,
  weight: 1,
  variants: [{ text, share: 1, parameters }],
});

describe('on an embedded database', () => {
  let database: PGlite;
  let catalogue: Catalogue;

  beforeAll(async () => {
    database = await PGlite.create();
    await database.exec(`
      create table t (i int primary key, a int, s text);
      insert into t select i, i % 500, md5(i::text) from generate_series(1, 20000) i;
      create index by_s on t (s);
      analyze t;`);
    catalogue = await inspect(database, (session) => readCatalogue(session));
  }, 30_000);

  afterAll(async () => await database?.close());

  it('reads the catalogue', () => {
    expect(catalogue.find('t')).toMatchObject({ rows: 20_000, kind: 'table' });
    expect(catalogue.find('t')?.indexes.map(({ name }) => name)).toEqual(['t_pkey', 'by_s']);
  });

  it('lets the application wait while it reads, and rolls nothing of it back', async () => {
    let inserted: Promise<unknown> = Promise.resolve();
    await inspect(database, async (session) => {
      await session.query('select 1');
      inserted = database.query('insert into t values (0, 0)');
      await expect(session.query('delete from t')).rejects.toMatchObject({ code: '25006' });
    });
    await inserted;
    expect((await database.query('delete from t where i = 0')).affectedRows).toBe(1);
    await expect(database.query('select now() = statement_timestamp()')).resolves.toBeDefined();
  });

  it('costs indexes that it builds and takes back', async () => {
    const whatIf = new RolledBackIndexes(database, catalogue);
    const bare = await whatIf.cost(query('select * from t where a = 5'), []);
    const helped = await whatIf.cost(query('select * from t where a = 5'), [byA]);
    const generic = await whatIf.cost(query('select * from t where a = $1', 1), [byA]);
    expect(helped.cost).toBeLessThan(bare.cost / 2);
    expect(helped.used).toEqual(new Set([indexId(byA)]));
    expect(generic.used).toEqual(helped.used);
    await database.query('create index really on t (a)');
    const { rows } = await database.query<{ 'QUERY PLAN': [{ Plan: { 'Total Cost': number } }] }>(
      'explain (format json) select * from t where a = 5',
    );
    await database.query('drop index really');
    expect(rows[0]?.['QUERY PLAN'][0].Plan['Total Cost']).toBe(helped.cost);
    const left = await database.query(`select from pg_class where relname like 'evenkeel%'`);
    expect(left.rows).toEqual([]);
    expect(whatIf.calls).toBe(3);
    await whatIf.close();
    await expect(whatIf.cost(query('select 1'), [])).rejects.toThrow('closed');
  });

  it('costs a query without an index that is there', async () => {
    const whatIf = new RolledBackIndexes(database, catalogue);
    const asked = query(`select * from t where s = 'x'`);
    const before = await whatIf.cost(asked, []);
    const without = await whatIf.costWithout(asked, { schema: 'public', name: 'by_s' });
    expect(without?.cost).toBeGreaterThan(10 * before.cost);
    expect(await whatIf.cost(asked, [])).toEqual(before);
  });

  it('builds nothing on a table of many rows, and outlives what is refused', async () => {
    const whatIf = new RolledBackIndexes(database, catalogue, { maxRows: 10_000 });
    await expect(whatIf.cost(query('select * from t'), [byA])).rejects.toThrow('10000 at the most');
    await expect(whatIf.cost(query('select * from nowhere'), [])).rejects.toMatchObject({ code: 'PLAN' });
    await expect(whatIf.cost(query('select 1; select 2'), [])).rejects.toMatchObject({ code: 'PLAN' });
    await expect(whatIf.cost(query('select * from t'), [])).resolves.toBeDefined();
    const broken = { ...byA, keys: [{ kind: 'column' as const, sql: 'nothing' }] };
    const more = new RolledBackIndexes(database, catalogue);
    await expect(more.cost(query('select * from t'), [broken])).rejects.toMatchObject({ code: 'PLAN' });
    await expect(database.query('select 1')).resolves.toBeDefined();
  });

  it('is what is chosen where there is no twin', async () => {
    const { whatIf, missing } = await chooseWhatIf(database, catalogue);
    expect(whatIf.method).toBe('rolled-back index');
    expect(missing).toEqual([expect.stringContaining('statistics twin')]);
    const failing = await chooseWhatIf(database, catalogue, {
      twin: () => Promise.reject(new Error('no memory')),
    });
    expect(failing.missing).toEqual(['the statistics twin could not be built: no memory']);
  });
});
