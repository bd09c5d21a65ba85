/**
 * Hits and sets of the cache, beside lru-cache and the caches that load.
 *
 *   node benchmarks/src/cache-speed.mjs [--processes 5] [--only TEXT] [--gate]
 *
 * Each case runs in processes of its own. In a process, slices of 16,384 operations alternate between the subject
 * and plain lru-cache, each going first in turn, on the same keys in the same random order; the process
 * reports the median of the ratios. The table shows the median of the processes and their range. The
 * synchronous cases of evenkeel have everything on: time to live, jitter, tags, statistics, byte limit, hot keys and
 * the adaptive strategy; lru-cache has nothing but `max`. --gate exits with 1 when a bound is missed.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cases } from './cache-cases.mjs';
import { median, printTable } from './table.mjs';

const SLICE = 16_384;
const SLICES = 160;
const WARM_UP = 40;

const { values: args } = parseArgs({
  options: {
    case: { type: 'string' },
    only: { type: 'string', default: '' },
    processes: { type: 'string', default: '5' },
    gate: { type: 'boolean', default: false },
  },
});

if (args.case !== undefined) console.log(JSON.stringify(await measure(cases[args.case])));
else await compare(Number(args.processes));

async function measure({ keys: count, slice = SLICE, slices = SLICES, create }) {
  const keys = Array.from({ length: count }, (_, at) => `user:${(at * 7919) % 1_000_003}`);
  const order = Uint32Array.from({ length: 8 * slice }, () => Math.random() * count);
  const { subject, reference } = await create(keys);
  const ratios = [];
  const referenceNs = [];
  for (let at = 0; at < WARM_UP + slices; at++) {
    const from = (at % 8) * slice;
    const timed = async (run) => {
      const before = process.hrtime.bigint();
      const done = run(keys, order, from, from + slice);
      if (done !== undefined) await done;
      return Number(process.hrtime.bigint() - before) / slice;
    };
    // What goes second finds the keys in the processor's caches.
    const first = at % 2 === 0 ? reference : subject;
    const firstNs = await timed(first);
    const secondNs = await timed(first === reference ? subject : reference);
    if (at < WARM_UP) continue;
    const [own, other] = first === reference ? [secondNs, firstNs] : [firstNs, secondNs];
    ratios.push(own / other);
    referenceNs.push(other);
  }
  return { ratio: median(ratios), referenceNs: median(referenceNs) };
}

async function compare(processes) {
  const rows = [];
  const missed = [];
  const script = fileURLToPath(import.meta.url);
  for (const [name, { bound }] of Object.entries(cases).filter(([each]) => each.includes(args.only))) {
    const samples = Array.from({ length: processes }, () =>
      JSON.parse(execFileSync(process.execPath, [script, '--case', name], { encoding: 'utf8' })),
    );
    const ratios = samples.map(({ ratio }) => ratio).sort((a, b) => a - b);
    const ratio = median(ratios);
    rows.push({
      case: name,
      'to lru-cache': ratio.toFixed(2),
      range: `${ratios[0].toFixed(2)}-${ratios.at(-1).toFixed(2)}`,
      'lru-cache ns': median(samples.map(({ referenceNs }) => referenceNs)).toFixed(0),
      bound: bound === undefined ? '' : `<= ${bound}`,
    });
    if (bound !== undefined && ratio > bound) missed.push(`${name}: ${ratio.toFixed(2)} is above ${bound}`);
  }
  printTable(rows);
  if (!args.gate || missed.length === 0) return;
  for (const each of missed) console.error(each);
  process.exitCode = 1;
}
