import { dexterAdvice, namedColumnIndexes } from '../peers/dexter.ts';
import { indexAdvisorUnion } from '../peers/index-advisor.ts';
import { heapBytes } from '../workload/prepare-workload.ts';
import { startWorkloadServer, withClient } from '../workload/workload-server.ts';
import { workloadNamed } from '../workload/workloads.ts';
import { type Advised, advise } from './adviser.ts';
import { Judge, meanRatio, type Verdict } from './judge.ts';
import { type Options, readOptions } from './options.ts';
import { megabytes, percent, printTable, rounded } from './table.ts';

/* What must hold. */
const MOST_OVER_FLOOR = 1.1;
const MOST_OF_PEERS = 0.95;
/* Where not their own estimate of the storage counts but what it really is: they may not be better by more than that. */
const MOST_OF_PEERS_BUILT = 1.01;
const MOST_CALLS = 1500;
const CALLS_FOR_QUERIES = 22;
const MOST_SECONDS = 60;

/** Indexes and what they are worth by each measure. */
interface Judged {
  readonly name: string;
  readonly statements: readonly string[];
  readonly imagined: Verdict;
  readonly built: Verdict | undefined;
  readonly advised: Advised | undefined;
}

/** What a peer advises, and what ours does in the same storage. */
interface Comparison {
  readonly peer: Judged;
  readonly ours: Judged;
  /** What ours may cost, to what the peer's does. */
  readonly bound: number;
}

const options = readOptions();
if (options) await main(options);

async function main(options: Options): Promise<void> {
  const workload = workloadNamed(options.workload);
  const { keys, scale } = options;
  const server = await startWorkloadServer(workload, { keys, scale }, options.planner);
  try {
    const heap = await withClient(server.url, (client) => heapBytes(client, workload));
    const judge = await Judge.open(await server.copy('judged'), workload.queries);
    const asItIs = await judge.imagined([]);
    console.log(
      `${workload.name}, ${keys ? 'with' : 'without'} primary keys: ${workload.queries.length} queries, ` +
        `heap ${megabytes(heap)} MB, cost ${rounded(asItIs.total)}`,
    );
    if (options.hypopg) {
      await withClient(server.url, (client) => client.query('create extension hypopg'));
    }
    const judged = async (
      name: string,
      statements: readonly string[],
      advised?: Advised,
    ): Promise<Judged> => ({
      name,
      statements,
      imagined: await judge.imagined(statements),
      built: options.build ? await judge.built(statements) : undefined,
      advised,
    });
    const ask = (storageBudget: number, more = {}): Promise<Advised> =>
      advise(server.url, workload, { ...options.set, ...more, storageBudget: Math.round(storageBudget) });

    const rows: Judged[] = [];
    for (const budget of options.budgets) {
      const advised = await ask((heap * budget) / 100);
      rows.push(await judged(`budget ${budget} %`, advised.statements, advised));
    }
    const floors = options.floor ? await floorsOf() : [];
    rows.push(...floors);
    const inAsMuch = async (measure: string, bytes: number): Promise<Judged> => {
      const advised = await ask(bytes);
      return await judged(`  ours in as much, ${measure}`, advised.statements, advised);
    };
    const comparisons: Comparison[] = [];
    if (options.peers) {
      const peers = {
        index_advisor: await imaginedOnly(() => indexAdvisorUnion(judge.database, workload.queries)),
        'dexter, saving 50 %': await imaginedOnly(() => dexterAdvice(judge.database, workload.queries, 0.5)),
        'dexter, saving 10 %': await imaginedOnly(() => dexterAdvice(judge.database, workload.queries, 0.1)),
      };
      for (const [name, statements] of Object.entries(peers)) {
        const peer = await judged(name, statements);
        if (statements.length === 0) continue;
        comparisons.push({ peer, ours: await inAsMuch('HypoPG', peer.imagined.bytes), bound: MOST_OF_PEERS });
        if (!peer.built) continue;
        comparisons.push({
          peer,
          ours: await inAsMuch('built', peer.built.bytes),
          bound: MOST_OF_PEERS_BUILT,
        });
      }
    }
    print([...rows, ...new Set(comparisons.flatMap(({ peer, ours }) => [peer, ours]))], asItIs, floors);
    const atHeap = rows.find(({ name }) => name === 'budget 100 %');
    if (options.queries && atHeap) printQueries(atHeap, asItIs, floors);
    if (options.indexes && atHeap) printIndexes(atHeap);
    for (const text of new Set(rows.flatMap(({ advised }) => advised?.advice.missing ?? [])))
      console.log(`missing: ${text}`);
    for (const { text, reason } of atHeap?.advised?.advice.skipped ?? [])
      console.log(`skipped: ${text}: ${reason}`);
    const missed = missedBounds(atHeap, floors, comparisons, workload.queries.length);
    for (const each of missed) console.log(`MISSED: ${each}`);
    if (options.gate && missed.length > 0) process.exitCode = 1;
    await judge.close();

    /** With all pairs of columns that the queries name; and with those and all that the advisor would want at most. */
    async function floorsOf(): Promise<Judged[]> {
      const unlimited = await ask(1000 * heap, {
        minSaving: 0,
        maxIndexes: 1000,
        maxPlannerCalls: 100_000,
        timeout: 600_000,
      });
      const pairs = await imaginedOnly(() => namedColumnIndexes(judge.database, workload.queries));
      const all = [...new Set([...pairs, ...unlimited.statements])];
      return [
        await floorOf(`floor: ${pairs.length} pairs`, pairs),
        await floorOf(`floor: ${all.length}, ours too`, all, unlimited),
      ];
    }

    async function floorOf(name: string, statements: readonly string[], advised?: Advised): Promise<Judged> {
      const imagined = await judge.imagined(statements);
      const used = await judge.usedOf(statements);
      const built = options.build ? await judge.built(used) : undefined;
      return { name, statements: used, imagined, built, advised };
    }

    /** The judge's database as it was made, so that what was built for it is no excuse. */
    async function imaginedOnly(work: () => Promise<string[]>): Promise<string[]> {
      await judge.imagined([]);
      return await work();
    }
  } finally {
    await server.stop();
  }
}

function print(rows: readonly Judged[], asItIs: Verdict, floors: readonly Judged[]): void {
  const besides = (verdict: Verdict | undefined, measure: 'imagined' | 'built'): string[] =>
    [0, 1].map((at) => {
      const least = floors[at]?.[measure]?.total;
      return verdict === undefined || least === undefined ? '' : ((100 * verdict.total) / least).toFixed(1);
    });
  printTable(
    [
      '',
      'n',
      'said',
      'HypoPG',
      '% floor',
      '% ours',
      'built',
      '% floor',
      '% ours',
      'mean',
      'MB said',
      'HypoPG',
      'built',
      'calls',
      's',
    ],
    rows.map(({ name, statements, imagined, built, advised }) => [
      name,
      String(statements.length),
      advised ? rounded(advised.advice.cost.after) : '',
      rounded(imagined.total),
      ...besides(imagined, 'imagined'),
      built ? rounded(built.total) : '',
      ...besides(built, 'built'),
      percent(meanRatio(asItIs, built ?? imagined)),
      advised ? megabytes(advised.advice.bytes) : '',
      megabytes(imagined.bytes),
      built ? megabytes(built.bytes) : '',
      advised ? `${advised.advice.plannerCalls}${advised.advice.isCutShort ? '!' : ''}` : '',
      advised ? (advised.advice.durationMs / 1000).toFixed(1) : '',
    ]),
  );
}

function printQueries({ imagined, built }: Judged, asItIs: Verdict, floors: readonly Judged[]): void {
  console.log('\neach query at 100 %: cost as it is, by HypoPG, once built, and at the floors by HypoPG');
  printTable(
    ['', 'as it is', 'HypoPG', 'built', 'floor: pairs', 'ours too'],
    [...asItIs.costs].map(([name, cost]) => [
      name,
      cost.toFixed(1),
      (imagined.costs.get(name) ?? 0).toFixed(1),
      built?.costs.get(name)?.toFixed(1) ?? '',
      ...floors.map((floor) => floor.imagined.costs.get(name)?.toFixed(1) ?? ''),
    ]),
  );
}

function printIndexes({ advised }: Judged): void {
  console.log('\neach index at 100 %: what the workload would cost more without it, MB, and what it serves');
  for (const { sql, costSaved, bytes, reason, confidence } of advised?.advice.recommendations ?? [])
    console.log(
      `${rounded(costSaved).padStart(14)}  ${megabytes(bytes).padStart(6)}  ${confidence}  ${sql}  -- ${reason}`,
    );
}

function missedBounds(
  atHeap: Judged | undefined,
  floors: readonly Judged[],
  comparisons: readonly Comparison[],
  queries: number,
): string[] {
  const missed: string[] = [];
  const measures = ['imagined', 'built'] as const;
  for (const measure of measures) {
    const least = floors[0]?.[measure]?.total;
    const ours = atHeap?.[measure]?.total;
    if (least !== undefined && ours !== undefined && ours > least * MOST_OVER_FLOOR)
      missed.push(`at 100 % the cost is ${percent(ours / least)} of the floor (${measure})`);
  }
  for (const { peer, ours, bound } of comparisons) {
    const theirs = (peer.built ?? peer.imagined).total;
    const cost = (ours.built ?? ours.imagined).total;
    if (cost > theirs * bound)
      missed.push(`${peer.name},${ours.name}: ${percent(cost / theirs)} of its cost`);
  }
  for (const { name, advised } of [...(atHeap ? [atHeap] : []), ...comparisons.map(({ ours }) => ours)]) {
    const { plannerCalls = 0, durationMs = 0 } = advised?.advice ?? {};
    if (queries <= CALLS_FOR_QUERIES && plannerCalls > MOST_CALLS)
      missed.push(`${name}: ${plannerCalls} planner calls`);
    if (durationMs > 1000 * MOST_SECONDS) missed.push(`${name}: ${(durationMs / 1000).toFixed(1)} s`);
  }
  return missed;
}
