// Builds the sensors and puts a process, or a page, into each state of the matrix, to see who is alarmed:
//   node packages/allocator/proofs/sensors.mjs [--gate] [--only <part of a row's name>]
// With --gate the exit code is 1 when our sensors miss a row, are late or raise a false alarm.
import { bundle } from './bundle.mjs';

const programs = ['sensors/main.ts', 'sensors/program.ts', 'sensors/page.ts'];
await import(new URL('main.mjs', await bundle(programs)));
