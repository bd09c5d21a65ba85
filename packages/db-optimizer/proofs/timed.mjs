// Builds the advised indexes, and times each query with and without them, in pairs; and what insertions take more.
//   node packages/db-optimizer/proofs/timed.mjs --help
// Exit code 1 with --gate where a query is proven slower, or all together are not faster.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['timed/main.ts'])));
