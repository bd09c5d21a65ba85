import { parseArgs } from 'node:util';
import { requestCosts } from './cost.ts';
import { playOperations } from './operations.ts';

const { values: flags } = parseArgs({
  options: {
    operations: { type: 'string', default: '1000000' },
    seeds: { type: 'string', default: '500' },
    from: { type: 'string', default: '1' },
    cost: { type: 'boolean', default: false },
  },
});

if (flags.cost) {
  for (const [what, microseconds] of await requestCosts()) {
    console.log(`${what.padEnd(56)} ${microseconds.toFixed(2)} µs`);
  }
  process.exit();
}

let unhandled = 0;
process.on('unhandledRejection', (error) => {
  unhandled += 1;
  if (unhandled <= 3) console.log('unhandled:', error);
});

const seeds = Number(flags.seeds);
const each = Math.ceil(Number(flags.operations) / seeds);
const from = Number(flags.from);
let failed = 0;
let operations = 0;
let requests = 0;
let tries = 0;
for (let seed = from; seed < from + seeds; seed++) {
  const result = await playOperations(seed, each);
  operations += result.operations;
  requests += result.requests;
  tries += result.tries;
  if (result.broken.length === 0) continue;
  failed += 1;
  if (failed <= 5) console.log(`seed ${seed}: ${result.broken.join('; ')}`);
}
console.log(`operations ${operations} with ${seeds} seeds: ${requests} requests, ${tries} tries`);
console.log(`seeds with broken rules ${failed}, unhandled rejections ${unhandled}`);
process.exitCode = failed + unhandled > 0 ? 1 : 0;
