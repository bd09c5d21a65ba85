// Builds a fleet of eight servers in virtual time, lets one of them fail in several ways, and tells how long it takes
// to be taken out, with each strategy; and how many are taken out that should not be:
//   node packages/load-balancer/proofs/detection.mjs [--seeds 100] [--requests 2000000]
// Exit code 1 when the default strategy takes longer than a second more often than once in twenty, or anybody is taken
// out by mistake. A server that hangs is known by two time-outs at least, of 300 ms here, one after the other.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['detection/main.ts'])));
