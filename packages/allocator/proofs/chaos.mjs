// Builds the manager with 200 components, 30 % of them hostile, and what a decision about 200 costs, and runs them:
//   node packages/allocator/proofs/chaos.mjs [--count 20] [--ticks 4000] [--gate]
// Exit code 1 when something is lost, late or unhandled; with --gate also when decisions take too long.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['chaos/main.ts'])));
