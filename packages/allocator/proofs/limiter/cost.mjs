// What an uncontended call through a limiter costs, next to the call itself:
//   node packages/allocator/proofs/limiter/cost.mjs
// Medians of nine rounds of 200,000 calls, the cases taking turns.
import { bundle } from '../bundle.mjs';

await import(new URL('cost.mjs', await bundle(['limiter/cost.ts'])));
