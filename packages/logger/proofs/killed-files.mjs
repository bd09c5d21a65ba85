// Kills a process with SIGKILL that writes records into files, again and again, and reads the files each time:
//   node packages/logger/proofs/killed-files.mjs [--rounds 200] [--seed 1] [--gate]
// With --gate the exit code is 1 when a line cannot be read after the next start, or a record that was written for
// certain is missing, or one stands twice.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['killed-files/main.ts', 'killed-files/writer.ts'])));
