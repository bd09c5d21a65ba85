// What it costs to run `SELECT 1` through the executor, observed, in place of the pool itself, on a PostgreSQL on this
// machine: short runs of the two, by turns. The tenth percentile of the runs is compared: what the machine does besides
// only ever adds.
//   node packages/db-optimizer/proofs/execution-overhead.mjs [--rounds 2000] [--queries 50] [--gate]
// Exit code 1 with --gate when it takes over 5 % longer.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['execution-overhead/main.ts'])));
