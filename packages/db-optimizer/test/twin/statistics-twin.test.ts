import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type PostgresServer,
  postgresIsInstalled,
  startPostgres,
} from '../../../../tools/postgres-server.ts';
import type { Catalogue, IndexDefinition } from '../../src/catalogue/catalogue.ts';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';
import { createIndexSql, indexId } from '../../src/indexes/index-definition.ts';
import { inspect } from '../../src/session/inspect.ts';
import { statisticsTwin, type TwinWhatIf } from '../../src/twin/index.ts';
import { readPlan } from '../../src/what-if/plan-node.ts';
import { QUERIES, SCHEMA } from './everything.ts';
import { index, query } from './support.ts';

const START_MS = 120_000;

/* What PostgreSQL charges for it. */
const RANDOM_PAGE = 4;

describe.skipIf(!postgresIsInstalled() && !process.env.CI)('statisticsTwin of a server', () => {
  let server: PostgresServer;
  let pool: Pool;
  let catalogue: Catalogue;
  let twin: TwinWhatIf;

  beforeAll(async () => {
    server = await startPostgres({ autovacuum: 'off', jit: 'off' });
    pool = new Pool({ connectionString: server.url, max: 2 });
    pool.on('error', () => {});
    for (const statement of SCHEMA) await pool.query(statement);
    await pool.query('vacuum analyze');
    catalogue = await inspect(pool, readCatalogue);
    twin = await statisticsTwin()(pool, catalogue);
  }, START_MS);

  afterAll(async () => {
    await twin?.close();
    await pool?.end();
    await server?.stop();
  });

  const plan = async (text: string, indexes: readonly IndexDefinition[] = []): Promise<number> => {
    const client = await pool.connect();
    try {
      await client.query('begin');
      for (const each of indexes) await client.query(createIndexSql(each));
      return readPlan((await client.query(`explain (format json) ${text}`)).rows)['Total Cost'];
    } finally {
      await client.query('rollback');
      client.release();
    }
  };

  it('lacks nothing of a schema with all sorts of objects', () => {
    expect(twin.missing).toEqual([]);
  });

  it.each(QUERIES)('costs %s as the server does', async (text) => {
    const { cost } = await twin.cost(query(text), []);
    expect(cost / (await plan(text))).toBeCloseTo(1, 2);
  });

  it.each([
    ['one column', QUERIES[0], index('person', ['city'])],
    ['two columns', QUERIES[0], index('person', ['zip', 'city'])],
    [
      'the order of a limit',
      'select * from person where zip = 9 order by born limit 3',
      index('person', ['zip', 'born']),
    ],
    [
      'an index only',
      'select name from person where zip = 7',
      index('person', ['zip'], { include: ['name'] }),
    ],
    [
      'a predicate',
      `select * from person where feeling = 'happy' and zip = 9`,
      index('person', ['zip'], { where: `feeling = 'happy'` }),
    ],
    ['partitions', QUERIES[12], index('event', ['at', 'kind'])],
    ['partitions in a join', QUERIES[14], index('event', ['person', 'kind'])],
    ['a parent and not its child', QUERIES[15], index('base', ['v'])],
    ['a materialised view', 'select * from by_zip where zip = 3', index('by_zip', ['zip'])],
    [
      'odd names',
      'select * from "Weird ""schema"."We""ird Table" where "a b" = \'v5\'',
      index('We"ird Table', ['a b'], { schema: 'Weird "schema' }),
    ],
    [
      'nothing: the first key is asked for nothing',
      "select * from person where city = 'city 4'",
      index('person', ['feeling', 'city']),
    ],
    ['nothing: the order is of bytes no more than there', QUERIES[8], index('person', ['name'])],
  ] as const)('costs an index as if it were built, for %s', async (_, text = '', definition) => {
    const built = await plan(text, [definition]);
    const { cost, rawCost, used } = await twin.cost(query(text), [definition]);
    // Rounding decides whether one more page is read, the more so as each ANALYZE takes another sample.
    expect(Math.abs(cost - built)).toBeLessThan(Math.max(0.02 * built, RANDOM_PAGE + 0.1));
    expect(rawCost).toBe(cost);
    expect([...used]).toEqual(built < (await plan(text)) ? [indexId(definition)] : []);
    expect((await twin.cost(query(text), [])).used.size).toBe(0);
  });

  it('hides an existing index, and shows it again', async () => {
    const text = QUERIES[3] ?? '';
    const before = await twin.cost(query(text), []);
    const without = await twin.costWithout(query(text), { schema: 'public', name: 'person_lower' });
    expect(without?.cost).toBeGreaterThan(10 * before.cost);
    expect(await twin.cost(query(text), [])).toEqual(before);
    expect(await twin.costWithout(query(text), { schema: 'public', name: 'none' })).toBeUndefined();
    const ofParts = await twin.costWithout(query(QUERIES[13] ?? ''), {
      schema: 'public',
      name: 'event_person',
    });
    expect(ofParts?.cost).toBeGreaterThan(10 * (await plan(QUERIES[13] ?? '')));
  });

  it('plans a text with parameters generically, and weighs variants by their shares', async () => {
    const text = 'select * from person where zip = $1 and born > $2';
    const generic = await pool.connect();
    await generic.query('set plan_cache_mode = force_generic_plan');
    await generic.query(`prepare asked as ${text}`);
    const { rows } = await generic.query('explain (format json) execute asked (null, null)');
    generic.release(true);
    const expected = readPlan(rows)['Total Cost'];
    const literal = 'select * from person where zip = 5';
    const calls = twin.calls;
    const { cost } = await twin.cost(
      {
        id: 'q',
        text,
        weight: 1,
        variants: [
          { text, share: 0.25, parameters: 2 },
          { text: literal, share: 0.75, parameters: 0 },
        ],
      },
      [],
    );
    expect(cost).toBeCloseTo(0.25 * expected + 0.75 * (await plan(literal)), 1);
    expect(twin.calls - calls).toBe(2);
  });

  it('refuses what the planner refuses, and a text of two statements', async () => {
    await expect(twin.cost(query('select * from nowhere'), [])).rejects.toMatchObject({
      code: 'PLAN',
      sqlState: '42P01',
    });
    await expect(twin.cost(query('select 1; drop table person'), [])).rejects.toMatchObject({
      sqlState: '42601',
    });
    const generic = { text: 'select $1::int; drop table person', share: 1, parameters: 1 };
    await expect(twin.cost({ id: 'q', text: 'q', weight: 1, variants: [generic] }, [])).rejects.toMatchObject(
      { sqlState: '42601' },
    );
    await expect(twin.cost(query('select 1'), [index('person', ['none'])])).rejects.toMatchObject({
      sqlState: '42703',
    });
    expect((await twin.cost(query(QUERIES[0] ?? ''), [])).cost).toBeGreaterThan(0);
  });

  it(
    'builds with what a role of few rights may read, says what is hidden, and leaves nothing once closed',
    async () => {
      await pool.query('create role guest login');
      await pool.query('grant select on person, event to guest');
      const guest = new Pool({ connectionString: server.url.replace('demo@', 'guest@'), max: 1 });
      // Others may be making twins meanwhile, in the usual place.
      const temporary = mkdtempSync(join(tmpdir(), 'evenkeel-test-'));
      try {
        vi.stubEnv('TMPDIR', temporary);
        const limited = await statisticsTwin({ redact: true })(guest, await inspect(guest, readCatalogue));
        expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^evenkeel-twin-/)]);
        vi.unstubAllEnvs();
        try {
          expect(limited.missing).toContain(
            'statistics of public.base are hidden: grant select on "public"."base" to guest',
          );
          const byKey = query('select * from person where id = 77');
          expect((await limited.cost(byKey, [])).cost).toBeCloseTo((await twin.cost(byKey, [])).cost, 1);
          // Without values a common one counts as any other.
          const byMood = query(`select * from person where feeling = 'sad'`);
          const mean = index('person', ['feeling']);
          expect((await limited.cost(byMood, [mean])).cost).toBeLessThan(1.5 * (await plan(byMood.text)));
        } finally {
          const pending = expect(limited.cost(query(QUERIES[0] ?? ''), [])).rejects.toMatchObject({
            code: 'TWIN_CLOSED',
          });
          await Promise.all([limited.close(), limited.close()]);
          await pending;
        }
        expect(readdirSync(temporary)).toEqual([]);
        await expect(limited.cost(query('select 1'), [])).rejects.toThrow('closed');
      } finally {
        rmSync(temporary, { recursive: true });
        await guest.end();
      }
    },
    START_MS,
  );

  it('gives up where the signal aborts', async () => {
    await expect(
      statisticsTwin()(pool, catalogue, { signal: AbortSignal.timeout(300) }),
    ).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('statisticsTwin', () => {
  it('names what is wrong with its options', () => {
    // @ts-expect-error what JavaScript lets through
    expect(() => statisticsTwin({ redact: 'yes', maxTables: 0 })).toThrow(
      /redact must be .*\n.*maxTables must be/,
    );
  });
});
