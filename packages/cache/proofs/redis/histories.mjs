// Builds the histories and runs them:
//   node packages/cache/proofs/redis/histories.mjs --subject evenkeel --histories 1000 --seed 1
// Subjects: evenkeel, evenkeel-ioredis, evenkeel-fleet, tier, tier-ioredis, bentocache, cacheable.
// Exit code 1 when something stale was read. HISTORIES_DEBUG=1 shows what the processes print.
import { bundle } from '../bundle.mjs';

await import(new URL('histories.mjs', await bundle(['redis/histories.ts', 'redis/worker.ts'])));
