// Records a million events a second, for ten seconds, into a sink that writes lines of JSON to a file; counts what is
// written and what is lost, and watches the event loop and the memory meanwhile:
//   node packages/logger/proofs/flood.mjs [--seconds 10] [--rate 1000000] [--gate]
// Exit code 1 with --gate where an event is neither written nor counted as lost, the loop is held up for more than 10 ms
// (p99), or memory grows without end.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['flood/main.ts'])));
