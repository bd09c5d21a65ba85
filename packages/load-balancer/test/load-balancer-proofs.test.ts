import { describe, expect, it } from 'vitest';
import { playBlip } from '../proofs/blip/blip.ts';
import { playOperations } from '../proofs/operations/operations.ts';
import type { LoadBalancerOptions } from '../src/load-balancer-options.ts';

/** Short samples of what proofs/ plays at length. */

describe('all servers four times slower for two seconds', { timeout: 60_000 }, () => {
  const play = (options: LoadBalancerOptions) =>
    playBlip({
      kind: 'slow',
      load: 0.9,
      beforeMs: 2000,
      blipMs: 2000,
      afterMs: 8000,
      clients: 20,
      seed: 1,
      options,
    });

  it('lead to a collapse for ever with retries on a static budget', async () => {
    const { errors, extra } = await play({ throttle: false, retryBudget: 0.2 });
    expect(errors.before).toBe(0);
    expect(errors.after).toBeGreaterThan(0.3);
    expect(extra).toBeGreaterThan(0.05);
  });

  it('are over five seconds later for the balancer as it comes', async () => {
    const { errors, extra } = await play({});
    expect(errors.before).toBe(0);
    expect(errors.worstSecond).toBeLessThan(0.001);
    expect(extra).toBeLessThan(0.05);
  });
});

describe('all servers out of order', { timeout: 60_000 }, () => {
  it('are asked little more than once for each request, and used as soon as they are back', async () => {
    const { errors, extraDuring } = await playBlip({
      kind: 'outage',
      load: 0.5,
      beforeMs: 1000,
      blipMs: 5000,
      afterMs: 7000,
      clients: 20,
      seed: 2,
      options: {},
    });
    expect(extraDuring).toBeLessThan(0.1);
    expect(errors.worstSecond).toBeLessThan(0.001);
  });
});

describe('operations in random order', { timeout: 60_000 }, () => {
  it.each([1, 2, 3, 4, 5])('break no rule: seeds from %i000', async (thousand) => {
    for (let seed = 1000 * thousand; seed < 1000 * thousand + 8; seed++) {
      const { broken, requests } = await playOperations(seed, 500);
      expect({ seed, broken }).toEqual({ seed, broken: [] });
      expect(requests).toBeGreaterThan(150);
    }
  });
});
