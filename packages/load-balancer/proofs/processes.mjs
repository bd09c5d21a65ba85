// Faults of real processes: of 8 HTTP servers on the loopback one is killed, one stopped, one slow, one resets its
// connections, and at last all are killed, under a steady load of GET requests. Beside ours: undici's pools.
//   node packages/load-balancer/proofs/processes.mjs [--rate 300] [--seconds 4] [--clients evenkeel,…] [--gate]
// Exit code 1 with --gate where ours fails a request later than a second after a fault, or repeats too much.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['processes/main.ts', 'processes/back-end.ts'])));
