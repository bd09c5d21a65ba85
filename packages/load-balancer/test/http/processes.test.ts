import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bundle } from '../../proofs/bundle.mjs';
import { evenkeel } from '../../proofs/processes/clients.ts';
import { ProcessFleet } from '../../proofs/processes/fleet.ts';
import { faultsOf, runFaults } from '../../proofs/processes/run.ts';

// Where the machine stands still for seconds, all servers do: that is tried again.
const OPTIONS = { timeout: 60_000, retry: 2 };

/** A short sample of what proofs/processes.mjs does at length, with more time for each try. */
it(
  'real processes that are killed or stopped cost no request a second later, and their outage few retries',
  OPTIONS,
  async () => {
    const built = await bundle(['processes/back-end.ts']);
    const fleet = new ProcessFleet(new URL('back-end.mjs', built));
    try {
      await fleet.start(8);
      // Longer than a busy machine may hold a server up: those that work are not to be blamed.
      const client = evenkeel(fleet.ports, 1500, 6000);
      const results = await runFaults(fleet, client, { rate: 150, faultMs: 2000 }, ['killed', 'stopped']);
      await client.close();
      // How fast they fail in an outage depends on the machine.
      expect(results.flatMap((result) => faultsOf({ ...result, p99Ms: 0 }))).toEqual([]);
      expect(results.map(({ fault }) => fault)).toEqual(['killed', 'stopped', 'all killed']);
      for (const { requests } of results) expect(requests).toBeGreaterThan(250);
      // Nothing can go well when nobody is there.
      expect(results[2]).toMatchObject({ failedBefore: expect.any(Number), failedAfter: expect.any(Number) });
      expect(results[2]?.failedAfter).toBeGreaterThan(100);
    } finally {
      fleet.stop();
      rmSync(built, { recursive: true });
    }
  },
);
