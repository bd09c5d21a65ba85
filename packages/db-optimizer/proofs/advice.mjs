// Advises indexes for a workload and judges them: cost against storage, beside the floor and the rules of peers.
//   node packages/db-optimizer/proofs/advice.mjs --help
// Exit code 1 with --gate where a bound is missed.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['advice/main.ts'])));
