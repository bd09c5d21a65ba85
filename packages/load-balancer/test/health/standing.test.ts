import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Census, isOpening, mayEject, reachOf } from '../../src/health/standing.ts';

const NOBODY: Census = { up: 0, unchecked: 0, down: 0, ejected: 0, trial: 0, draining: 0 };

const censuses = fc.record({
  up: fc.nat({ max: 20 }),
  unchecked: fc.nat({ max: 20 }),
  down: fc.nat({ max: 20 }),
  ejected: fc.nat({ max: 20 }),
  trial: fc.nat({ max: 20 }),
  draining: fc.nat({ max: 20 }),
});
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('reachOf', () => {
  it('sends traffic to the healthy as long as they are half of those whose health is known', () => {
    expect(reachOf({ ...NOBODY, up: 2, down: 1, ejected: 1 }, 0.5, false)).toBe('healthy');
    expect(reachOf({ ...NOBODY, up: 1, down: 1, ejected: 1 }, 0.5, false)).toBe('all');
    expect(reachOf({ ...NOBODY, up: 4, unchecked: 20 }, 0.5, false)).toBe('healthy');
    expect(reachOf({ ...NOBODY, up: 1, unchecked: 5, down: 4 }, 0.5, false)).toBe('all');
  });

  it('does not wait for the first checks of a fleet, unless most have failed', () => {
    expect(reachOf({ ...NOBODY, unchecked: 10 }, 0.5, true)).toBe('unchecked');
    expect(reachOf({ ...NOBODY, up: 1, unchecked: 9 }, 0.5, true)).toBe('unchecked');
    expect(reachOf({ ...NOBODY, down: 1, unchecked: 9 }, 0.5, true)).toBe('unchecked');
    expect(reachOf({ ...NOBODY, down: 9, unchecked: 1 }, 0.5, true)).toBe('all');
  });

  it('knows no panic with a threshold of 0', () => {
    fc.assert(
      fc.property(censuses, fc.boolean(), (census, opening) => {
        expect(reachOf(census, 0, opening)).not.toBe('all');
      }),
    );
  });

  it('sends traffic to somebody whenever there is a server and a threshold', () => {
    fc.assert(
      fc.property(censuses, fc.double({ min: 1e-6, max: 1, noNaN: true }), (census, threshold) => {
        const { up, down, ejected, trial } = census;
        if (up + down + ejected + trial === 0) return;
        expect(up > 0 || reachOf(census, threshold, false) === 'all').toBe(true);
      }),
    );
  });
});

describe('isOpening', () => {
  it('ends when half of the fleet is healthy, and begins anew only when all are gone', () => {
    expect(isOpening({ ...NOBODY, unchecked: 3 }, true)).toBe(true);
    expect(isOpening({ ...NOBODY, up: 1, unchecked: 2 }, true)).toBe(true);
    expect(isOpening({ ...NOBODY, up: 2, unchecked: 1 }, true)).toBe(false);
    expect(isOpening({ ...NOBODY, up: 2, unchecked: 100 }, false)).toBe(false);
    expect(isOpening({ ...NOBODY, draining: 2 }, false)).toBe(true);
  });
});

describe('mayEject', () => {
  it('counts the one in question, and those that fail their checks', () => {
    expect(mayEject({ ...NOBODY, up: 10 }, 0.1)).toBe(true);
    expect(mayEject({ ...NOBODY, up: 9, ejected: 1 }, 0.1)).toBe(false);
    expect(mayEject({ ...NOBODY, up: 9, down: 1 }, 0.1)).toBe(false);
    expect(mayEject({ ...NOBODY, up: 9 }, 0.1)).toBe(false);
    expect(mayEject({ ...NOBODY, up: 72, trial: 28 }, 0.29)).toBe(true);
  });

  it('keeps the last one and the share', () => {
    fc.assert(
      fc.property(censuses, share, (census, maxEjected) => {
        const { up, unchecked, down, ejected, trial } = census;
        if (up === 0 || !mayEject(census, maxEjected)) return;
        const servers = up + unchecked + down + ejected + trial;
        expect(up + unchecked - 1).toBeGreaterThanOrEqual(1);
        expect((down + ejected + trial + 1) / servers).toBeLessThanOrEqual(maxEjected + 1e-6);
      }),
    );
  });
});
