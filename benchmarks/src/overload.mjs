/**
 * Goodput under more load than can be borne: Express 5 (Fastify for under-pressure) in one process, requests that
 * arrive by chance and do not wait for each other from another, each given up after a second.
 *
 *   node benchmarks/src/overload.mjs [--handlers cpu,io] [--loads 0.5,0.9,1,2,3,5] [--variants bare,evenkeel,…]
 *                                    [--seconds 8] [--warm 0.8] [--connections kept|fresh] [--seed 1] [--gate] [--json]
 *
 * Requests share 400 connections that are kept, or have one each with `--connections fresh`.
 *
 * Each row: a fresh server, five seconds at `--warm` times the capacity, the load for `--seconds`, and
 * three seconds at half of the capacity. Goodput is what was answered with 200 within the second, as a share of the
 * capacity; latencies are of what was answered with 200. Essential is a fifth of the requests; "ideal"
 * is the 99th percentile they would have if there were no others at all, by simulation of as many servers as the
 * handler has, of the capacity that was measured: no order of starts can do better. "recovered" is when, after the
 * load, the last request came that was refused, failed, or took longer than 12 service times.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seededRandom } from '@evenkeel/core/statistics';
import { Client, ESSENTIAL_SHARE } from './overload/client.mjs';
import { median, printTable } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    handlers: { type: 'string', default: 'cpu,io' },
    loads: { type: 'string', default: '0.5,0.9,1,2,3,5' },
    variants: {
      type: 'string',
      default:
        'bare,evenkeel,overload-protection,toobusy,toobusy 20/50,under-pressure 1000,under-pressure 50,gradient2 (sketch)',
    },
    seconds: { type: 'string', default: '8' },
    warm: { type: 'string', default: '0.8' },
    connections: { type: 'string', default: 'kept' },
    seed: { type: 'string', default: '1' },
    gate: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const SECONDS = Number(options.seconds);
const SERVICE_MS = { cpu: 5, io: 20 };
const SERVERS = { cpu: 1, io: 4 };
const CLOSED_LOOP = { cpu: 4, io: 16 };
const IDEAL_REQUESTS = 200_000;
const random = seededRandom(Number(options.seed));

const capacities = {};
const rows = [];
for (const handler of options.handlers.split(',')) {
  capacities[handler] = await capacityOf(handler);
  for (const load of options.loads.split(',').map(Number)) {
    for (const variant of options.variants.split(',')) {
      const row = await measure(handler, load, variant);
      rows.push(row);
      if (!options.json) console.error(Object.values(row).join('  '));
    }
  }
}
report();

/** Answers per second of the bare application that is never asked more than it can do: median of three. */
async function capacityOf(handler) {
  const rounds = [];
  for (let round = 0; round < 3; round++) {
    rounds.push(await withServer('bare', handler, (client) => client.closedLoop(CLOSED_LOOP[handler], 2000)));
  }
  return median(rounds);
}

async function measure(handler, load, variant) {
  const capacity = capacities[handler];
  return withServer(variant, handler, async (client) => {
    await client.openLoop(capacity * Number(options.warm), 5000, random);
    const during = await client.openLoop(capacity * load, SECONDS * 1000, random);
    const after = await client.openLoop(capacity / 2, 3000, random);
    const accepted = during.filter(({ status }) => status === 200);
    const essential = during.filter((each) => each.essential);
    const served = essential.filter(({ status }) => status === 200);
    const late = after.filter(
      ({ status, latencyMs }) => status !== 200 || latencyMs > 12 * SERVICE_MS[handler],
    );
    return {
      handler,
      load,
      variant,
      'goodput %': round1((100 * accepted.length) / SECONDS / capacity),
      p50: round1(quantile(accepted, 0.5)),
      p99: round1(quantile(accepted, 0.99)),
      'refused %': round1((100 * (during.length - accepted.length)) / during.length),
      'essential %': round1((100 * served.length) / essential.length),
      'essential p99': round1(quantile(served, 0.99)),
      ideal: round1(idealP99(capacity, ESSENTIAL_SHARE * load, SERVERS[handler])),
      'recovered s': round1(Math.max(0, ...late.map(({ atMs }) => atMs)) / 1000),
    };
  });
}

async function withServer(variant, handler, use) {
  const script = fileURLToPath(new URL('./overload/server.mjs', import.meta.url));
  const child = fork(script, [variant, handler], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [{ port }] = await once(child, 'message');
  const client = new Client(port, options.connections === 'fresh');
  await client.warm();
  try {
    return await use(client);
  } finally {
    client.close();
    child.kill();
  }
}

/** Of the response time where requests arrive by chance, at a share of the capacity, and are served in order. */
function idealP99(capacity, share, servers) {
  if (share >= 1) return Infinity;
  const serviceMs = (1000 * servers) / capacity;
  const freeAt = new Array(servers).fill(0);
  const times = [];
  let nowMs = 0;
  const chance = seededRandom(1);
  for (let index = 0; index < IDEAL_REQUESTS; index++) {
    nowMs -= (Math.log(1 - chance()) * 1000) / (capacity * share);
    const next = freeAt.indexOf(Math.min(...freeAt));
    freeAt[next] = Math.max(nowMs, freeAt[next]) + serviceMs;
    times.push({ latencyMs: freeAt[next] - nowMs });
  }
  return quantile(times, 0.99);
}

function report() {
  if (options.json) console.log(JSON.stringify({ capacities, rows }));
  else printTable(rows);
  console.log(`capacity/s: ${JSON.stringify(capacities)}`);
  const ours = rows.filter(({ variant }) => variant === 'evenkeel');
  const verdicts = ours.flatMap((row) => {
    const serviceMs = SERVICE_MS[row.handler];
    const at = `${row.handler} ${row.load}x`;
    if (row.load <= 0.9)
      return [[`${at}: refused ${row['refused %']} %`, row['refused %'] <= 0.5, '<= 0.5 %']];
    if (row.load < 2) return [];
    return [
      [`${at}: goodput ${row['goodput %']} %`, row['goodput %'] >= 95, '>= 95 %'],
      [`${at}: p99 ${row.p99} ms`, row.p99 <= 12 * serviceMs, `<= ${12 * serviceMs} ms`],
      ...essentialVerdicts(row, at, serviceMs),
      [`${at}: recovered after ${row['recovered s']} s`, row['recovered s'] <= 2, '<= 2 s'],
    ];
  });
  for (const [what, holds, bound] of verdicts)
    console.log(`${holds ? 'holds' : 'FAILS'}  ${what} (${bound})`);
  if (options.gate && verdicts.some(([, holds]) => !holds)) process.exitCode = 1;
}

/** Where even the ideal misses the bound, two service times more than the ideal; where there is none, no verdict. */
function essentialVerdicts(row, at, serviceMs) {
  if (row.ideal === Infinity) return [];
  const p99 = row['essential p99'];
  const bound = round1(row.ideal > 5 * serviceMs ? row.ideal + 2 * serviceMs : 5 * serviceMs);
  return [
    [`${at}: essential ${row['essential %']} %`, row['essential %'] >= 99.5, '>= 99.5 %'],
    [`${at}: essential p99 ${p99} ms, ideal ${row.ideal} ms`, p99 <= bound, `<= ${bound} ms`],
  ];
}

function quantile(outcomes, q) {
  const sorted = outcomes.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

function round1(value) {
  return Math.round(value * 10) / 10;
}
