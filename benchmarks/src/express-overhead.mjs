/**
 * What measuring costs a request: CPU time of the server per request, over bare Express 5.
 *
 *   node benchmarks/src/express-overhead.mjs [--rounds 41] [--requests 4000] [--gate] [--json]
 *
 * Empty route: bare, ours with the monitor running, express-prom-bundle and prometheus-api-metrics, each a
 * process of its own. All are up at once and the rounds go round them, so that a busy moment of the machine
 * meets all alike; three sets of processes, as each process has luck of its own with its memory and its
 * compiled code.
 *
 * Database route, that of the demo: there that luck is several times what is to be measured, so one process
 * serves it twice, bare and measured, and the monitor runs in the measured rounds only.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median, printTable } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '41' },
    requests: { type: 'string', default: '4000' },
    gate: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(options.rounds);
const REQUESTS = Number(options.requests);
const PROCESS_SETS = 3;
const CONNECTIONS = 16;
const PEERS = ['bare', 'evenkeel', 'express-prom-bundle', 'prometheus-api-metrics'];
const MOST_ADDED_US = 8;
const MOST_ADDED_SHARE = 0.02;
const MOST_OF_PROM_BUNDLE = 0.5;

const rows = [...rowsOf('empty', await measureEmpty()), ...rowsOf('database', await measureDatabase())];
report();

/** Rounds of CPU µs per request, by server. */
async function measureEmpty() {
  const rounds = [];
  for (let set = 0; set < PROCESS_SETS; set++) {
    const servers = [];
    for (const name of PEERS) servers.push({ name, ...(await startServer('empty', name)) });
    const measure = ({ name, ports, cpu }) => perRequest(cpu, ports[name], '/empty/1');
    for (const server of servers) await measure(server);
    for (let round = 0; round < ROUNDS / PROCESS_SETS; round++) {
      rounds.push(await shuffled(servers, async (server) => [server.name, await measure(server)]));
    }
    for (const { child } of servers) child.kill();
  }
  return rounds;
}

async function measureDatabase() {
  const { child, ports, cpu, command } = await startServer('database');
  const measure = async (name) => {
    await command(name === 'bare' ? 'stop' : 'start');
    return [name, await perRequest(cpu, ports[name], '/products/1')];
  };
  const names = Object.keys(ports);
  for (const name of names) await measure(name);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await shuffled(names, measure));
  child.kill();
  return rounds;
}

/** In an order of chance: what one leaves behind, garbage above all, is charged to the next. */
async function shuffled(items, measure) {
  const order = items.map((item) => [Math.random(), item]).sort(([a], [b]) => a - b);
  const entries = [];
  for (const [, item] of order) entries.push(await measure(item));
  return Object.fromEntries(entries);
}

async function startServer(...args) {
  const script = fileURLToPath(new URL('./express-server.mjs', import.meta.url));
  const child = fork(script, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [{ ports }] = await once(child, 'message');
  const command = async (name) => {
    child.send(name);
    const [{ result }] = await once(child, 'message');
    return result;
  };
  return { child, ports, command, cpu: () => command('cpu') };
}

async function perRequest(cpu, port, path) {
  const before = await cpu();
  await drive(port, path);
  return ((await cpu()) - before) / REQUESTS;
}

/** Sends the requests over kept connections, the next when the answer to the last is there. */
async function drive(port, path) {
  let left = REQUESTS;
  const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      await once(socket, 'connect');
      await new Promise((resolve, reject) => {
        const next = () => {
          if (left <= 0) return socket.destroy();
          left -= 1;
          socket.write(request);
        };
        socket.on('data', (chunk) => {
          if (chunk.latin1Slice(0, 12) !== 'HTTP/1.1 200') reject(new Error(chunk.toString()));
          next();
        });
        socket.on('close', resolve);
        socket.on('error', reject);
        next();
      });
    }),
  );
}

function rowsOf(route, rounds) {
  return Object.keys(rounds[0])
    .sort((a, b) => PEERS.indexOf(a) - PEERS.indexOf(b))
    .map((server) => {
      const added = rounds.map((round) => round[server] - round.bare);
      return {
        route,
        server,
        'CPU us/request': round2(median(rounds.map((round) => round[server]))),
        'added us': round2(median(added)),
        'added %': round2(100 * median(rounds.map((round) => round[server] / round.bare - 1))),
        'quartiles of added us': `${round2(quantile(added, 0.25))} .. ${round2(quantile(added, 0.75))}`,
      };
    });
}

function report() {
  if (options.json) console.log(JSON.stringify(rows));
  else printTable(rows);
  const row = (route, server) => rows.find((each) => each.route === route && each.server === server);
  const added = row('empty', 'evenkeel')['added us'];
  const percent = row('database', 'evenkeel')['added %'];
  const ofBundle = round2(added / row('empty', 'express-prom-bundle')['added us']);
  const verdicts = [
    [`empty route: added ${added} us`, added <= MOST_ADDED_US, `<= ${MOST_ADDED_US} us`],
    [
      `database route: added ${percent} %`,
      percent <= 100 * MOST_ADDED_SHARE,
      `<= ${100 * MOST_ADDED_SHARE} %`,
    ],
    [
      `of what express-prom-bundle adds: ${ofBundle}`,
      ofBundle < MOST_OF_PROM_BUNDLE,
      `< ${MOST_OF_PROM_BUNDLE}`,
    ],
  ];
  for (const [what, holds, bound] of verdicts)
    console.log(`${holds ? 'holds' : 'FAILS'}  ${what} (${bound})`);
  if (options.gate && verdicts.some(([, holds]) => !holds)) process.exitCode = 1;
}

function quantile(values, q) {
  return values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))];
}

function round2(value) {
  return Math.round(value * 100) / 100;
}
