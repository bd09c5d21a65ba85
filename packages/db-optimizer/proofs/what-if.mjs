// Asks what many indexes would cost and save, by HypoPG as it comes, HypoPG corrected, and the statistics twin, and
// then builds each index to see what is true:
//   node packages/db-optimizer/proofs/what-if.mjs [--workload wholesale,freight] [--no-keys] [--scale 0.3]
//     [--candidates 8] [--version 16|17|18] [--random-page-cost 1.1] [--worst 10] [--gate]
// With --version the server is one of npm's, which has no HypoPG. With --gate the exit code is 1 when a bound is
// missed: twin's error of cost 2 % in the median and 5 % at p95, HypoPG better corrected than raw, sizes 10 % off in
// the median.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['what-if/main.ts'])));
