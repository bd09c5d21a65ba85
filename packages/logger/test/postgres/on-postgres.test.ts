import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PostgresServer,
  postgresIsInstalled,
  startPostgres,
} from '../../../../tools/postgres-server.ts';
import { report } from '../../proofs/history/report.ts';
import { killWriters } from '../../proofs/killed-database/kill.ts';
import { describePostgresHistory } from './describe-postgres-history.ts';

describe.skipIf(!postgresIsInstalled() && !process.env.CI)('with a server', () => {
  let server: PostgresServer;
  let pool: Pool;
  let writer: string;

  beforeAll(async () => {
    server = await startPostgres();
    pool = new Pool({ connectionString: server.url, max: 4 });
    const { bundle } = await import('../../proofs/bundle.mjs');
    writer = fileURLToPath(new URL('writer.mjs', await bundle(['killed-database/writer.ts'])));
  }, 60_000);

  afterAll(async () => {
    await pool?.end();
    await server?.stop();
  });

  const freshDatabase = async (name: string): Promise<string> => {
    await pool.query(`create database ${name}`);
    return server.url.replace(/postgres$/, name);
  };

  describePostgresHistory('PostgreSQL', () => pool);

  it('is consistent after its writers were killed', { timeout: 60_000 }, async () => {
    const url = await freshDatabase('killed');
    const { records, wrong } = await killWriters(writer, url, { rounds: 2, writers: 2, seed: 1 });
    expect(wrong).toBe(0);
    expect(records).toBeGreaterThan(0);
  });

  it('says of a week what its single values come to', { timeout: 60_000 }, async () => {
    const week = new Pool({ connectionString: await freshDatabase('week') });
    const { isRight, points } = await report(week, { points: 24_000, series: 3, instances: 2 }, 1);
    await week.end();
    expect({ isRight, points }).toEqual({ isRight: true, points: 24_000 });
  });
});
