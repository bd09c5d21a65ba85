import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { postgresIsInstalled, startPostgres } from '../../../../tools/postgres-server.ts';
import { bundle } from '../../proofs/bundle.mjs';
import { playKilled } from '../../proofs/delivery/killed.ts';

it.skipIf(!postgresIsInstalled() && !process.env.CI)(
  'a process that is killed tells all it had saved when it is back',
  { timeout: 120_000 },
  async () => {
    const built = await bundle(['delivery/victim.ts']);
    const server = await startPostgres();
    try {
      const victim = [fileURLToPath(new URL('victim.mjs', built))];
      const result = await playKilled({ database: server.url, victim, rounds: 2, seed: 1 });
      expect(result.broken).toEqual([]);
      expect(result.saved).toBeGreaterThan(0);
    } finally {
      await server.stop();
    }
  },
);
