/**
 * What measuring costs a request: CPU time of the server per request, over bare Express 5, beside
 * express-prom-bundle and prometheus-api-metrics. Every server is a process of its own, all are up at once,
 * and the rounds go round them, so that a busy moment of the machine meets all alike.
 *
 *   node benchmarks/src/express-overhead.mjs [--rounds 41] [--requests 4000] [--gate] [--json]
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
const CONNECTIONS = 16;
const ROUTES = {
  empty: {
    path: '/empty/1',
    servers: ['bare', 'evenkeel', 'express-prom-bundle', 'prometheus-api-metrics'],
    share: 1,
  },
  // The demo's route to its embedded database costs ten times as much.
  database: { path: '/products/1', servers: ['bare', 'evenkeel'], share: 0.25 },
};
const MOST_ADDED_US = 8;
const MOST_ADDED_SHARE = 0.02;
const MOST_OF_PROM_BUNDLE = 0.5;

const results = {};
for (const [route, { path, servers, share }] of Object.entries(ROUTES)) {
  results[route] = await measure(route, path, servers, Math.round(Number(options.requests) * share));
}
report();

/** CPU µs per request of each server, by round. */
async function measure(route, path, names, requests) {
  const servers = [];
  for (const name of names) servers.push(await startServer(name, route));
  const rounds = names.map(() => []);
  for (const server of servers) await drive(server.port, path, requests);
  for (let round = 0; round < ROUNDS; round++) {
    // Each round begins at another server, so that none always follows the same one.
    for (let turn = 0; turn < servers.length; turn++) {
      const at = (round + turn) % servers.length;
      const before = await servers[at].cpu();
      await drive(servers[at].port, path, requests);
      rounds[at].push(((await servers[at].cpu()) - before) / requests);
    }
  }
  for (const { child } of servers) child.kill();
  return Object.fromEntries(names.map((name, at) => [name, rounds[at]]));
}

async function startServer(name, route) {
  const script = fileURLToPath(new URL('./express-server.mjs', import.meta.url));
  const child = fork(script, [name, route], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [{ port }] = await once(child, 'message');
  const cpu = async () => {
    child.send('cpu');
    const [{ microseconds }] = await once(child, 'message');
    return microseconds;
  };
  return { child, port, cpu };
}

/** Sends the requests over kept connections, the next when the answer to the last is there. */
async function drive(port, path, requests) {
  let left = requests;
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

function report() {
  const rows = Object.entries(results).flatMap(([route, byServer]) =>
    Object.entries(byServer).map(([server, rounds]) => {
      const added = rounds.map((cpu, round) => cpu - byServer.bare[round]);
      return {
        route,
        server,
        'CPU us/request': round2(median(rounds)),
        'added us': round2(median(added)),
        'added %': round2(100 * median(added.map((each, round) => each / byServer.bare[round]))),
        'quartiles of added us': `${round2(quantile(added, 0.25))} .. ${round2(quantile(added, 0.75))}`,
      };
    }),
  );
  if (options.json) console.log(JSON.stringify(rows));
  else printTable(rows);
  const added = (route, server) =>
    rows.find((row) => row.route === route && row.server === server)['added us'];
  const share = rows.find((row) => row.route === 'database' && row.server === 'evenkeel')['added %'] / 100;
  const ofBundle = added('empty', 'evenkeel') / added('empty', 'express-prom-bundle');
  const verdicts = [
    [
      `empty route: added ${added('empty', 'evenkeel')} us`,
      added('empty', 'evenkeel') <= MOST_ADDED_US,
      `<= ${MOST_ADDED_US} us`,
    ],
    [
      `database route: added ${round2(share * 100)} %`,
      share <= MOST_ADDED_SHARE,
      `<= ${MOST_ADDED_SHARE * 100} %`,
    ],
    [
      `of express-prom-bundle's: ${round2(ofBundle)}`,
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
