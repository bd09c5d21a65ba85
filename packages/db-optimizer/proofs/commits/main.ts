import { parseArgs } from 'node:util';
import { startPostgres } from '../../../../tools/postgres-server.ts';
import { CONCURRENCY, type PlayResult, play } from './play.ts';
import { type CreateRunner, evenkeel, jobQueue, plainLoop, undoneOnly } from './runners.ts';
import { Trouble } from './trouble.ts';

const { values: flags } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    others: { type: 'string', default: '1000' },
    cuts: { type: 'string', default: '0.3' },
    seed: { type: 'string', default: '1' },
    gate: { type: 'boolean', default: false },
  },
});

/* Half of the cuts undo a transaction, and the conflicts do: four in ten jobs, far over the tenth that is the default. */
const BUDGET = 0.6;
/* What `RetryBudget` holds beside the share, and is given back. */
const RESERVE = 10;
const RESERVE_PER_SECOND = 0.1;

interface Contender {
  readonly name: string;
  readonly create: CreateRunner;
  readonly jobs: number;
  readonly budget?: number;
  /** How often the application asks again for what has certainly failed. */
  readonly again: number;
}

const CONTENDERS: readonly Contender[] = [
  { name: 'evenkeel', create: evenkeel(BUDGET), jobs: Number(flags.jobs), budget: BUDGET, again: 0 },
  {
    name: 'evenkeel, budget 10 %',
    create: evenkeel(0.1),
    jobs: Number(flags.others),
    budget: 0.1,
    again: 20,
  },
  { name: 'plain loop', create: plainLoop, jobs: Number(flags.others), again: 0 },
  { name: 'job queue', create: jobQueue, jobs: Number(flags.others), again: 0 },
  { name: 'undone only', create: undoneOnly, jobs: Number(flags.others), again: 0 },
];

const server = await startPostgres({ max_connections: '60' });
const trouble = new Trouble(server.url);
const faults: string[] = [];
try {
  console.log(
    '                       jobs  twice  lost  denied  failed  unknown  retries/asked   cut  killed  crash  restart     s',
  );
  for (const contender of CONTENDERS) {
    const { name, create, jobs, again } = contender;
    const result = await play({
      url: server.url,
      trouble,
      create,
      jobs,
      again,
      cuts: Number(flags.cuts),
      seed: Number(flags.seed),
      terminateEveryMs: 100,
      crashes: 1,
      restarts: 1,
    });
    print(name, result);
    faults.push(...faultsOf(contender, result));
  }
} finally {
  await trouble.stop();
  await server.stop();
}
for (const fault of faults) console.log(`FAILS  ${fault}`);
if (faults.length === 0) console.log('holds  nothing twice, nothing lost, retries within the budget');
if (flags.gate && faults.length > 0) process.exitCode = 1;

function faultsOf({ name, budget }: Contender, result: PlayResult): string[] {
  if (budget === undefined) {
    return name === 'plain loop' && result.duplicates === 0
      ? ['the plain loop did nothing twice: no test']
      : [];
  }
  const { duplicates, lost, deniedButDone, failed, isTorn, unhandled, retries, asked, crashes, seconds } =
    result;
  const most = budget * asked + RESERVE + RESERVE_PER_SECOND * seconds;
  return [
    duplicates > 0 && `${name}: ${duplicates} done twice`,
    lost > 0 && `${name}: ${lost} lost`,
    deniedButDone > 0 && `${name}: ${deniedButDone} said to have failed, but done`,
    failed > 0 && `${name}: ${failed} given up`,
    // After a crash an id may be somebody else's: of what was under way then, and of that alone, nobody can tell.
    result.unknown > CONCURRENCY * crashes && `${name}: ${result.unknown} unknown`,
    isTorn && `${name}: rows and counters disagree`,
    unhandled > 0 && `${name}: ${unhandled} unhandled rejections`,
    retries > most && `${name}: ${retries} retries, of at most ${Math.round(most)}`,
  ].filter((fault) => fault !== false);
}

function print(name: string, result: PlayResult): void {
  const cells = [
    name.padEnd(21),
    String(result.jobs).padStart(6),
    String(result.duplicates).padStart(7),
    String(result.lost).padStart(6),
    String(result.deniedButDone).padStart(8),
    String(result.failed).padStart(8),
    String(result.unknown).padStart(9),
    `${result.retries}/${result.asked}`.padStart(15),
    String(result.cut).padStart(6),
    String(result.terminated).padStart(8),
    String(result.crashes).padStart(7),
    String(result.restarts).padStart(9),
    result.seconds.toFixed(1).padStart(6),
  ];
  console.log(cells.join(''));
  if (result.reasons) console.log(`    ${result.reasons}`);
}
