// Builds the schedules and plays them, on all cores:
//   node packages/cache/proofs/schedules/run.mjs --count 1000000 --seed 1 --subject evenkeel
// A single one, with everything that happens in it:
//   node packages/cache/proofs/schedules/run.mjs --only 4711
// Subjects: evenkeel, bentocache, cacheable, and those that proofs/schedules/mutants.ts breaks on purpose. Exit code
// 1 when there was a violation.
import { bundle } from '../bundle.mjs';

const built = await bundle(['schedules/main.ts', 'schedules/worker.ts']);
await import(new URL('main.mjs', built));
