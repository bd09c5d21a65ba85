// Does to a balancer, in random order and virtual time, whatever can be done to one, and checks its counts:
//   node packages/load-balancer/proofs/operations.mjs [--operations 1000000] [--seeds 500] [--from 1]
// or measures what a request costs beside a plain call of the same function, in real time:
//   node packages/load-balancer/proofs/operations.mjs --cost
// Exit code 1 when counts don't match, something is left after stop(), or a rejection is unhandled.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['operations/main.ts'])));
