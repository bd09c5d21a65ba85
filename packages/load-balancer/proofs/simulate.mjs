// Fleets of servers in virtual time, with queues, of different speeds, one of them ill or new: how long requests take,
// and how many fail, by how they are balanced. The same for the same seeds.
//   node packages/load-balancer/proofs/simulate.mjs grid [--gate] [--seeds 3] [--servers 10,100] [--clients 1,20,300]
//        [--loads 0.5,0.7,0.85,0.95] [--faults none,slow,failing,hanging,noisy,cold]
//   node packages/load-balancer/proofs/simulate.mjs strategies [the same options]
// `grid`: the default beside the reference, which joins the shortest expected delay on the true queues, in every cell;
// with --gate the exit code is 1 when a cell misses. `strategies`: all of them, an oracle that also sees what is on its
// way, and one that is informed of the true queues but with the answers of servers only. Nothing is ejected and nothing retried: this is about the choice alone.
import { bundle } from './bundle.mjs';

await import(new URL('main.mjs', await bundle(['simulation/main.ts', 'simulation/worker.ts'])));
