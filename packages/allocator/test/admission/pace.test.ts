import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pace } from '../../src/admission/pace.ts';

describe('Pace', () => {
  it('knows nothing at first', () => {
    expect(new Pace()).toMatchObject({ startIntervalMs: 0, serviceMs: 0 });
  });

  it('measures the time between starts while work waits', () => {
    const pace = new Pace();
    pace.started(false, 100);
    pace.started(false, 105);
    expect(pace.startIntervalMs).toBe(5);
    pace.started(true, 126);
    expect(pace.startIntervalMs).toBe(6);
  });

  it('does not take the time in which nothing waited for the time of a start', () => {
    const pace = new Pace();
    pace.started(false, 0);
    pace.started(true, 5);
    pace.started(false, 10_000);
    pace.started(false, 10_005);
    expect(pace.startIntervalMs).toBe(5);
    // The last that waited was given up.
    pace.cleared();
    pace.started(false, 20_000);
    pace.started(false, 20_005);
    expect(pace.startIntervalMs).toBe(5);
  });

  it('follows a change within a hundred samples, and stays among the samples', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1000, noNaN: true }),
        fc.double({ min: 0.001, max: 1000, noNaN: true }),
        (before, after) => {
          const pace = new Pace();
          for (let count = 0; count < 100; count++) pace.ended(before);
          for (let count = 0; count < 100; count++) {
            pace.ended(after);
            expect(pace.serviceMs).toBeGreaterThanOrEqual(Math.min(before, after) * 0.999);
            expect(pace.serviceMs).toBeLessThanOrEqual(Math.max(before, after) * 1.001);
          }
          expect(Math.abs(pace.serviceMs - after)).toBeLessThanOrEqual(
            0.002 * Math.abs(before - after) + 1e-9,
          );
        },
      ),
    );
  });
});
