import { parseArgs } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { Pool } from 'pg';
import { startPostgres } from '../../../../tools/postgres-server.ts';
import { report } from './report.ts';

const { values: flags } = parseArgs({
  options: {
    database: { type: 'string', default: 'postgres,pglite' },
    points: { type: 'string', default: '10000000' },
    series: { type: 'string', default: '50' },
    instances: { type: 'string', default: '4' },
    reports: { type: 'string', default: '5' },
    gate: { type: 'boolean', default: false },
  },
});

/* What is promised. */
const MAX_MS = 2000;

const load = {
  points: Number(flags.points),
  series: Number(flags.series),
  instances: Number(flags.instances),
};
const results = [];
for (const name of flags.database.split(',')) {
  if (name === 'pglite') {
    const database = await PGlite.create();
    results.push({ database: name, ...(await report(database, load, Number(flags.reports))) });
    await database.close();
  } else {
    const server = await startPostgres();
    const pool = new Pool({ connectionString: server.url });
    results.push({ database: name, ...(await report(pool, load, Number(flags.reports))) });
    await pool.end();
    await server.stop();
  }
}
console.table(results);
const fails = results.some(({ slowestMs, isRight }) => slowestMs > MAX_MS || !isRight);
if (flags.gate && fails) process.exitCode = 1;
