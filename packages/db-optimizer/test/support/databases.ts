import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import { Pool } from 'pg';
import { postgresIsInstalled, startPostgres } from '../../../../tools/postgres-server.ts';

/** A database of its own, for one file of tests. */
export interface OpenDatabase {
  readonly pool: Pool;
  close(): Promise<void>;
}

async function embedded(): Promise<OpenDatabase> {
  const engine = await PGlite.create('memory://');
  const pool = new Pool({ ...createPgConfig(engine), max: 1 });
  return {
    pool,
    close: async () => {
      await pool.end();
      await engine.close();
    },
  };
}

async function served(): Promise<OpenDatabase> {
  const server = await startPostgres();
  const pool = new Pool({ connectionString: server.url, max: 4 });
  pool.on('error', () => {});
  await pool.query('create extension hypopg');
  return {
    pool,
    close: async () => {
      await pool.end();
      await server.stop();
    },
  };
}

/** The kinds of databases that advice is tried on, and how costs are found there. */
export const DATABASES = [
  { name: 'embedded PGlite', open: embedded, isThere: true, method: 'rolled-back index' },
  {
    name: 'PostgreSQL with HypoPG',
    open: served,
    isThere: postgresIsInstalled() || process.env.CI !== undefined,
    method: 'hypopg',
  },
] as const;
