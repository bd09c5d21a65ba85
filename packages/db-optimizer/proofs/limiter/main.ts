import { parseArgs } from 'node:util';
import { seededRandom } from '@evenkeel/core';
import { startPostgres } from '../../../../tools/postgres-server.ts';
import { prepare, REAL_MIXES, runReal } from './real-database.ts';
import { SERVICE_MIXES } from './service-mixes.ts';
import { simulate } from './simulation.ts';

const { values: flags } = parseArgs({
  options: {
    real: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    sizes: { type: 'string', default: '1,2,4,8,12,16,24,32,48,64' },
    seed: { type: 'string', default: '1' },
    gate: { type: 'boolean', default: false },
  },
});
const CALLERS = 64;
const MAX = 64;
const sizes = flags.sizes.split(',').map(Number);
const rounds = Number(flags.rounds ?? (flags.real ? 3 : 5));
const durationMs = 1000 * Number(flags.seconds ?? (flags.real ? 5 : 30));
const seed = Number(flags.seed);

/* Of the best fixed size's throughput. */
const LEAST_SHARE = 0.95;

interface Result {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly best: number;
}
type Run = (size: number | undefined, round: number) => Promise<Result>;

let isBelow = false;

async function compare(name: string, run: Run): Promise<void> {
  const fixed = new Map<number, Result[]>(sizes.map((size) => [size, []]));
  const adaptive: Result[] = [];
  for (let round = 0; round < rounds; round++) {
    // Interleaved, and with another beginning each time: what else the machine does hits all of them.
    const order: (number | undefined)[] = [
      ...sizes.slice(round % sizes.length),
      ...sizes.slice(0, round % sizes.length),
    ];
    order.splice(Math.floor(order.length / 2), 0, undefined);
    for (const size of order) {
      const result = await run(size, round);
      (size === undefined ? adaptive : fixed.get(size))?.push(result);
    }
  }
  console.log(`\n${name}\n  size    per s   p99 ms`);
  const rows = [...fixed].map(([size, results]) => ({ size, ...meanOf(results) }));
  for (const { size, perSecond, p99Ms } of rows) print(String(size), perSecond, p99Ms);
  const best = rows.reduce((a, b) => (b.perSecond > a.perSecond ? b : a));
  const found = meanOf(adaptive);
  print('self', found.perSecond, found.p99Ms);
  const share = found.perSecond / best.perSecond;
  if (share < LEAST_SHARE) isBelow = true;
  const ends = adaptive.map(({ best }) => best).join(', ');
  console.log(
    `  from a cold start ${(100 * share).toFixed(1)} % of the best size's (${best.size}) throughput, ` +
      `p99 ${(found.p99Ms / best.p99Ms).toFixed(2)} times its; it ended at ${ends}`,
  );
}

function meanOf(results: readonly Result[]): { perSecond: number; p99Ms: number } {
  const mean = (of: (result: Result) => number): number =>
    results.reduce((sum, result) => sum + of(result), 0) / results.length;
  return { perSecond: mean(({ perSecond }) => perSecond), p99Ms: mean(({ p99Ms }) => p99Ms) };
}

function print(size: string, perSecond: number, p99Ms: number): void {
  console.log(`  ${size.padStart(4)} ${perSecond.toFixed(0).padStart(8)} ${p99Ms.toFixed(1).padStart(8)}`);
}

if (flags.real) {
  console.log(`PostgreSQL, ${CALLERS} callers, ${rounds} rounds of ${durationMs / 1000} s`);
  const server = await startPostgres({ max_connections: '100', synchronous_commit: 'off' });
  try {
    await prepare(server.url);
    for (const mix of REAL_MIXES) {
      await compare(mix.name, (size, round) => {
        const options = { max: MAX, callers: CALLERS, durationMs, random: seededRandom(seed + round) };
        return runReal(server.url, mix, size, options);
      });
    }
  } finally {
    await server.stop();
  }
} else {
  console.log(`simulated, ${CALLERS} callers, ${rounds} rounds of ${durationMs / 1000} s`);
  for (const mix of SERVICE_MIXES) {
    await compare(mix.name, (size, round) => {
      const isAdaptive = size === undefined;
      const max = size ?? MAX;
      return simulate({ mix, max, isAdaptive, callers: CALLERS, durationMs, seed: seed + round });
    });
  }
}
if (flags.gate && isBelow) {
  console.log(`\nbelow ${100 * LEAST_SHARE} %`);
  process.exitCode = 1;
}
