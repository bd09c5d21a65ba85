/**
 * What choosing a server costs, pick and completion together, for 10 servers and for 1000, beside the selection of
 * undici's BalancedPool.
 *
 *   node benchmarks/src/balancing-cost.mjs [--rounds 5] [--only TEXT] [--json] [--gate]
 *
 * Each case of each round is a process of its own, and the rounds go through the cases forwards and backwards in turn.
 * A process reports the least CPU time per operation of several windows (the least, because disturbances only add); a
 * ratio is that of two processes of one round. The tables show medians of the rounds and their range. What the loop
 * that calls takes by itself is in a row of its own, and is not taken off the others. With --gate the exit code is 1
 * when a bound is missed.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cases, SIZES } from './balancing-cost/cases.mjs';
import { median, printTable } from './table.mjs';

const WINDOW_MS = 40;
const WARM_UP_WINDOWS = 5;
const WINDOWS = 10;

const { values: args } = parseArgs({
  options: {
    case: { type: 'string' },
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    gate: { type: 'boolean', default: false },
  },
});

if (args.case !== undefined) console.log(await measure(await cases[args.case]()));
else report(compare(Number(args.rounds)));

/** Nanoseconds of CPU time per operation. */
function measure(run) {
  let operations = 1024;
  while (cpuMs(run, operations) < WINDOW_MS) operations *= 2;
  for (let window = 0; window < WARM_UP_WINDOWS; window++) run(operations);
  let leastMs = Infinity;
  for (let window = 0; window < WINDOWS; window++) leastMs = Math.min(leastMs, cpuMs(run, operations));
  return (leastMs * 1e6) / operations;
}

function cpuMs(run, operations) {
  const before = process.cpuUsage();
  run(operations);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function compare(rounds) {
  const names = Object.keys(cases).filter((name) => name.includes(args.only));
  const script = fileURLToPath(import.meta.url);
  return Array.from({ length: rounds }, (_, round) => {
    const ns = {};
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      ns[name] = Number(execFileSync(process.execPath, [script, '--case', name], { encoding: 'utf8' }));
    }
    return ns;
  });
}

function report(rounds) {
  const kinds = [...new Set(Object.keys(rounds[0]).map((name) => name.split(',')[0]))];
  const rows = kinds.map((kind) => {
    const row = { 'pick and completion': kind };
    for (const size of SIZES) row[`ns at ${size}`] = figure(rounds, (round) => round[`${kind}, ${size}`]);
    row['1000 / 10'] = figure(rounds, (round) => round[`${kind}, 1000`] / round[`${kind}, 10`], 2);
    row['undici / this at 1000'] = figure(rounds, (round) => undiciRatio(round, kind));
    return row;
  });
  if (args.json) console.log(JSON.stringify(rounds, null, 2));
  else printTable(rows);
  const verdicts = [
    bound('adaptive at 1000', 'ns', rounds, (round) => round['adaptive, 1000'], '<=', 25),
    bound(
      'adaptive, 1000 to 10',
      'x',
      rounds,
      (round) => round['adaptive, 1000'] / round['adaptive, 10'],
      '<=',
      2,
    ),
    bound('undici to adaptive at 1000', 'x', rounds, (round) => undiciRatio(round, 'adaptive'), '>=', 100),
    bound('hash lookup at 1000', 'ns', rounds, (round) => round['hash lookup, 1000'], '<=', 40),
  ].filter(({ value }) => Number.isFinite(value));
  if (!args.json) {
    for (const { holds, text } of verdicts) console.log(`${holds ? 'holds' : 'FAILS'}  ${text}`);
  }
  if (args.gate && verdicts.some(({ holds }) => !holds)) process.exitCode = 1;
}

function undiciRatio(round, kind) {
  return round['undici BalancedPool, 1000'] / round[`${kind}, 1000`];
}

function bound(what, unit, rounds, figureOf, relation, limit) {
  // Not a number where `--only` has left out what it is made of.
  const value = median(rounds.map((round) => figureOf(round) ?? Number.NaN));
  return {
    value,
    holds: relation === '<=' ? value <= limit : value >= limit,
    text: `${what}: ${value.toFixed(1)} ${unit} (${relation} ${limit} ${unit})`,
  };
}

function figure(rounds, figureOf, digits = 1) {
  const values = rounds.map(figureOf).filter(Number.isFinite);
  if (values.length === 0) return '';
  const range = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return `${median(values).toFixed(digits)} [${range.join('-')}]`;
}
