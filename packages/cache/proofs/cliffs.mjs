// Builds the measurements of what must not block the event loop, or cost anything up front, and runs them:
//   node packages/cache/proofs/cliffs.mjs [--gate] [--runs 3]
// With --gate the exit code is 1 when a bound is missed.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['cliffs/main.ts'])));
