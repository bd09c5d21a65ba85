import { parseArgs } from 'node:util';
import { median } from '@evenkeel/core';
import pg from 'pg';
import { startPostgres } from '../../../../tools/postgres-server.ts';
import { instrumentPool } from '../../src/instrument/instrument-pool.ts';
import { PoolMonitor } from '../../src/pool/pool-monitor.ts';
import { bareCost } from './bare-cost.ts';

const { values: flags } = parseArgs({
  options: {
    pairs: { type: 'string', default: '600' },
    queries: { type: 'string', default: '50' },
    gate: { type: 'boolean', default: false },
  },
});
const pairs = Number(flags.pairs);
const queries = Number(flags.queries);

/* Of a round trip. */
const MOST_OVERHEAD = 0.05;

const ways = {
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
const plain = new pg.Pool({ connectionString: server.url, max: 1 });
const watched = new pg.Pool({ connectionString: server.url, max: 1 });
const stop = instrumentPool(watched, { observe: () => {}, measurements: new PoolMonitor(watched) });
for (const pool of [plain, watched]) pool.on('error', () => {});
let isAbove = false;

async function measure(pool: pg.Pool, way: (pool: pg.Pool) => Promise<unknown>): Promise<Round> {
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
    for (let query = 0; query < WARM_UP; query++) {
      await way(plain);
      await way(watched);
    }
    const rounds: { readonly off: Round; readonly on: Round }[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const isFirst = pair % 2 === 0;
      const first = await measure(isFirst ? watched : plain, way);
      const second = await measure(isFirst ? plain : watched, way);
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
  stop();
  await plain.end();
  await watched.end();
  await server.stop();
}
if (flags.gate && isAbove) {
  console.log(`above ${100 * MOST_OVERHEAD} %`);
  process.exitCode = 1;
}
