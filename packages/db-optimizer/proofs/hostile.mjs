// Gives the parser what no parser should be given, for many rounds, and asks it for `select 1` after each:
//   node packages/db-optimizer/proofs/hostile.mjs [--rounds 40] [--seed 1] [--gate]
// or tells for each shape of text how large it may be, and at what size the parser itself would fail:
//   node packages/db-optimizer/proofs/hostile.mjs --margins [--gate]
// With --gate the exit code is 1 when anything but an answer or a clear error comes back, a statement that changes
// something passes for one that only reads, or the parser is dead afterwards; or when it fails within the limits.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['hostile/main.ts'])));
