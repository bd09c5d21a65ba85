import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Remains, soak } from '../../proofs/soak/soak.ts';
import { CacheStore } from '../../src/store/cache-store.ts';
import { Sweeper } from '../../src/store/sweeper.ts';

const NOTHING = { entries: 0, inFlight: 0, timers: 0, listeners: 0, waiting: 0 };

/* Code that is compiled meanwhile, and the test runner itself, need some of it. */
const NOISE_BYTES = 2e6;

describe('hours of random load', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('leave nothing behind', { timeout: 60_000 }, async () => {
    const hours = await soak({ hours: 2, seed: 1 });
    expect(hours).toMatchObject([NOTHING, NOTHING]);
    expect(growth(hours)).toBeLessThan(NOISE_BYTES);
    // They were some.
    const [{ loads = 0, loadErrors = 0, mostEntries = 0 } = {}] = hours;
    expect(loads).toBeGreaterThan(10_000);
    expect(loadErrors).toBeGreaterThan(1000);
    expect(mostEntries).toBeGreaterThan(300);
  });

  it('leave entries where nobody sweeps', { timeout: 60_000 }, async () => {
    vi.spyOn(Sweeper.prototype, 'arm').mockReturnValue();
    vi.spyOn(Sweeper.prototype, 'request').mockReturnValue();
    const [remains] = await soak({ hours: 1, seed: 1 });
    expect(remains?.entries).toBeGreaterThan(100);
  });

  it('make the heap grow where something is kept of each load', { timeout: 60_000 }, async () => {
    const kept: unknown[] = [];
    const { store } = CacheStore.prototype;
    vi.spyOn(CacheStore.prototype, 'store').mockImplementation(function (this: CacheStore<unknown>, ...args) {
      kept.push(Array.from({ length: 25 }, () => args[0]));
      return store.apply(this, args);
    });
    expect(growth(await soak({ hours: 2, seed: 1 }))).toBeGreaterThan(2 * NOISE_BYTES);
    expect(kept.length).toBeGreaterThan(10_000);
  });
});

function growth(hours: readonly Remains[]): number {
  const [first, second] = hours;
  return (second?.heapBytes ?? Number.NaN) - (first?.heapBytes ?? Number.NaN);
}
