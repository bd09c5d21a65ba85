/**
 * Runs the benchmarks, all or those named: `pnpm bench [name …] [--gate]`. With `--gate` it fails where one
 * falls below its bound.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BENCHMARKS = [
  'quantile-sketch',
  'metrics-recording',
  'event-recording',
  'monitor-overhead',
  'express-overhead',
  'shedding-cost',
  'overload',
  'cache-speed',
  'cache-hit-ratio',
  'cache-compression',
  'balancing-cost',
  'proxy-throughput',
];

const given = process.argv.slice(2);
const flags = given.filter((each) => each.startsWith('--'));
const names = given.filter((each) => !each.startsWith('--'));
const unknown = names.filter((name) => !BENCHMARKS.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark is called ${unknown.join(', ')}; there are ${BENCHMARKS.join(', ')}`);
  process.exit(2);
}

let failed = 0;
for (const name of names.length > 0 ? names : BENCHMARKS) {
  console.log(`\n== ${name}`);
  const script = fileURLToPath(new URL(`./src/${name}.mjs`, import.meta.url));
  if (spawnSync(process.execPath, [script, ...flags], { stdio: 'inherit' }).status !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
