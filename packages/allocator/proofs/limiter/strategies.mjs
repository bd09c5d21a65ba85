// Builds the simulation of limits that adapt, and lets each strategy have every scenario:
//   node packages/allocator/proofs/limiter/strategies.mjs [--seeds 1] [--only <part of a scenario's name>]
//     [--strategy gradient] [--gate]
// With --gate the exit code is 1 when gradient misses a bound. Seeded and in virtual time: the table is the same on
// every machine. One seed is enough for the table, since a stage holds thousands of calls; three for the gate.
import { bundle } from '../bundle.mjs';

await import(new URL('main.mjs', await bundle(['limiter/main.ts'])));
