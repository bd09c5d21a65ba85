import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresIsInstalled } from '../../../../tools/postgres-server.ts';
import { advise } from '../../proofs/advice/adviser.ts';
import { Judge } from '../../proofs/advice/judge.ts';
import { dexterAdvice, namedColumnIndexes } from '../../proofs/peers/dexter.ts';
import { indexAdvisorUnion } from '../../proofs/peers/index-advisor.ts';
import { explainQuery } from '../../proofs/peers/plain-hypopg.ts';
import { insertCosts } from '../../proofs/timed/writes.ts';
import { CATALOGUE } from '../../proofs/workload/catalogue.ts';
import { literalTexts } from '../../proofs/workload/literal-texts.ts';
import { heapBytes, prepareWorkload, tableNames } from '../../proofs/workload/prepare-workload.ts';
import type { Workload } from '../../proofs/workload/workload.ts';
import {
  startWorkloadServer,
  type WorkloadServer,
  withClient,
} from '../../proofs/workload/workload-server.ts';
import { allWorkloads } from '../../proofs/workload/workloads.ts';

/** Short samples of what proofs/ does at length: the demo's tables, and a fiftieth of the others. */
describe.skipIf(!postgresIsInstalled() && !process.env.CI)('workloads and peers', { timeout: 60_000 }, () => {
  let server: WorkloadServer;
  let judge: Judge;

  beforeAll(async () => {
    server = await startWorkloadServer(CATALOGUE, { scale: 0.2 });
    judge = await Judge.open(await server.copy('judged'), CATALOGUE.queries);
  }, 60_000);

  afterAll(async () => {
    await judge?.close();
    await server?.stop();
  });

  it.each(allWorkloads().map((workload) => [workload.name, workload] as const))(
    '%s: the tables are the same whenever they are made, and all is planned that is asked of them',
    async (name, workload) => {
      const sums: unknown[] = [];
      for (const copy of ['one', 'two']) {
        const url = await server.create(`${name}_${copy}`);
        sums.push(
          await withClient(url, async (client) => {
            await prepareWorkload(client, workload, { scale: 0.02 });
            const asked = copy === 'one' ? [...workload.queries, ...workload.writes] : [];
            for (const query of asked) {
              expect((await explainQuery(client, query)).cost, query.name).toBeGreaterThan(0);
            }
            return await contents(client, workload);
          }),
        );
      }
      expect(sums[0]).toEqual(sums[1]);
      expect(JSON.stringify(sums[0])).not.toContain('"0"');
    },
  );

  it('have the queries they say they have', () => {
    const counts = allWorkloads().map(({ name, tables, queries }) => [name, tables.length, queries.length]);
    expect(counts).toEqual([
      ['wholesale', 8, 22],
      ['freight', 8, 28],
      ['archive', 21, 113],
      ['catalogue', 2, 6],
    ]);
    for (const { queries } of allWorkloads()) {
      expect(new Set(queries.map(({ name }) => name)).size).toBe(queries.length);
      expect(new Set(queries.map(({ text }) => text)).size).toBe(queries.length);
    }
  });

  it('put the values of a sample in place of the parameters', () => {
    const texts = literalTexts({
      text: 'select $2 from t where a = $1 and b = $10',
      samples: [[`it's`, null, 3, 4, 5, 6, 7, 8, 9, 10.5]],
    });
    expect(texts).toEqual([`select null from t where a = 'it''s' and b = 10.5`]);
  });

  it('index_advisor takes single columns that a plan uses, and none that is indexed', async () => {
    const advised = await indexAdvisorUnion(judge.database, CATALOGUE.queries);
    expect(advised).toContain('create index on orders (product_id)');
    expect(advised).toContain('create index on products (category)');
    expect(advised).not.toContain('create index on products (id)');
    expect(advised.filter((sql) => sql.includes(','))).toEqual([]);
  });

  it('dexter takes one index a query where that saves enough, and less where more is asked for', async () => {
    const half = await dexterAdvice(judge.database, CATALOGUE.queries, 0.5);
    const tenth = await dexterAdvice(judge.database, CATALOGUE.queries, 0.1);
    expect(half).toContain('create index on orders (product_id)');
    expect(tenth.length).toBeGreaterThanOrEqual(half.length);
    expect(await dexterAdvice(judge.database, CATALOGUE.queries, 1)).toEqual([]);
  });

  it('judges what is imagined and what is built, and leaves nothing behind', async () => {
    const sql = 'create index on orders (product_id)';
    const asItIs = await judge.imagined([]);
    const imagined = await judge.imagined([sql]);
    const built = await judge.built([sql]);
    expect(imagined.total).toBeLessThan(asItIs.total);
    expect(built.total / imagined.total).toBeCloseTo(1, 1);
    expect(built.bytes).toBeGreaterThan(100_000);
    expect(await judge.imagined([])).toEqual(asItIs);
    expect(await judge.built([])).toEqual({ ...asItIs, bytes: 0 });
  });

  it('finds no more to gain than with all pairs of columns there', async () => {
    const all = await namedColumnIndexes(judge.database, CATALOGUE.queries);
    const floor = await judge.imagined(all);
    const used = await judge.imagined(await judge.usedOf(all));
    const advised = await judge.imagined(await indexAdvisorUnion(judge.database, CATALOGUE.queries));
    expect(used.total / floor.total).toBeCloseTo(1, 2);
    expect(advised.total).toBeGreaterThanOrEqual(floor.total);
  });

  it('advises what costs little more than all pairs of columns, in no more than the heaps take', async () => {
    const url = await server.copy('advised');
    const heap = await withClient(url, async (client) => {
      await client.query('create extension hypopg');
      return await heapBytes(client, CATALOGUE);
    });
    const { advice, statements } = await advise(url, CATALOGUE, { storageBudget: heap });
    await judge.built([]);
    const floor = await judge.imagined(await namedColumnIndexes(judge.database, CATALOGUE.queries));
    const built = await judge.built(statements);
    expect(built.total).toBeLessThan(1.1 * floor.total);
    expect(built.bytes).toBeLessThan(1.1 * heap);
    expect(built.bytes / advice.bytes).toBeCloseTo(1, 0);
    expect(advice.plannerCalls).toBeLessThan(1500);
  });

  it('measures what an index takes of each insertion', async () => {
    await judge.built([]);
    const before = await insertCosts(judge.database, CATALOGUE);
    await judge.built(['create index on orders (product_id)']);
    const after = await insertCosts(judge.database, CATALOGUE);
    const more = (after.get('orders')?.walBytes ?? 0) - (before.get('orders')?.walBytes ?? 0);
    expect(more).toBeGreaterThan(50);
    expect(more).toBeLessThan(100);
    expect(after.get('products')?.walBytes).toBeCloseTo(before.get('products')?.walBytes ?? 0, -1);
  });
});

/** A checksum and the number of rows of each table, whatever their order. */
async function contents(
  database: { query(text: string): Promise<{ rows: unknown[] }> },
  workload: Workload,
): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const table of tableNames(workload)) {
    const { rows } = await database.query(
      `select '${table}' as table, count(*)::text as rows, sum(hashtextextended(t::text, 0)) as sum from ${table} as t`,
    );
    found.push(rows[0]);
  }
  return found;
}
