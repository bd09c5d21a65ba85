// Builds the random histories and plays them:
//   node packages/allocator/proofs/histories.mjs [--count 100000] [--seed 1]
// Exit code 1 when one of them breaks a rule of proofs/histories/checks.ts.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['histories/main.ts'])));
