import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { VirtualClock } from '@evenkeel/core';
import { postgresIsInstalled, startPostgres } from '../../../../tools/postgres-server.ts';
import { PostgresAlertStore } from '../../src/postgres/index.ts';
import { type ChaosResult, playChaos } from './chaos.ts';
import { playKilled } from './killed.ts';
import { settledStore } from './settled-store.ts';

const { values: flags } = parseArgs({
  options: {
    changes: { type: 'string', default: '300000' },
    seeds: { type: 'string', default: '6' },
    embedded: { type: 'string', default: '1200' },
    rounds: { type: 'string', default: '20' },
    gate: { type: 'boolean', default: false },
  },
});
let broken = 0;

const report = (name: string, result: ChaosResult, startMs: number): void => {
  const { accepted, sent, dead, suppressed, messages, repeated, restarts, kills, checks } = result;
  console.log(
    `${name.padEnd(34)} ${accepted} changes × channels accepted: ${sent} sent, ${dead} dead, ${suppressed} suppressed` +
      `${kills > 0 ? ' (after a kill some are lost unsaved, and told anew)' : ''}; ` +
      `${messages} messages, ${repeated} of them repeated; ${restarts} restarts, ${kills} of them kills; ` +
      `sums checked ${checks} times; ${((performance.now() - startMs) / 1000).toFixed(1)} s`,
  );
  for (const fault of result.broken) console.log(`  BROKEN ${fault}`);
  broken += result.broken.length;
};

const seeds = Number(flags.seeds);
const changes = Math.round(Number(flags.changes) / seeds);
for (let seed = 1; seed <= seeds; seed++) {
  const startMs = performance.now();
  const kills = seed % 2 === 0;
  const result = await playChaos({ seed, changes, restartEvery: 2000, kills, burst: 1000 });
  report(`in memory, seed ${seed}`, result, startMs);
}

const embedded = await PGlite.create();
for (const seed of [101, 102]) {
  const startMs = performance.now();
  const inner = new PostgresAlertStore(embedded, {
    prefix: `seed${seed}_`,
    clock: new VirtualClock(1_700_000_000_000),
  });
  await inner.start();
  const { store, settle } = settledStore(inner);
  const result = await playChaos({
    seed,
    changes: Number(flags.embedded),
    restartEvery: 300,
    kills: seed % 2 === 0,
    store,
    settle,
  });
  await inner.stop();
  report(`PGlite, seed ${seed}`, result, startMs);
}
await embedded.close();

if (postgresIsInstalled()) {
  const startMs = performance.now();
  const server = await startPostgres();
  const victim = [fileURLToPath(new URL('victim.mjs', import.meta.url))];
  const result = await playKilled({ database: server.url, victim, rounds: Number(flags.rounds), seed: 1 });
  await server.stop();
  console.log(
    `PostgreSQL, processes killed       ${result.kills} kills; all of ${result.saved} saved changes told in ` +
      `${result.messages} messages, ${result.repeated} of them repeated; ${((performance.now() - startMs) / 1000).toFixed(1)} s`,
  );
  for (const fault of result.broken) console.log(`  BROKEN ${fault}`);
  broken += result.broken.length;
} else {
  console.log('PostgreSQL is not installed: processes are not killed');
  if (flags.gate) broken += 1;
}
console.log(broken === 0 ? 'nothing was lost, nothing was counted wrong' : `${broken} faults`);
if (flags.gate && broken > 0) process.exitCode = 1;
