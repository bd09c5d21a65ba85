import { ConfigurationError } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Picker } from '../src/picker.ts';

const LATENCY_MS = 10;

describe('Picker', () => {
  it.each([
    [{ strategy: 'nope' }, /strategy .*one of "adaptive"/],
    [{ loadFactor: 0.9 }, /loadFactor .*at least 1/],
    [{ random: 1 }, /random .*a function/],
    [{ weight: 1 }, /weight .*absent/],
    [null, /an object/],
  ])('refuses %o', (options, message) => {
    // @ts-expect-error: not what it takes
    const create = (): Picker => new Picker(options);
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(message);
  });

  it('passes the load factor on', () => {
    const inFlightOf = (loadFactor: number): number => {
      const picker = new Picker({ strategy: 'hash', loadFactor, random: seededRandom(1) });
      for (const id of ['a', 'b', 'c', 'd']) picker.setWeight(picker.add(id, 0), 1, 0, true);
      for (let request = 0; request < 100; request++) picker.pick(0, undefined, 'hot');
      return Math.max(...picker.fleet.inFlight);
    };
    expect(inFlightOf(1.25)).toBeLessThanOrEqual(32);
    expect(inFlightOf(3)).toBeGreaterThan(70);
  });

  it('forgets, a minute later, whatever a server was like: each gets traffic within 2n picks', () => {
    const spell = fc.record({
      server: fc.nat(11),
      requests: fc.nat(60),
      latencyMs: fc.integer({ min: 1, max: 200 }),
      fails: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(spell, { maxLength: 10 }),
        fc.nat(1000),
        (servers, spells, seed) => {
          const picker = new Picker({ random: seededRandom(seed) });
          for (let at = 0; at < servers; at++) picker.setWeight(picker.add(`s${at}`, 0), 1, 0, true);
          let nowMs = 0;
          for (const { server, requests, latencyMs, fails } of spells) {
            for (let request = 0; request < requests; request++) {
              const slot = picker.pick(nowMs);
              nowMs += LATENCY_MS;
              const isIll = slot === server;
              picker.finish(slot, nowMs, isIll ? latencyMs : LATENCY_MS, isIll && fails);
            }
          }
          nowMs += 80_000;
          const seen = new Set<number>();
          for (let pick = 0; pick < 2 * servers; pick++) {
            const slot = picker.pick(nowMs);
            seen.add(slot);
            nowMs += LATENCY_MS;
            picker.finish(slot, nowMs, LATENCY_MS, false);
          }
          expect(seen.size).toBe(servers);
        },
      ),
      { numRuns: 300 },
    );
  });
});
