/**
 * Recording and exporting metrics, beside prom-client.
 *
 *   node benchmarks/src/metrics-recording.mjs [--rounds 5] [--only TEXT] [--json] [--gate]
 *
 * Each (case, library) of each round is a process of its own; the libraries take turns in going first. A
 * process reports the least CPU time per operation of several windows (CPU time, all threads, because wall
 * time on a shared machine measures the neighbours; the least, because disturbances only add). A ratio is
 * prom-client's time by Evenkeel's in one round; the table shows the median of the rounds and their range.
 * --gate exits with 1 when a median falls below what the case demands.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { cases } from './metrics-cases.mjs';

const LIBRARIES = ['evenkeel', 'prom-client'];
const WINDOW_MS = 40;
const WARM_UP_WINDOWS = 3;
const WINDOWS = 8;

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

if (args.case !== undefined) {
  console.log(await measure(args.case, args.lib));
} else {
  const rows = await compare(Number(args.rounds));
  if (args.json) console.log(JSON.stringify(rows, null, 2));
  else printTable(rows);
  const failed = rows.filter(({ ratio, gate }) => gate !== undefined && ratio < gate);
  if (args.gate && failed.length > 0) {
    for (const { name, ratio, gate } of failed)
      console.error(`${name}: ${ratio.toFixed(1)}x is below ${gate}x`);
    process.exitCode = 1;
  }
}

/** Nanoseconds of CPU time per operation. */
async function measure(name, library) {
  const run = await cases[name][library]();
  let operations = 1;
  while ((await cpuMs(run, operations)) < WINDOW_MS) operations *= 2;
  for (let window = 0; window < WARM_UP_WINDOWS; window++) await run(operations);
  let leastMs = Infinity;
  for (let window = 0; window < WINDOWS; window++) leastMs = Math.min(leastMs, await cpuMs(run, operations));
  return (leastMs * 1e6) / operations;
}

async function cpuMs(run, operations) {
  const before = process.cpuUsage();
  await run(operations);
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
  return names.map((name) => summarise(name, samples.get(name)));
}

async function inOwnProcess(name, library) {
  const script = fileURLToPath(import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--case', name, '--lib', library]);
  return Number(stdout);
}

function summarise(name, samples) {
  const ratios = samples.map((sample) => sample['prom-client'] / sample.evenkeel).sort((a, b) => a - b);
  return {
    name,
    evenkeelNs: median(samples.map((sample) => sample.evenkeel)),
    promClientNs: median(samples.map((sample) => sample['prom-client'])),
    ratio: median(ratios),
    ratioMin: ratios[0],
    ratioMax: ratios.at(-1),
    gate: cases[name].gate,
  };
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}

function printTable(rows) {
  const cells = rows.map(({ name, evenkeelNs, promClientNs, ratio, ratioMin, ratioMax, gate }) => [
    name,
    nanoseconds(evenkeelNs),
    nanoseconds(promClientNs),
    `${ratio.toFixed(1)}x [${ratioMin.toFixed(1)}-${ratioMax.toFixed(1)}]`,
    gate === undefined ? '' : `${gate}x`,
  ]);
  const table = [['case', 'evenkeel ns', 'prom-client ns', 'prom-client / evenkeel', 'at least'], ...cells];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table) {
    console.log(
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
        .join('  '),
    );
  }
}

function nanoseconds(value) {
  return value < 1000 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
}
