import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_RESTORE_WAIT_MS, RestoreBackoff } from '../../src/components/restore-backoff.ts';

const BASE_MS = 4000;

describe('RestoreBackoff', () => {
  it('doubles the wait with each relapse within a minute, up to five minutes', () => {
    const backoff = new RestoreBackoff();
    const waits: number[] = [];
    let nowMs = 0;
    for (let relapse = 0; relapse < 9; relapse++) {
      backoff.relieved(nowMs);
      waits.push(backoff.readyAtMs(BASE_MS) - nowMs);
      nowMs = backoff.readyAtMs(BASE_MS);
      backoff.restored(nowMs);
      nowMs += 59_000;
    }
    expect(waits).toEqual([4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]);
    expect(backoff.relapses).toBe(8);
    backoff.relieved(nowMs + 3 * 60_000);
    expect(backoff.relapses).toBe(5);
  });

  it('bounds how often a component is restored, however the pressure times itself', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 50, maxLength: 50 }),
        (quiets) => {
          const backoff = new RestoreBackoff();
          let nowMs = 0;
          for (const quietMs of quiets) {
            backoff.relieved(nowMs);
            expect(backoff.readyAtMs(BASE_MS) - nowMs).toBeLessThanOrEqual(LONGEST_RESTORE_WAIT_MS);
            nowMs = backoff.readyAtMs(BASE_MS);
            backoff.restored(nowMs);
            nowMs += quietMs;
          }
          // Each takes a minute in which nothing happens, or doubles a wait; waits are halved by such minutes only.
          expect(quiets.length).toBeLessThanOrEqual(7 + nowMs / 60_000 + nowMs / 32_000);
        },
      ),
    );
  });
});
