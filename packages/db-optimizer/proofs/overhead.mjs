// What it costs to watch a pool: rounds of queries with and without, in turn, on the same connection of a server.
//   node packages/db-optimizer/proofs/overhead.mjs [--pairs 600] [--queries 50] [--gate]
// Exit code 1 with --gate where it is more than 5 % of a round trip of SELECT 1.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['overhead/main.ts'])));
