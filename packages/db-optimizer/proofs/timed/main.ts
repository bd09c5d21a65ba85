import { parseArgs } from 'node:util';
import { quantile } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';
import { Client } from 'pg';
import { type Advised, advise } from '../advice/adviser.ts';
import { megabytes, percent, printTable } from '../advice/table.ts';
import { literalTexts } from '../workload/literal-texts.ts';
import { heapBytes } from '../workload/prepare-workload.ts';
import type { Workload } from '../workload/workload.ts';
import { startWorkloadServer, withClient } from '../workload/workload-server.ts';
import { allWorkloads, workloadNamed } from '../workload/workloads.ts';
import { medianAfter, medianBefore, PairedTimer, type TimedQuery, TOLERATED } from './pairs.ts';
import { insertCosts } from './writes.ts';

const HELP = `Builds the advised indexes on a server of its own, and times each query with and without them.

  node packages/db-optimizer/proofs/timed.mjs [options]

  --workload NAME   ${allWorkloads()
    .map(({ name }) => name)
    .join(', ')} (default: wholesale)
  --no-keys         without primary keys
  --scale N         times the usual number of rows (default: 1)
  --budget N        storage budget in percent of the heap (default: 100)
  --pairs N         runs of each query with and without, in turns (default: 11)
  --cap N           seconds after which a query is given up (default: 20)
  --set NAME=VALUE  an option of recommendIndexes, as JSON (may be repeated)
  --planner N=V     a setting of the server (may be repeated; default: random_page_cost=1.1, since all is in memory, and
                    max_parallel_workers_per_gather=0, so that a query's time is the work it takes: a parallel plan
                    is quicker than a serial one of less work where cores are idle, or many processes share them)
  --gate            exit code 1 where a query is proven slower by more than 5 %, or the sum is not faster

A query is proven slower where the sign test over its pairs says so at 1 %, twice in a row. The sum's interval is by
bootstrap over the pairs. Insertions: the same rows with and without the indexes, WAL without full-page images.`;

const { values: flags } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    workload: { type: 'string', default: 'wholesale' },
    'no-keys': { type: 'boolean', default: false },
    scale: { type: 'string', default: '1' },
    budget: { type: 'string', default: '100' },
    pairs: { type: 'string', default: '11' },
    cap: { type: 'string', default: '20' },
    set: { type: 'string', multiple: true, default: [] },
    planner: {
      type: 'string',
      multiple: true,
      default: ['random_page_cost=1.1', 'max_parallel_workers_per_gather=0'],
    },
    gate: { type: 'boolean', default: false },
  },
});

if (flags.help) console.log(HELP);
else await main(workloadNamed(flags.workload));

async function main(workload: Workload): Promise<void> {
  const preparation = { keys: !flags['no-keys'], scale: Number(flags.scale) };
  const server = await startWorkloadServer(workload, preparation, settingsOf(flags.planner));
  try {
    await withClient(server.url, (client) => client.query('create extension hypopg'));
    const heap = await withClient(server.url, (client) => heapBytes(client, workload));
    const storageBudget = Math.round((heap * Number(flags.budget)) / 100);
    const options = Object.fromEntries(
      Object.entries(settingsOf(flags.set)).map(([name, value]) => [name, JSON.parse(value)]),
    );
    const advised = await advise(server.url, workload, { ...options, storageBudget });
    const without = await connect(await server.copy('without_indexes'));
    const together = await connect(await server.copy('with_indexes'));
    await build(together, advised, heap);
    const timed = await timeAll(
      workload,
      new PairedTimer(without, together, {
        pairs: Number(flags.pairs),
        capMs: 1000 * Number(flags.cap),
      }),
    );
    const isFaster = printTimes(timed, advised);
    await printInsertions(workload, advised, without, together);
    await without.end();
    await together.end();
    const slower = timed.filter(({ isProvenSlower }) => isProvenSlower);
    console.log(`\nproven slower: ${slower.map(({ name }) => name).join(', ') || 'none'}`);
    if (flags.gate && (slower.length > 0 || !isFaster)) process.exitCode = 1;
  } finally {
    await server.stop();
  }
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`set statement_timeout = '${Number(flags.cap)}s'`);
  return client;
}

async function build(client: Client, { statements, advice }: Advised, heap: number): Promise<void> {
  const from = performance.now();
  await client.query('set statement_timeout = 0');
  for (const sql of statements) await client.query(sql);
  // What expressions are like is known only after that.
  const analysed = advice.recommendations.filter(({ definition }) =>
    definition.keys.some(({ kind }) => kind === 'expression'),
  );
  for (const table of new Set(analysed.map(({ definition }) => definition.table)))
    await client.query(`analyze ${table}`);
  await client.query(`set statement_timeout = '${Number(flags.cap)}s'`);
  const { rows } = await client.query<{ bytes: string }>(
    `select coalesce(sum(pg_relation_size(oid)), 0)::text as bytes from pg_class
     where relkind = 'i' and relnamespace = 'public'::regnamespace
       and oid not in (select conindid from pg_constraint)`,
  );
  console.log(
    `${flags.workload}: ${statements.length} indexes, ${megabytes(Number(rows[0]?.bytes))} MB ` +
      `(said: ${megabytes(advice.bytes)}; heap: ${megabytes(heap)}), built in ${((performance.now() - from) / 1000).toFixed(1)} s`,
  );
  for (const sql of statements) console.log(`  ${sql}`);
}

async function timeAll({ queries }: Workload, timer: PairedTimer): Promise<TimedQuery[]> {
  const timed: TimedQuery[] = [];
  for (const query of queries)
    timed.push(await timer.time(query.name, query.calls ?? 1, literalTexts(query)));
  return timed;
}

/** @returns whether all queries together are faster, for certain */
function printTimes(timed: readonly TimedQuery[], { advice }: Advised): boolean {
  const costs = new Map(advice.queries.map((query) => [query.text, query]));
  const texts = new Map(workloadNamed(flags.workload).queries.map(({ name, text }) => [name, text]));
  console.log('');
  printTable(
    ['query', 'ms without', 'ms with', 'time', 'cost', 'slower by chance'],
    timed.map((query) => {
      const cost = costs.get(texts.get(query.name) ?? '');
      return [
        query.name,
        `${query.cappedAt === undefined ? '' : '> '}${medianBefore(query).toFixed(2)}`,
        medianAfter(query).toFixed(2),
        `x ${(medianAfter(query) / medianBefore(query)).toFixed(3)}`,
        cost === undefined ? '' : `x ${(cost.costAfter / cost.costBefore).toFixed(3)}`,
        `${percent(query.chanceOfSlower)}${query.isProvenSlower ? '  PROVEN SLOWER' : ''}`,
      ];
    }),
  );
  const light = timed.filter(({ cappedAt }) => cappedAt === undefined);
  const all = printSum('all queries once each', timed, () => 1);
  printSum('without those that were given up', light, () => 1);
  printSum('all queries by their calls', timed, ({ calls }) => calls);
  const ratios = timed.map((query) => Math.log(medianAfter(query) / medianBefore(query)));
  console.log(
    `geometric mean: x ${Math.exp(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).toFixed(3)}`,
  );
  console.log(`(slower: by more than ${percent(TOLERATED - 1)})`);
  return all;
}

function printSum(
  name: string,
  timed: readonly TimedQuery[],
  weight: (query: TimedQuery) => number,
): boolean {
  const sum = (of: (query: TimedQuery) => number): number =>
    timed.reduce((total, query) => total + weight(query) * of(query), 0);
  const before = sum(medianBefore);
  const after = sum(medianAfter);
  const random = seededRandom(1);
  const drawn = Array.from({ length: 1000 }, () => {
    let was = 0;
    let is = 0;
    for (const query of timed) {
      const pairs = query.pairs.flatMap(() => query.pairs[Math.floor(random() * query.pairs.length)] ?? []);
      was += weight(query) * medianBefore({ ...query, pairs });
      is += weight(query) * medianAfter({ ...query, pairs });
    }
    return is / was;
  });
  const high = quantile(drawn, 0.975);
  console.log(
    `${name}: ${before.toFixed(0)} ms without, ${after.toFixed(0)} ms with: x ${(after / before).toFixed(3)} ` +
      `(95 %: ${quantile(drawn, 0.025).toFixed(3)} to ${high.toFixed(3)})`,
  );
  return high < 1;
}

async function printInsertions(
  workload: Workload,
  { advice }: Advised,
  without: Client,
  together: Client,
): Promise<void> {
  await without.query('set statement_timeout = 0');
  await together.query('set statement_timeout = 0');
  const before = await insertCosts(without, workload);
  const after = await insertCosts(together, workload);
  console.log('\ninsertions right after the build, when leaves are full and split most, for each row:');
  printTable(
    ['table', 'indexes', 'WAL bytes without', 'with', 'more', 'billed', 'µs without', 'with'],
    [...before].flatMap(([table, { walBytes, microseconds }]) => {
      const indexes = advice.recommendations.filter(({ definition }) => definition.table === table);
      const now = after.get(table);
      if (now === undefined || indexes.length === 0) return [];
      const billed = indexes.reduce((sum, { writes }) => sum + writes.walBytesPerInsert, 0);
      return [
        [
          table,
          String(indexes.length),
          walBytes.toFixed(0),
          now.walBytes.toFixed(0),
          (now.walBytes - walBytes).toFixed(0),
          billed.toFixed(0),
          microseconds.toFixed(1),
          now.microseconds.toFixed(1),
        ],
      ];
    }),
  );
}

function settingsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [name = '', ...rest] = text.split('=');
      return [name, rest.join('=')];
    }),
  );
}
