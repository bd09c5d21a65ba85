// Builds the soak and runs it, 24 hours of virtual time under random load:
//   node packages/cache/proofs/soak.mjs --hours 24 --seed 1
// Exit code 1 when an hour leaves anything behind, or the heap grows.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['soak/main.ts'])));
