import { parseArgs } from 'node:util';
import { STRATEGIES, type StrategyName } from '../../src/strategies/index.ts';
import {
  type Behaviour,
  HUNG,
  KILLED,
  RESETTING,
  RosterFixture,
  WELL,
} from '../../test/servers/roster-fixture.ts';

const { values } = parseArgs({
  options: {
    // The slowest of 100 is what one outage in a hundred is like.
    seeds: { type: 'string', default: '100' },
    // A false alarm has the probability of 2e-9 at each look: none is expected in these, nor in a thousand times more.
    requests: { type: 'string', default: '2000000' },
  },
});
const seeds = Number(values.seeds);
const requests = Number(values.requests);

const SERVERS = 8;
const RPS = 40;
const FAULTS: readonly [string, Behaviour][] = [
  ['killed', KILLED],
  ['resetting', RESETTING],
  ['hung (300 ms)', HUNG],
];

/** How long it takes, in ms, from the fault on. */
function detect(strategy: StrategyName, fault: Behaviour, seed: number): number {
  const fixture = new RosterFixture({}, strategy, seed);
  fixture.addServers(SERVERS);
  fixture.traffic(RPS, 60_000);
  const startMs = fixture.now;
  while (fixture.roster.state('c').kind === 'up' && fixture.now < startMs + 60_000) {
    fixture.traffic(RPS, 10, ({ id }) => (id === 'c' ? fault : WELL));
  }
  return fixture.now - startMs;
}

/** How many are taken out where a part of the requests fails on all servers alike. */
function mistakes(rate: number, seed: number): number {
  const fixture = new RosterFixture({}, 'adaptive', seed);
  fixture.addServers(SERVERS);
  const { random } = fixture;
  fixture.traffic(1000, requests, () => (random() < rate ? RESETTING : WELL));
  return fixture.changes.length;
}

/** How many are taken out in two seconds in which all servers are slow and a part of the requests times out. */
function mistakesInTrouble(rate: number, rps: number): number {
  let count = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const fixture = new RosterFixture({}, 'adaptive', seed);
    fixture.addServers(SERVERS);
    fixture.traffic(rps, 20_000);
    const { random } = fixture;
    fixture.traffic(rps, 2000, () => (random() < rate ? HUNG : { latencyMs: 40 }));
    fixture.traffic(rps, 5000);
    count += fixture.changes.length;
  }
  return count;
}

let isGood = true;
console.log(`${SERVERS} servers, ${RPS} requests/s, ${seeds} seeds; ms until the server is out`);
for (const strategy of STRATEGIES) {
  for (const [name, fault] of FAULTS) {
    const times = Array.from({ length: seeds }, (_, seed) => detect(strategy, fault, seed + 1)).sort(
      (a, b) => a - b,
    );
    const [median, late, worst] = [0.5, 0.95, 1].map(
      (part) => times[Math.ceil(part * seeds) - 1] ?? Number.NaN,
    );
    const columns = [strategy.padEnd(22), name.padEnd(14), 'median', median, '95 %', late, 'worst', worst];
    console.log(columns.map((column) => (typeof column === 'number' ? column.toFixed(0) : column)).join(' '));
    if (strategy === 'adaptive' && !(late !== undefined && late <= 1000)) isGood = false;
  }
}
for (const rate of [0.001, 0.01, 0.05]) {
  const count = mistakes(rate, 1);
  console.log(`${requests} requests, ${100 * rate} % fail on all servers: ${count} taken out`);
  if (count > 0) isGood = false;
}
for (const rps of [100, 500, 2000]) {
  for (const rate of [0.1, 0.3, 0.6]) {
    const count = mistakesInTrouble(rate, rps);
    console.log(
      `${rps} requests/s, all slow and ${100 * rate} % time out for 2 s, 20 times: ${count} taken out`,
    );
    if (count > 0) isGood = false;
  }
}
process.exitCode = isGood ? 0 : 1;
