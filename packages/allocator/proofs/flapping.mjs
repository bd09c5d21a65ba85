// Builds the flapping model and lets naive controllers and the manager have it:
//   node packages/allocator/proofs/flapping.mjs [--gate] [--seeds 5] [--minutes 120]
// With --gate the exit code is 1 when the manager misses a goal with any seed.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['flapping/main.ts'])));
