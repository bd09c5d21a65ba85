import { parseArgs } from 'node:util';
import { Client, Pool } from 'pg';
import { startPostgres } from '../../../../tools/postgres-server.ts';
import type { IndexDefinition } from '../../src/catalogue/catalogue.ts';
import { readCatalogue } from '../../src/catalogue/read-catalogue.ts';
import { createIndexSql, indexId } from '../../src/indexes/index-definition.ts';
import { inspect } from '../../src/session/inspect.ts';
import { statisticsTwin } from '../../src/twin/index.ts';
import { HypoPg } from '../../src/what-if/hypopg.ts';
import type { WhatIf } from '../../src/what-if/what-if.ts';
import { prepareWorkload } from '../workload/prepare-workload.ts';
import { workloadNamed } from '../workload/workloads.ts';
import { build } from './built-indexes.ts';
import { Errors, printErrors, printWorst } from './errors.ts';
import { byIndexes, makePairs, type Pair } from './pairs.ts';

/* What must hold. */
const MOST_TWIN_MEDIAN = 0.02;
const MOST_TWIN_P95 = 0.05;
const MOST_SIZE_MEDIAN = 0.1;
const LEAST_PAIRS = 100;

const { values: options } = parseArgs({
  options: {
    workload: { type: 'string', default: 'wholesale,freight' },
    'no-keys': { type: 'boolean', default: false },
    scale: { type: 'string', default: '0.3' },
    candidates: { type: 'string', default: '8' },
    version: { type: 'string' },
    'random-page-cost': { type: 'string', default: '4' },
    'no-twin': { type: 'boolean', default: false },
    worst: { type: 'string', default: '0' },
    gate: { type: 'boolean', default: false },
  },
});

const raw = new Errors();
const corrected = new Errors();
const twinned = new Errors();
const modelled = new Errors();
const claimed = new Errors();
const seconds = new Map<string, { ms: number; calls: number }>();

for (const name of options.workload.split(',')) await judge(name);
report();

async function judge(name: string): Promise<void> {
  const workload = workloadNamed(name);
  const { version } = options;
  const server = await startPostgres(
    { autovacuum: 'off', jit: 'off', max_wal_size: '4GB', random_page_cost: options['random-page-cost'] },
    version === undefined ? {} : { version: Number(version) },
  );
  const pool = new Pool({ connectionString: server.url, max: 3 });
  pool.on('error', () => {});
  const client = new Client({ connectionString: server.url });
  try {
    await client.connect();
    await prepareWorkload(client, workload, { keys: !options['no-keys'], scale: Number(options.scale) });
    const catalogue = await inspect(pool, (session) => readCatalogue(session));
    const pairs = await makePairs(workload.queries, catalogue, Number(options.candidates));
    const twin = options['no-twin'] ? undefined : await statisticsTwin()(pool, catalogue);
    const hypopg = version === undefined ? await openHypoPg() : undefined;
    let answered = 0;
    try {
      for (const group of byIndexes(pairs)) answered += await judgeGroup(group, hypopg, twin);
    } finally {
      await hypopg?.close();
      await twin?.close();
    }
    console.log(
      `${name}: ${pairs.length} pairs of a query and indexes, ${answered} of them where an index is used`,
    );

    async function openHypoPg(): Promise<HypoPg> {
      await client.query('create extension hypopg');
      return await HypoPg.open(pool, catalogue);
    }
  } finally {
    await client.end();
    await pool.end();
    await server.stop();
  }

  async function judgeGroup(
    group: readonly Pair[],
    hypopg: HypoPg | undefined,
    twin: WhatIf | undefined,
  ): Promise<number> {
    const indexes = group[0]?.indexes ?? [];
    const truth = await build(client, indexes, group);
    let answered = 0;
    for (const [at, pair] of group.entries()) {
      const built = truth.costs[at];
      if (!built) continue;
      const of = `${name}: ${pair.name} with ${indexes.map(indexId).join(' and ')}`;
      const byHypoPg = await ask(hypopg, pair);
      const byTwin = await ask(twin, pair);
      // Where nobody uses the index there is nothing to be wrong about.
      if (!built.used && !byHypoPg?.used.size && !byTwin?.used.size) continue;
      answered += 1;
      if (byHypoPg) {
        raw.add(byHypoPg.rawCost, built.cost, of);
        corrected.add(byHypoPg.cost, built.cost, of);
      }
      if (byTwin) twinned.add(byTwin.cost, built.cost, of);
    }
    const [index] = indexes;
    const bytes = truth.bytes[0];
    if (indexes.length === 1 && index && bytes !== undefined && (hypopg ?? twin)) {
      modelled.add((hypopg ?? twin)?.size(index) ?? 0, bytes, `${name}: ${indexId(index)}`);
      if (hypopg) claimed.add(await claimedBytes(client, index), bytes, `${name}: ${indexId(index)}`);
    }
    return answered;
  }
}

/** What HypoPG takes the index to have. */
async function claimedBytes(client: Client, index: IndexDefinition): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    'select hypopg_relation_size(indexrelid)::text as bytes from hypopg_create_index($1)',
    [createIndexSql(index)],
  );
  await client.query('select hypopg_reset()');
  return Number(rows[0]?.bytes);
}

async function ask(whatIf: WhatIf | undefined, { query, indexes }: Pair) {
  if (!whatIf) return undefined;
  const began = performance.now();
  const cost = await whatIf.cost(query, indexes);
  const spent = seconds.get(whatIf.method) ?? { ms: 0, calls: 0 };
  seconds.set(whatIf.method, { ms: spent.ms + performance.now() - began, calls: spent.calls + 1 });
  return cost;
}

function report(): void {
  const rows = new Map([
    ['cost, HypoPG as it comes', raw],
    ['cost, HypoPG corrected', corrected],
    ['cost, statistics twin', twinned],
    ['size, HypoPG as it comes', claimed],
    ['size, our model', modelled],
  ]);
  for (const [name, errors] of rows) if (errors.count === 0) rows.delete(name);
  printErrors(rows);
  for (const [method, { ms, calls }] of seconds)
    console.log(`${method}: ${(ms / calls).toFixed(2)} ms a call`);
  for (const [name, errors] of rows) printWorst(name, errors, Number(options.worst));
  if (!options.gate) return;
  const faults: string[] = [];
  const pairs = Math.max(raw.count, twinned.count);
  if (pairs < LEAST_PAIRS) faults.push(`only ${pairs} pairs`);
  if (twinned.count > 0 && twinned.at(0.5) > MOST_TWIN_MEDIAN) faults.push('twin: median');
  if (twinned.count > 0 && twinned.at(0.95) > MOST_TWIN_P95) faults.push('twin: p95');
  for (const share of [0.5, 0.95])
    if (raw.count > 0 && corrected.at(share) >= raw.at(share))
      faults.push(`HypoPG corrected is no better than raw at ${share}`);
  if (modelled.at(0.5) > MOST_SIZE_MEDIAN) faults.push('size: median');
  for (const fault of faults) console.error(`missed: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}
