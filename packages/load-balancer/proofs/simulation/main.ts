import { parseArgs } from 'node:util';
import { median } from '@evenkeel/core/statistics';
import { STRATEGIES } from '../../src/strategies/index.ts';
import { playAll } from './play-all.ts';
import { FAULTS, type Fault, NOISE, type Task } from './scenarios.ts';
import type { Outcome, Subject } from './simulation.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    gate: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '3' },
    servers: { type: 'string', default: '10,100' },
    clients: { type: 'string', default: '1,20,300' },
    loads: { type: 'string', default: '0.5,0.7,0.85,0.95' },
    faults: { type: 'string', default: FAULTS.join(',') },
  },
});
const table = positionals[0] ?? 'grid';
const numbers = (list: string): number[] => list.split(',').map(Number);
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);
const faults = values.faults.split(',') as Fault[];

/* What the default must hold: p99 beside the reference, and errors. */
const MOST_RATIO = 1.15;
const MOST_ERRORS = 0.001;
const MOST_NEWCOMER_SHARE = 1.2;

type Cell = Omit<Task, 'subject' | 'seed'>;

if (table === 'grid') await printGrid();
else if (table === 'strategies') await printStrategies();
else throw new Error(`no table is called ${table}; there are grid and strategies`);

/** The default in every cell beside the reference. */
async function printGrid(): Promise<void> {
  const cells = cellsOf(numbers(values.servers), numbers(values.clients), numbers(values.loads));
  const played = await play(cells, ['reference', 'adaptive']);
  let missed = 0;
  console.log(
    '| servers | clients | load | fault | reference p50/p99 ms | adaptive p50/p99 ms | p99 ratio | errors |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const cell of cells) {
    const [reference, ours] = played(cell) as [Outcome[], Outcome[]];
    const ratio = median(ours.map(({ p99Ms }, index) => p99Ms / (reference[index] as Outcome).p99Ms));
    const errors = median(ours.map(({ errorRatio }) => errorRatio));
    const noise = cell.fault === 'noisy' ? 1.1 * NOISE : 0;
    const faults: string[] = [];
    if (ratio > MOST_RATIO) faults.push(`ratio above ${MOST_RATIO}`);
    if (errors > MOST_ERRORS + noise) faults.push(`errors above ${percent(MOST_ERRORS)}`);
    if (cell.fault === 'cold') faults.push(...newcomerFaults(ours));
    if (faults.length > 0) missed += 1;
    const { servers, clients, load, fault } = cell;
    console.log(
      `| ${servers} | ${clients} | ${percent(load)} | ${fault} | ${times(reference)} | ${times(ours)} | ` +
        `${ratio.toFixed(2)} | ${percent(errors)} |${faults.length > 0 ? ` ${faults.join(', ')}` : ''}`,
    );
  }
  console.log(`\n${cells.length - missed} of ${cells.length} cells hold; medians of ${seeds.length} seeds`);
  if (values.gate && missed > 0) process.exitCode = 1;
}

/** All strategies, and the two that know everything. */
async function printStrategies(): Promise<void> {
  const subjects: Subject[] = ['reference', 'oracle', 'informed', ...STRATEGIES];
  const cells = cellsOf(numbers(values.servers), numbers(values.clients), numbers(values.loads));
  const played = await play(cells, subjects);
  for (const cell of cells) {
    const { servers, clients, load, fault } = cell;
    console.log(`\n${servers} servers, ${clients} clients, load ${percent(load)}, fault: ${fault}\n`);
    console.log('| strategy | p50/p99/p999 ms | errors |\n|---|---|---|');
    for (const [index, outcomes] of played(cell).entries()) {
      const errors = median(outcomes.map(({ errorRatio }) => errorRatio));
      const p999Ms = median(outcomes.map((outcome) => outcome.p999Ms));
      console.log(`| ${subjects[index]} | ${times(outcomes)}/${p999Ms.toFixed(0)} | ${percent(errors)} |`);
    }
  }
}

function newcomerFaults(outcomes: readonly Outcome[]): string[] {
  const peak = median(outcomes.map(({ newcomerPeak }) => newcomerPeak));
  const timeouts = outcomes.reduce((sum, outcome) => sum + outcome.timeouts, 0);
  const faults: string[] = [];
  if (peak > MOST_NEWCOMER_SHARE) faults.push(`newcomer at ${peak.toFixed(2)} of its share`);
  if (timeouts > 0) faults.push(`${timeouts} time-outs`);
  return faults;
}

function cellsOf(servers: number[], clients: number[], loads: number[]): Cell[] {
  return servers.flatMap((count) =>
    clients.flatMap((many) =>
      loads.flatMap((load) => faults.map((fault) => ({ servers: count, clients: many, load, fault }))),
    ),
  );
}

/** Gives, for a cell, the outcomes of each subject by seed. */
async function play(
  cells: readonly Cell[],
  subjects: readonly Subject[],
): Promise<(cell: Cell) => Outcome[][]> {
  const tasks = cells.flatMap((cell) =>
    subjects.flatMap((subject) => seeds.map((seed) => ({ ...cell, subject, seed }))),
  );
  const outcomes = await playAll(tasks);
  return (cell) => {
    const from = cells.indexOf(cell) * subjects.length * seeds.length;
    return subjects.map((_, index) =>
      outcomes.slice(from + index * seeds.length, from + (index + 1) * seeds.length),
    );
  };
}

function times(outcomes: readonly Outcome[]): string {
  const p50Ms = median(outcomes.map((outcome) => outcome.p50Ms));
  const p99Ms = median(outcomes.map((outcome) => outcome.p99Ms));
  return `${p50Ms.toFixed(0)}/${p99Ms.toFixed(0)}`;
}

function percent(ratio: number): string {
  return `${Number((100 * ratio).toPrecision(2))} %`;
}
