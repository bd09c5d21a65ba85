// Builds the sensors and measures what they cost:
//   node packages/allocator/proofs/sensor-cost.mjs [--gate] [--seconds 32]
// With --gate the exit code is 1 when a sweep takes more than 20 us or the sensors more than 0.1 % of a core.
import { bundle } from './bundle.mjs';

await import(new URL('cost.mjs', await bundle(['sensors/cost.ts'])));
