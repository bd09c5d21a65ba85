// Kills processes with SIGKILL that write into one database and keep it in order, again and again, and compares what
// they have left each time:
//   node packages/logger/proofs/killed-database.mjs [--rounds 100] [--writers 2] [--seed 1] [--gate]
// With --gate the exit code is 1 when a record that was written for certain is missing, one stands twice, or the
// roll-ups say anything else than the single values.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['killed-database/main.ts', 'killed-database/writer.ts'])));
