// Makes all servers of a fleet four times slower for two seconds, and lets them fail altogether, in virtual time:
//   node packages/load-balancer/proofs/blip.mjs [--seeds 1] [--seconds 20] [--clients 20,1] [--loads 0.7,0.9] [--gate]
// Exit code 1 with --gate when the balancer does not recover, tries too often, or nothing else collapses either.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['blip/main.ts'])));
