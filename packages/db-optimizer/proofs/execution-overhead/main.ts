import { parseArgs } from 'node:util';
import { median, quantile } from '@evenkeel/core/statistics';
import { Pool } from 'pg';
import { startPostgres } from '../../../../tools/postgres-server.ts';
import { QueryExecutor } from '../../src/execution/query-executor.ts';

const MOST = 1.05;

/* Runs until the code is compiled. */
const WARM_UP = 100;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2000' },
    queries: { type: 'string', default: '50' },
    gate: { type: 'boolean', default: false },
  },
});
const rounds = Number(flags.rounds);
const queries = Number(flags.queries);

const server = await startPostgres();
const pool = new Pool({ connectionString: server.url, max: 1 });
pool.on('error', () => {});
let observed = 0;
const executor = new QueryExecutor({
  database: pool,
  describe: () => ({ kind: 'select', isReadOnly: true }),
  observe: () => {
    observed += 1;
  },
});

const CONTENDERS: readonly { readonly name: string; readonly run: () => Promise<unknown> }[] = [
  { name: 'pool.query', run: () => pool.query('SELECT 1') },
  { name: 'executor.query', run: () => executor.query('SELECT 1') },
  { name: 'pool.query, $1', run: () => pool.query('SELECT $1::int', [1]) },
  { name: 'executor.query, $1', run: () => executor.query('SELECT $1::int', [1]) },
];

/** Microseconds of a query, one after the other. */
async function time(run: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  for (let query = 0; query < queries; query++) await run();
  return (1000 * (performance.now() - startedMs)) / queries;
}

try {
  for (const { run } of CONTENDERS) for (let round = 0; round < WARM_UP; round++) await time(run);
  const times = CONTENDERS.map(() => [] as number[]);
  // Each round begins with another: what the machine does besides meets all alike.
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < CONTENDERS.length; turn++) {
      const index = (round + turn) % CONTENDERS.length;
      const contender = CONTENDERS[index];
      if (contender) times[index]?.push(await time(contender.run));
    }
  }
  console.log(`${rounds} rounds of ${queries} queries; ${observed} were observed. µs a query:\n`);
  console.log('                       p10   to the pool   median   to the pool');
  let worst = 0;
  for (const [index, { name }] of CONTENDERS.entries()) {
    const own = times[index] ?? [];
    const base = times[index - (index % 2)] ?? [];
    const ratio = quantile(own, 0.1) / quantile(base, 0.1);
    worst = Math.max(worst, ratio);
    const cells = [
      name.padEnd(20),
      quantile(own, 0.1).toFixed(1).padStart(6),
      ratio.toFixed(3).padStart(14),
      median(own).toFixed(1).padStart(9),
      median(own.map((us, round) => us / (base[round] ?? Number.NaN)))
        .toFixed(3)
        .padStart(14),
    ];
    console.log(cells.join(''));
  }
  const holds = worst <= MOST;
  console.log(`\n${holds ? 'holds' : 'FAILS'}  at most ${(100 * (MOST - 1)).toFixed(0)} % over the pool`);
  if (flags.gate && !holds) process.exitCode = 1;
} finally {
  await pool.end();
  await server.stop();
}
