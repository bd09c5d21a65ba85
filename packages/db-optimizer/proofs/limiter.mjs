// Throughput of AdaptivePool, from a cold start, beside that of pools of fixed sizes, on three mixes of service times:
//   node packages/db-optimizer/proofs/limiter.mjs [--seconds 30] [--rounds 5] [--sizes 1,2,4…] [--seed 1] [--gate]
// in virtual time on a simulated database, or with --real on a PostgreSQL server ([--seconds 5] [--rounds 3]).
// Exit code 1 with --gate where it is below 95 % of the best size's.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['limiter/main.ts'])));
