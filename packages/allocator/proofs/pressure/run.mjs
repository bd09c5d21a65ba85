/**
 * Real pressure: a process with a component that goes wrong, with the manager and without it.
 *
 *   node packages/allocator/proofs/pressure/run.mjs [--seconds 40] [--limit 256] [--rows leak-heap,leak-cgroup,hog] [--gate] [--json]
 *
 * - leak: 20 MB a second under a limit of 256 MB or `--limit`, by a control group of version 1 where these can be made, and by
 *   `--max-old-space-size`. With the manager it is to survive, without it to die.
 * - hog: slices of 60 ms of CPU without a pause. While it is paused, the latency of the essential component is to
 *   be within 1.5 times that before it began.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const GROUP = `/sys/fs/cgroup/memory/evenkeel-proof-${process.pid}`;
const MOST_LATENCY = 1.5;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '40' },
    limit: { type: 'string', default: '256' },
    rows: { type: 'string', default: canLimit() ? 'leak-heap,leak-cgroup,hog' : 'leak-heap,hog' },
    gate: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const SECONDS = Number(options.seconds);
const LIMIT_MB = Number(options.limit);
const HEAP_LIMIT = { limit: 'heap limit', flags: [`--max-old-space-size=${LIMIT_MB}`] };
const GROUP_LIMIT = { limit: 'cgroup', flags: ['--max-old-space-size=1024'], isGrouped: true };
const ROWS = {
  'leak-heap': (care) => leak(care, HEAP_LIMIT),
  'leak-cgroup': (care) => leak(care, GROUP_LIMIT),
  hog: (care) => hog(care),
};

const rows = [];
for (const name of options.rows.split(',')) {
  for (const care of ['alone', 'managed']) rows.push(await ROWS[name](care));
}
if (options.json) console.log(JSON.stringify(rows));
else console.table(rows);
const fails = rows.filter(({ holds }) => !holds);
for (const { fault, care, limit } of fails) console.error(`FAILS  ${fault} ${care} ${limit}`);
if (options.gate && fails.length > 0) process.exitCode = 1;

async function leak(care, { limit, flags, isGrouped = false }) {
  const { lines, outcome } = await run('leak', care, flags, isGrouped);
  const pauses = countPauses(lines);
  const survived = outcome === 'survived';
  return {
    fault: 'leak',
    care,
    limit,
    outcome: survived ? outcome : `${outcome} after ${round1(lines.at(-1).atMs / 1000)} s`,
    pauses,
    because: reasonOf(lines),
    'most heap MB': Math.round(Math.max(...lines.map(({ heapUsed }) => heapUsed)) / 2 ** 20),
    'idle p95 ms': round1(
      quantile(
        lines.filter(({ atMs }) => atMs < 0),
        0.95,
      ),
    ),
    'paused p95 ms': pauses > 0 ? round1(quantile(settled(lines), 0.95)) : '',
    holds: care === 'managed' ? survived && pauses > 0 : !survived,
  };
}

async function hog(care) {
  const { lines, outcome } = await run('hog', care, [], false);
  const idle = quantile(
    lines.filter(({ atMs }) => atMs < 0),
    0.95,
  );
  const paused = quantile(settled(lines), 0.95);
  const during = quantile(
    lines.filter(({ atMs, state }) => atMs >= 0 && state === 'running'),
    0.95,
  );
  return {
    fault: 'hog',
    care,
    limit: '',
    outcome,
    pauses: countPauses(lines),
    because: reasonOf(lines),
    'idle p95 ms': round1(idle),
    'running p95 ms': round1(during),
    'paused p95 ms': care === 'managed' ? round1(paused) : '',
    'paused %': Math.round((100 * lines.filter(({ state }) => state === 'paused').length) / lines.length),
    holds: care === 'managed' ? paused <= MOST_LATENCY * idle : during > MOST_LATENCY * idle,
  };
}

/** Lines of the times it was paused, without the first of each, which still holds what had waited. */
function settled(lines) {
  return lines.filter(({ state }, at) => state === 'paused' && lines[at - 1]?.state === 'paused');
}

function countPauses(lines) {
  return lines.filter(({ state }, at) => state === 'paused' && lines[at - 1]?.state !== 'paused').length;
}

/** Of the first pause. */
function reasonOf(lines) {
  return lines.find(({ state }) => state === 'paused')?.reason ?? '';
}

async function run(fault, care, flags, isGrouped) {
  const program = fileURLToPath(new URL('./program.mjs', import.meta.url));
  const child = spawn(process.execPath, [...flags, program, fault, care, String(SECONDS)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (isGrouped) {
    mkdirSync(GROUP);
    writeFileSync(`${GROUP}/memory.limit_in_bytes`, String(LIMIT_MB * 2 ** 20));
    writeFileSync(`${GROUP}/cgroup.procs`, String(child.pid));
  }
  const lines = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  const [code, signal] = await once(child, 'close');
  if (isGrouped) rmdirSync(GROUP);
  const outcome = code === 0 ? 'survived' : `died (${signal ?? `exit ${code}`})`;
  return { lines, outcome };
}

function canLimit() {
  try {
    mkdirSync(GROUP);
    rmdirSync(GROUP);
    return true;
  } catch {
    return false;
  }
}

function quantile(lines, q) {
  const sorted = lines.flatMap(({ latencies }) => latencies).sort((a, b) => a - b);
  return sorted[Math.floor(q * sorted.length)] ?? Number.NaN;
}

function round1(value) {
  return Math.round(value * 10) / 10;
}
