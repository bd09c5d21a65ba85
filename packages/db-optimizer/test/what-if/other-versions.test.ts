import { Pool } from 'pg';
import { describe, expect, it } from 'vitest';
import { postgresIsInstalled, startPostgres } from '../../../../tools/postgres-server.ts';
import type { ExplainableQuery } from '../../src/advice/workload.ts';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';
import { readCapabilities } from '../../src/session/capabilities.ts';
import { inspect } from '../../src/session/inspect.ts';
import { chooseWhatIf } from '../../src/what-if/choose-what-if.ts';
import { RolledBackIndexes } from '../../src/what-if/rolled-back-index.ts';

/* They come from npm the first time, some 20 MB each. */
const TIMEOUT = 120_000;

describe.skipIf(!postgresIsInstalled() && !process.env.CI)('on other versions of PostgreSQL', () => {
  it.concurrent.each([16, 17, 18])(
    'reads and plans on PostgreSQL %i',
    async (version) => {
      const server = await startPostgres({ autovacuum: 'off' }, { version });
      const pool = new Pool({ connectionString: server.url, max: 2 });
      try {
        await pool.query('create table t (i int primary key, a int, b text)');
        await pool.query('insert into t select i, i % 500, i::text from generate_series(1, 20000) i');
        await pool.query('vacuum analyze t');
        await pool.query('set enable_seqscan = on; select * from t where i = 1');
        const catalogue = await inspect(pool, (session) => readCatalogue(session));
        expect(Math.floor(catalogue.version / 10_000)).toBe(version);
        expect(catalogue.find('t')).toMatchObject({ rows: 20_000, visibleShare: 1 });
        const capabilities = await inspect(pool, readCapabilities);
        expect(capabilities).toMatchObject({ canUseHypoPg: false, isEmbedded: false, isSuperuser: true });
        await expect(chooseWhatIf(pool, catalogue)).rejects.toMatchObject({ code: 'NO_WHAT_IF' });
        const whatIf = new RolledBackIndexes(pool, catalogue);
        const index = {
          schema: 'public',
          table: 't',
          method: 'btree',
          keys: [{ kind: 'column', sql: 'a' } as const],
          include: [],
          where: undefined,
        };
        const text = 'select * from t where a = $1';
        const generic: ExplainableQuery = {
          id: text,
          text,
          weight: 1,
          variants: [{ text, share: 1, parameters: 1 }],
        };
        const bare = await whatIf.cost(generic, []);
        expect((await whatIf.cost(generic, [index])).cost).toBeLessThan(bare.cost / 2);
        expect(await whatIf.cost(generic, [])).toEqual(bare);
      } finally {
        await pool.end();
        await server.stop();
      }
    },
    TIMEOUT,
  );
});
