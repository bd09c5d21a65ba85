/**
 * What a proxy lets through, beside a bare undici pipe: `undici.request` and `pipeline`, with no thought given to
 * headers, failures, or which server.
 *
 *   node benchmarks/src/proxy-throughput.mjs [--rounds 12] [--seconds 2] [--connections 50] [--gate] [--json]
 *
 * The back end, each proxy and autocannon, which drives them, are processes of their own; the rounds go round the
 * proxies in an order of chance, in three sets of processes. GET of a small body and of 64 KB, and POST of 64 KB that
 * come back.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { median, printTable } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '12' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '50' },
    gate: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(options.rounds);
const PROCESS_SETS = 3;
const VARIANTS = ['bare', 'evenkeel', 'evenkeel, 8 servers'];
const LEAST_OF_BARE = 0.8;
const BODY = Buffer.alloc(65_536, 'x');
const LOADS = {
  'GET, 12 bytes': { path: '/small' },
  'GET, 64 KB': { path: '/large' },
  'POST, 64 KB': { path: '/echo', method: 'POST', body: BODY },
};

const rounds = Object.fromEntries(Object.keys(LOADS).map((load) => [load, []]));
for (let set = 0; set < PROCESS_SETS; set++) {
  const backEnd = await start('back-end.mjs');
  const proxies = await Promise.all(
    VARIANTS.map(async (variant) => ({
      variant,
      ...(await start('proxy.mjs', variant, String(backEnd.port))),
    })),
  );
  for (const [load, request] of Object.entries(LOADS)) {
    for (const proxy of proxies) await measure(proxy, request, 1);
    for (let round = 0; round < ROUNDS / PROCESS_SETS; round++) {
      const result = {};
      for (const proxy of shuffled(proxies)) {
        result[proxy.variant] = await measure(proxy, request, Number(options.seconds));
      }
      rounds[load].push(result);
    }
  }
  for (const { child } of [backEnd, ...proxies]) child.kill();
}
report();

async function start(script, ...args) {
  const path = fileURLToPath(new URL(`./proxy-throughput/${script}`, import.meta.url));
  const child = fork(path, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [{ port }] = await once(child, 'message');
  return { child, port };
}

async function measure({ child, port, variant }, { path, ...request }, seconds) {
  const before = await cpuUs(child);
  const result = await autocannon({
    url: `http://127.0.0.1:${port}${path}`,
    connections: Number(options.connections),
    duration: seconds,
    ...request,
  });
  const failed = result.errors + result.timeouts + result.non2xx;
  if (failed > 0) throw new Error(`${variant} ${path}: ${failed} requests failed`);
  const done = result.requests.total;
  return { perSecond: done / result.duration, cpuUs: ((await cpuUs(child)) - before) / done };
}

async function cpuUs(child) {
  child.send('cpu');
  const [{ cpu }] = await once(child, 'message');
  return cpu;
}

function report() {
  const rows = Object.entries(rounds).flatMap(([load, results]) =>
    VARIANTS.map((variant) => {
      const of = (pick) => median(results.map((result) => pick(result[variant], result.bare)));
      return {
        load,
        variant,
        'requests/s': Math.round(of(({ perSecond }) => perSecond)),
        'of bare': round2(of((ours, bare) => ours.perSecond / bare.perSecond)),
        'CPU us/request': round1(of(({ cpuUs }) => cpuUs)),
        'CPU of bare': round2(of((ours, bare) => ours.cpuUs / bare.cpuUs)),
      };
    }),
  );
  if (options.json) console.log(JSON.stringify(rows));
  else printTable(rows);
  const verdicts = rows
    .filter(({ variant }) => variant === 'evenkeel')
    .map((row) => [`${row.load}: ${row['of bare']} of bare`, row['of bare'] >= LEAST_OF_BARE]);
  for (const [what, holds] of verdicts)
    console.log(`${holds ? 'holds' : 'FAILS'}  ${what} (>= ${LEAST_OF_BARE})`);
  if (options.gate && verdicts.some(([, holds]) => !holds)) process.exitCode = 1;
}

function shuffled(items) {
  return items
    .map((item) => [Math.random(), item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

function round1(value) {
  return Math.round(value * 10) / 10;
}

function round2(value) {
  return Math.round(value * 100) / 100;
}
