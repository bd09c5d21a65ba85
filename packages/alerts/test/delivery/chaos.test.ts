import { describe, expect, it } from 'vitest';
import { playChaos } from '../../proofs/delivery/chaos.ts';

/** Short samples of what proofs/delivery.mjs plays at length. */
describe('changes of alerts under random faults', { timeout: 60_000 }, () => {
  it.each([1, 2])('are all accounted for: seed %i', async (seed) => {
    const result = await playChaos({ seed, changes: 1500, restartEvery: 0, kills: false });
    expect(result.broken).toEqual([]);
    expect(result.messages).toBeGreaterThan(100);
    expect(result.sent + result.dead + result.suppressed).toBe(result.accepted);
  });

  it.each([12, 13])('are all accounted for over restarts: seed %i', async (seed) => {
    const result = await playChaos({ seed, changes: 1500, restartEvery: 300, kills: false });
    expect(result.broken).toEqual([]);
    expect(result.restarts).toBeGreaterThan(1);
    expect(result.sent + result.dead + result.suppressed).toBe(result.accepted);
  });

  it.each([22, 23])('are told in the end though the process is killed: seed %i', async (seed) => {
    const result = await playChaos({ seed, changes: 1500, restartEvery: 300, kills: true });
    expect(result.broken).toEqual([]);
    expect(result.kills).toBeGreaterThan(0);
  });
});
