import { parseArgs } from 'node:util';
import { median } from '@evenkeel/core';
import pg from 'pg';
import { startPostgres } from '../../../../tools/postgres-server.ts';
import { DatabaseOptimizer } from '../../src/database-optimizer.ts';
import { bareCost } from './bare-cost.ts';

const { values: flags } = parseArgs({
  options: {
    pairs: { type: 'string', default: '40' },
    queries: { type: 'string', default: '2000' },
    gate: { type: 'boolean', default: false },
  },
});
const pairs = Number(flags.pairs);
const queries = Number(flags.queries);

/* Of a round trip. */
const MOST_OVERHEAD = 0.05;

type Way = (pool: pg.Pool) => Promise<unknown>;

const ways: Record<string, Way> = {
  'pool.query(text)': (pool: pg.Pool) => pool.query('select 1'),
  'pool.query(text, values)': (pool: pg.Pool) => pool.query('select $1::int', [1]),
  'connect, client.query, release': async (pool: pg.Pool) => {
    const client = await pool.connect();
    await client.query('select 1');
    client.release();
  },
};

/* Until the compiler has done with it. */
const WARM_UP = 5000;

const server = await startPostgres();
// One connection for both, or the difference would be which core the server's process runs on.
const pool = new pg.Pool({ connectionString: server.url, max: 1 });
pool.on('error', () => {});
const optimizer = new DatabaseOptimizer(pool);
let isAbove = false;

/** All that the package does, statistics of the statements included. */
async function watched(way: Way): Promise<Round> {
  const stop = optimizer.instrument(pool);
  try {
    await way(pool);
    return await measure(way);
  } finally {
    stop();
  }
}

async function plain(way: Way): Promise<Round> {
  await way(pool);
  return await measure(way);
}

async function measure(way: Way): Promise<Round> {
  const cpu = process.cpuUsage();
  const fromMs = performance.now();
  for (let query = 0; query < queries; query++) await way(pool);
  const wallUs = ((performance.now() - fromMs) * 1000) / queries;
  const { user, system } = process.cpuUsage(cpu);
  return { wallUs, cpuUs: (user + system) / queries };
}

interface Round {
  readonly wallUs: number;
  readonly cpuUs: number;
}

try {
  console.log(`${pairs} pairs of rounds of ${queries} queries, one after the other`);
  console.log(
    '                                 plain µs  watched µs   more    CPU µs   without a server, more µs',
  );
  for (const [name, way] of Object.entries(ways)) {
    for (let query = 0; query < WARM_UP; query += queries) {
      await plain(way);
      await watched(way);
    }
    const rounds: { readonly off: Round; readonly on: Round }[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const isFirst = pair % 2 === 0;
      const first = await (isFirst ? watched : plain)(way);
      const second = await (isFirst ? plain : watched)(way);
      rounds.push(isFirst ? { on: first, off: second } : { on: second, off: first });
    }
    // Of the pairs, as what else the machine does hits both of one alike; rounds that it has hit alone count no more.
    const overhead = Math.exp(median(rounds.map(({ on, off }) => Math.log(on.wallUs / off.wallUs)))) - 1;
    if (overhead > MOST_OVERHEAD) isAbove = true;
    const show = (value: number, width: number): string => value.toFixed(1).padStart(width);
    console.log(
      `${name.padEnd(32)} ${show(median(rounds.map(({ off }) => off.wallUs)), 8)} ` +
        `${show(median(rounds.map(({ on }) => on.wallUs)), 11)} ${show(100 * overhead, 6)} % ` +
        `${show(median(rounds.map(({ off }) => off.cpuUs)), 8)} ` +
        show(await bareCost(way, 30, 3000), 10),
    );
  }
} finally {
  await optimizer.stop();
  await pool.end();
  await server.stop();
}
if (flags.gate && isAbove) {
  console.log(`above ${100 * MOST_OVERHEAD} %`);
  process.exitCode = 1;
}
