/**
 * Recording an event or a metric with the flight recorder, beside pino with a stream that does nothing.
 *
 *   node benchmarks/src/event-recording.mjs [--rounds 5] [--only TEXT] [--json] [--gate]
 *
 * Each (case, library) of each round is a process of its own; the libraries take turns in going first. A process reports
 * the least CPU time per operation of many windows (of all threads, garbage collection among them; the least, because
 * disturbances only add). The table shows the least of the rounds, and the median and range of the rounds' ratios.
 * --gate exits with 1 when a case takes longer than it may, or its ratio is below what it demands.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { cases } from './event-recording-cases.mjs';
import { median, printTable } from './table.mjs';

const LIBRARIES = ['evenkeel', 'pino'];
const WINDOW_MS = 30;
const WARM_UP_WINDOWS = 5;
const WINDOWS = 20;

const { values: args } = parseArgs({
  options: {
    case: { type: 'string' },
    lib: { type: 'string' },
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    gate: { type: 'boolean', default: false },
  },
});

if (args.case !== undefined) console.log(await measure(args.case, args.lib));
else await compare(Number(args.rounds));

/** Nanoseconds of CPU time per operation. */
async function measure(name, library) {
  const run = await cases[name][library]();
  let operations = 1024;
  while (cpuMs(run, operations) < WINDOW_MS) operations *= 2;
  for (let window = 0; window < WARM_UP_WINDOWS; window++) run(operations);
  let leastMs = Infinity;
  for (let window = 0; window < WINDOWS; window++) {
    leastMs = Math.min(leastMs, cpuMs(run, operations));
    // As between requests: timers run.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return (leastMs * 1e6) / operations;
}

function cpuMs(run, operations) {
  const before = process.cpuUsage();
  run(operations);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

async function compare(rounds) {
  const names = Object.keys(cases).filter((name) => name.includes(args.only));
  const samples = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? LIBRARIES : LIBRARIES.toReversed();
    for (const name of names) {
      const sample = {};
      for (const library of order) sample[library] = await inOwnProcess(name, library);
      samples.get(name).push(sample);
    }
  }
  const rows = names.map((name) => summarise(name, samples.get(name)));
  if (args.json) console.log(JSON.stringify(rows, null, 2));
  else printTable(rows.map(format));
  const faults = rows.flatMap(faultsOf);
  if (args.gate && faults.length > 0) {
    for (const fault of faults) console.error(fault);
    process.exitCode = 1;
  }
}

async function inOwnProcess(name, library) {
  const script = fileURLToPath(import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--case', name, '--lib', library]);
  return Number(stdout);
}

function summarise(name, samples) {
  const ratios = samples.map(({ evenkeel, pino }) => pino / evenkeel).sort((a, b) => a - b);
  return {
    name,
    evenkeelNs: Math.min(...samples.map(({ evenkeel }) => evenkeel)),
    pinoNs: Math.min(...samples.map(({ pino }) => pino)),
    ratio: median(ratios),
    ratioMin: ratios[0],
    ratioMax: ratios.at(-1),
  };
}

function format({ name, evenkeelNs, pinoNs, ratio, ratioMin, ratioMax }) {
  const { ratio: least, mostNs } = cases[name];
  return {
    case: name,
    'evenkeel ns': Number(evenkeelNs.toFixed(1)),
    'at most': mostNs ?? '',
    'pino ns': Math.round(pinoNs),
    'pino / evenkeel': `${ratio.toFixed(1)}x [${ratioMin.toFixed(1)}-${ratioMax.toFixed(1)}]`,
    'at least': `${least}x`,
  };
}

function faultsOf({ name, evenkeelNs, ratio }) {
  const { ratio: least, mostNs = Infinity } = cases[name];
  const faults = [];
  if (evenkeelNs > mostNs) faults.push(`${name}: ${evenkeelNs.toFixed(1)} ns is above ${mostNs} ns`);
  if (ratio < least) faults.push(`${name}: ${ratio.toFixed(1)}x is below ${least}x`);
  return faults;
}
