// Runs jobs, each of them a transaction, through a proxy that cuts connections at COMMIT (half of the time before the
// server sees it, half after it has acted), while backends are terminated, transactions conflict, and the server
// crashes and is restarted; then looks in the tables for what was done twice, and what was said to be done but is not:
//   node packages/db-optimizer/proofs/commits.mjs [--jobs 10000] [--others 1000] [--cuts 0.3] [--seed 1] [--gate]
// Beside ours, with fewer jobs (--others): a loop that tries again whatever went wrong, the retries of a job queue, and a
// driver's that only repeats what the server undid. Exit code 1 with --gate when ours does anything twice, loses
// anything, leaves a rejection unhandled or retries beyond its budget, or when the plain loop does nothing twice.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['commits/main.ts'])));
