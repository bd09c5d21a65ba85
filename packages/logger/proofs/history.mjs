// Fills a database with the points of a week, of several instances, and makes reports of that week from it:
//   node packages/logger/proofs/history.mjs [--database postgres,pglite] [--points 10000000] [--series 50]
//     [--instances 4] [--reports 5] [--gate]
// With --gate the exit code is 1 when a report takes longer than 2 s, or counts anything else than what is in the
// database.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['history/main.ts'])));
