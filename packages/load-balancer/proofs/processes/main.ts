import { parseArgs } from 'node:util';
import { CLIENTS } from './clients.ts';
import { ProcessFleet } from './fleet.ts';
import { type FaultResult, faultsOf, runFaults } from './run.ts';

const SERVERS = 8;

const { values: flags } = parseArgs({
  options: {
    rate: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '4' },
    clients: { type: 'string', default: Object.keys(CLIENTS).join(',') },
    gate: { type: 'boolean', default: false },
  },
});
const settings = { rate: Number(flags.rate), faultMs: 1000 * Number(flags.seconds) };
console.log(`${SERVERS} servers, ${settings.rate} requests/s, each fault for ${flags.seconds} s\n`);
console.log(
  'client                       fault       requests  failed in 1st s  failed later  p99 ms  after repair  retries %',
);
let ours: FaultResult[] = [];
for (const name of flags.clients.split(',')) {
  const results = await play(name);
  for (const result of results) print(name, result);
  if (name === 'evenkeel') ours = results;
}
const faults = ours.flatMap(faultsOf);
for (const fault of faults) console.log(`FAILS  ${fault}`);
if (ours.length > 0 && faults.length === 0) {
  console.log(
    'holds  0 failed requests a second after each fault; in the outage few retries and fast failures',
  );
}
if (flags.gate && faults.length > 0) process.exitCode = 1;

async function play(name: string): Promise<FaultResult[]> {
  const create = CLIENTS[name];
  if (!create)
    throw new RangeError(`no client is called ${name}; there are ${Object.keys(CLIENTS).join(', ')}`);
  // Built beside this file.
  const fleet = new ProcessFleet(new URL('back-end.mjs', import.meta.url));
  try {
    await fleet.start(SERVERS);
    const client = create(fleet.ports);
    const results = await runFaults(fleet, client, settings);
    await client.close();
    return results;
  } finally {
    fleet.stop();
  }
}

function print(name: string, result: FaultResult): void {
  const { fault, requests, failedBefore, failedAfter, p99Ms, failedAfterRepair, retried } = result;
  const cells = [
    name.padEnd(27),
    fault.padEnd(10),
    String(requests).padStart(8),
    String(failedBefore).padStart(15),
    String(failedAfter).padStart(12),
    String(p99Ms).padStart(6),
    String(failedAfterRepair).padStart(12),
    (retried === undefined ? '' : (100 * retried).toFixed(1)).padStart(9),
  ];
  console.log(cells.join('  ').trimEnd());
}
