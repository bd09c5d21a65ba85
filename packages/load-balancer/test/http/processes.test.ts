import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { bundle } from '../../proofs/bundle.mjs';
import { CLIENTS } from '../../proofs/processes/clients.ts';
import { ProcessFleet } from '../../proofs/processes/fleet.ts';
import { faultsOf, runFaults } from '../../proofs/processes/run.ts';

/** A short sample of what proofs/processes.mjs does at length. */
it('real processes that are killed or stopped cost no request a second later, and their outage few retries', async () => {
  const built = await bundle(['processes/back-end.ts']);
  const fleet = new ProcessFleet(new URL('back-end.mjs', built));
  try {
    await fleet.start(8);
    const client = CLIENTS.evenkeel?.(fleet.ports);
    if (!client) throw new Error('there is no such client');
    const results = await runFaults(fleet, client, { rate: 150, faultMs: 2000 }, ['killed', 'stopped']);
    await client.close();
    expect(results.flatMap(faultsOf)).toEqual([]);
    expect(results.map(({ fault }) => fault)).toEqual(['killed', 'stopped', 'all killed']);
    for (const { requests } of results) expect(requests).toBeGreaterThan(250);
    // Nothing can go well when nobody is there.
    expect(results[2]).toMatchObject({ failedBefore: expect.any(Number), failedAfter: expect.any(Number) });
    expect(results[2]?.failedAfter).toBeGreaterThan(100);
  } finally {
    fleet.stop();
    rmSync(built, { recursive: true });
  }
}, 60_000);
