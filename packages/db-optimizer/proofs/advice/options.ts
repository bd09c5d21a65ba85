import { parseArgs } from 'node:util';
import { allWorkloads } from '../workload/workloads.ts';

const HELP = `Advises indexes for a workload on a server of its own, and judges them beside its peers.

  node packages/db-optimizer/proofs/advice.mjs [options]

  --workload NAME   ${allWorkloads()
    .map(({ name, about }) => `${name}: ${about}`)
    .join('\n                    ')}
                    (default: wholesale)
  --no-keys         without primary keys
  --scale N         times the usual number of rows (default: 1)
  --budgets LIST    storage budgets in percent of the heap (default: 5,10,20,30,50,75,100,200)
  --no-floor        without the floor: the cost with every index there could be
  --no-peers        without index_advisor and dexter
  --no-build        judge by HypoPG alone, without building the indexes
  --set NAME=VALUE  an option of recommendIndexes, as JSON: --set minSaving=0.001 (may be repeated)
  --planner N=V     a setting of the server: --planner random_page_cost=1.1 (may be repeated)
  --without-hypopg  the advisor finds no HypoPG, and has to find its costs otherwise
  --queries         tell of each query at the budget of 100 %
  --indexes         tell of each index at the budget of 100 %
  --gate            exit code 1 where a bound is missed: at 100 % within 10 % of the floor of pairs; 5 % below a peer
                    where the budget is what HypoPG says of the peer's indexes, and no worse where it is what they
                    take when built; 1,500 planner calls for 22 queries; 60 s

The columns: n, how many indexes; what the advisor says of the cost (corrected what-if), what HypoPG as it comes says
of the same indexes, and what PostgreSQL says once they are built, in total over the workload. "% floor" is beside
the cost with indexes on all single columns and ordered pairs of columns that the queries name; "% ours" beside
those and all that the advisor would want if storage did not matter, covering indexes above all. "mean" is the geometric
mean of each query's cost to its cost before. "calls" ends in ! where the advisor was cut short.`;

export interface Options {
  readonly workload: string;
  readonly keys: boolean;
  readonly scale: number;
  readonly budgets: readonly number[];
  readonly floor: boolean;
  readonly peers: boolean;
  readonly build: boolean;
  readonly set: Readonly<Record<string, unknown>>;
  readonly planner: Readonly<Record<string, string>>;
  readonly hypopg: boolean;
  readonly queries: boolean;
  readonly indexes: boolean;
  readonly gate: boolean;
}

/** Reads the command line; undefined where only help was asked for, which is given then. */
export function readOptions(): Options | undefined {
  const { values: flags } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      workload: { type: 'string', default: 'wholesale' },
      'no-keys': { type: 'boolean', default: false },
      scale: { type: 'string', default: '1' },
      budgets: { type: 'string', default: '5,10,20,30,50,75,100,200' },
      'no-floor': { type: 'boolean', default: false },
      'no-peers': { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      set: { type: 'string', multiple: true, default: [] },
      planner: { type: 'string', multiple: true, default: [] },
      'without-hypopg': { type: 'boolean', default: false },
      queries: { type: 'boolean', default: false },
      indexes: { type: 'boolean', default: false },
      gate: { type: 'boolean', default: false },
    },
  });
  if (flags.help) {
    console.log(HELP);
    return undefined;
  }
  return {
    workload: flags.workload,
    keys: !flags['no-keys'],
    scale: Number(flags.scale),
    budgets: flags.budgets.split(',').map(Number),
    floor: !flags['no-floor'],
    peers: !flags['no-peers'],
    build: !flags['no-build'],
    set: Object.fromEntries(pairs(flags.set).map(([name, value]) => [name, JSON.parse(value)])),
    planner: Object.fromEntries(pairs(flags.planner)),
    hypopg: !flags['without-hypopg'],
    queries: flags.queries,
    indexes: flags.indexes,
    gate: flags.gate,
  };
}

function pairs(texts: readonly string[]): [string, string][] {
  return texts.map((text) => {
    const [name = '', ...rest] = text.split('=');
    return [name, rest.join('=')];
  });
}
