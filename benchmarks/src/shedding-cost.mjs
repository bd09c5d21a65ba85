/**
 * What admission control costs: CPU time of the server per request, on Express 5 with an empty handler.
 *
 *   node benchmarks/src/shedding-cost.mjs [--rounds 21] [--requests 4000] [--gate] [--json]
 *
 * `bare` serves; `idle` serves with admission control that has nothing to do; `refused` has the requests refused
 * before Express, each after it has waited in the queue; `refused by middleware` the same within Express; then
 * the refusals of overload-protection. All servers are up at once and the rounds go round them in
 * an order of chance; three sets of processes.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, printTable } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '21' },
    requests: { type: 'string', default: '4000' },
    gate: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(options.rounds);
const REQUESTS = Number(options.requests);
const PROCESS_SETS = 3;
const CONNECTIONS = 16;
const VARIANTS = ['bare', 'idle', 'refused', 'refused by middleware', 'overload-protection'];
const MOST_OF_SERVING = 1 / 3;
const MOST_IDLE_US = 2;

const rounds = [];
for (let set = 0; set < PROCESS_SETS; set++) {
  const servers = await Promise.all(VARIANTS.map(startServer));
  for (const server of servers) await measure(server);
  for (let round = 0; round < ROUNDS / PROCESS_SETS; round++) {
    const result = {};
    for (const server of shuffled(servers)) result[server.variant] = await measure(server);
    rounds.push(result);
  }
  for (const { child } of servers) child.kill();
}
report();

async function startServer(variant) {
  const script = fileURLToPath(new URL('./overload/cost-server.mjs', import.meta.url));
  const child = fork(script, [variant], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [{ port }] = await once(child, 'message');
  return { variant, child, port };
}

async function measure({ child, port }) {
  const before = await cpuUs(child);
  await drive(port);
  return ((await cpuUs(child)) - before) / REQUESTS;
}

async function cpuUs(child) {
  child.send('cpu');
  const [{ cpu }] = await once(child, 'message');
  return cpu;
}

/** Sends the requests over kept connections, the next when the answer to the last is there. */
async function drive(port) {
  let left = REQUESTS;
  const request = 'GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: benchmark\r\n\r\n';
  const sockets = [];
  await new Promise((resolve, reject) => {
    for (let index = 0; index < CONNECTIONS; index++) {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      sockets.push(socket);
      const next = () => {
        left -= 1;
        // One connection may be left waiting in a queue for ever.
        if (left < 0) resolve();
        else socket.write(request);
      };
      socket.on('data', next);
      socket.on('error', reject);
      socket.on('connect', next);
    }
  });
  for (const socket of sockets) socket.destroy();
}

function shuffled(items) {
  return items
    .map((item) => [Math.random(), item])
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

function report() {
  const rows = VARIANTS.map((variant) => ({
    variant,
    'CPU us/request': round1(median(rounds.map((round) => round[variant]))),
    'of bare': round2(median(rounds.map((round) => round[variant] / round.bare))),
    'beyond bare us': round1(median(rounds.map((round) => round[variant] - round.bare))),
  }));
  if (options.json) console.log(JSON.stringify(rows));
  else printTable(rows);
  const row = (variant) => rows.find((each) => each.variant === variant);
  const verdicts = [
    [
      `refusing costs ${row('refused')['of bare']} of serving an empty request`,
      row('refused')['of bare'] <= MOST_OF_SERVING,
      '<= 0.33',
    ],
    [
      `idle: ${row('idle')['beyond bare us']} us a request`,
      row('idle')['beyond bare us'] <= MOST_IDLE_US,
      '<= 2 us',
    ],
  ];
  for (const [what, holds, bound] of verdicts)
    console.log(`${holds ? 'holds' : 'FAILS'}  ${what} (${bound})`);
  if (options.gate && verdicts.some(([, holds]) => !holds)) process.exitCode = 1;
}

function round1(value) {
  return Math.round(value * 10) / 10;
}

function round2(value) {
  return Math.round(value * 100) / 100;
}
