// Builds the hash strategy and looks a million keys up among 1000 servers: how even, what moves, from which history,
// and how long a change of the servers holds up the event loop:
//   node packages/load-balancer/proofs/hash.mjs [--sets 5] [--gate]
// With --gate the exit code is 1 when a bound is missed.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['hash/main.ts'])));
