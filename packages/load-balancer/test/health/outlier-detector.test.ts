import { seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Failure, OutlierDetector } from '../../src/health/outlier-detector.ts';
import type { OutlierSettings } from '../../src/health/outlier-settings.ts';

const SETTINGS: OutlierSettings = {
  consecutiveFailures: 3,
  excessFailures: 0.2,
  baseEjection: 5000,
  maxEjection: 60_000,
  maxEjected: 0.5,
};

function detectorFor(servers: number, settings: Partial<OutlierSettings> = {}) {
  const detector = new OutlierDetector({ ...SETTINGS, ...settings });
  const slots = Array.from({ length: servers }, (_, slot) => slot);
  for (const slot of slots) detector.forget(slot);
  return { detector, slots };
}

function failure(changes: Partial<Failure> = {}): Failure {
  return { startedMs: 0, endedMs: 0, sent: true, ...changes };
}

/** The fleet has answered so many requests, and all went well. */
function quietFleet(servers: number, requests = 2000) {
  const fleet = detectorFor(servers);
  for (let request = 0; request < requests; request++) fleet.detector.succeeded(request % servers, 0);
  return fleet;
}

/** Failures in a row until the server stands out. */
function failuresUntilOut({ detector, slots }: ReturnType<typeof detectorFor>, slot: number, sent = true) {
  for (let count = 1; count <= 1000; count++) {
    if (detector.failed(slot, failure({ sent }), slots) !== undefined) return count;
  }
  return Number.POSITIVE_INFINITY;
}

describe('OutlierDetector', () => {
  it('takes three failures in a row where hardly any request fails, two where they were not even sent', () => {
    expect(failuresUntilOut(quietFleet(8), 3)).toBe(3);
    expect(failuresUntilOut(quietFleet(8), 3, false)).toBe(2);
    expect(failuresUntilOut(quietFleet(2), 0)).toBe(3);
  });

  it('takes more where nothing is known of the fleet yet, and where failures are common', () => {
    expect(failuresUntilOut(detectorFor(8), 3)).toBe(5);
    const random = seededRandom(7);
    const unhappy = detectorFor(8);
    for (let request = 0; request < 40_000; request++) {
      if (random() < 0.1) unhappy.detector.failed(request % 8, failure(), unhappy.slots);
      else unhappy.detector.succeeded(request % 8, 0);
    }
    expect(unhappy.detector.usualRate).toBeCloseTo(0.1, 1);
    unhappy.detector.forget(3);
    expect(failuresUntilOut(unhappy, 3)).toBeGreaterThanOrEqual(8);
  });

  it('takes as many failures as it is set to, at least', () => {
    const fleet = detectorFor(8, { consecutiveFailures: 12, excessFailures: 1 });
    for (let request = 0; request < 2000; request++) fleet.detector.succeeded(request % 8, 0);
    expect(failuresUntilOut(fleet, 3)).toBe(12);
  });

  it('finds half of the fleet dead at once, whose failures come in turns', () => {
    const { detector, slots } = quietFleet(8);
    const out = new Set<number>();
    for (let turn = 0; turn < 8; turn++) {
      for (const slot of [0, 1, 2, 3]) {
        if (!out.has(slot) && detector.failed(slot, failure(), slots) !== undefined) {
          out.add(slot);
          detector.forget(slot);
        }
      }
      for (const slot of [4, 5, 6, 7]) detector.succeeded(slot, 0);
    }
    expect([...out].sort()).toEqual([0, 1, 2, 3]);
  });

  it('lets the fleet be where all of it fails', () => {
    const { detector, slots } = quietFleet(10);
    const random = seededRandom(3);
    const out = new Set<number>();
    for (let request = 0; request < 20_000; request++) {
      const slot = Math.floor(random() * 10);
      if (random() > 0.6) detector.succeeded(slot, 0);
      else if (detector.failed(slot, failure(), slots) !== undefined) out.add(slot);
    }
    // One that begins to fail a moment before the others may be taken for an outlier.
    expect(out.size).toBeLessThanOrEqual(1);
  });

  it('waits for half as long as the requests take, so that a slow fleet can show itself', () => {
    const { detector, slots } = quietFleet(8);
    const timeOutAt = (endedMs: number): string | undefined =>
      detector.failed(3, failure({ startedMs: endedMs - 1000, endedMs }), slots);
    for (const endedMs of [1000, 1010, 1020, 1100, 1499]) expect(timeOutAt(endedMs)).toBeUndefined();
    expect(timeOutAt(1500)).toBe('requests fail one after the other');
  });

  it('takes nobody out for failures in rows, however long, where most of the fleet has them', () => {
    const { detector, slots } = quietFleet(10);
    // As behind queues that are too long everywhere: time-outs in rows, at one server after the other.
    const alarms: string[] = [];
    for (let endedMs = 1000; endedMs < 30_000; endedMs += 1) {
      const startedMs = endedMs - 1000;
      const slot = Math.floor(endedMs / 7) % 10;
      const alarm = detector.failed(slot, failure({ startedMs, endedMs }), slots);
      if (alarm !== undefined) alarms.push(`${endedMs}: ${slot} ${alarm}`);
    }
    expect(alarms).toEqual([]);
    expect(detector.streak(3)).toBeGreaterThan(2000);
  });

  it('counts failures in the order in which their requests began', () => {
    const { detector, slots } = quietFleet(8);
    detector.succeeded(0, 100);
    // A hundred requests begin together, a third of which time out, after the others have gone well.
    for (let request = 0; request < 33; request++) {
      detector.failed(0, failure({ startedMs: 100 - request }), slots);
    }
    expect(detector.streak(0)).toBe(1);
    expect(detector.failureRate(0)).toBeGreaterThan(0.7);
    detector.succeeded(0, 90);
    detector.failed(0, failure({ startedMs: 99 }), slots);
    expect(detector.streak(0)).toBe(0);
    detector.failed(0, failure({ startedMs: 100 }), slots);
    expect(detector.streak(0)).toBe(1);
  });

  it.each([0.001, 0.01, 0.05, 0.2, 0.5])(
    'takes nobody out for failures at random, at a rate of %f on all servers',
    (rate) => {
      // A false alarm has the probability of 2e-9 at each look, by the bound: 4e-3 in all of these requests at most.
      for (const servers of [2, 3, 10, 100]) {
        const { detector, slots } = detectorFor(servers);
        const random = seededRandom(servers);
        const alarms: string[] = [];
        for (let request = 0; request < 400_000; request++) {
          const slot = Math.floor(random() * servers);
          if (random() >= rate) detector.succeeded(slot, 0);
          else {
            const alarm = detector.failed(slot, failure({ endedMs: request / 10 }), slots);
            if (alarm !== undefined) alarms.push(alarm);
          }
        }
        expect({ servers, alarms }).toEqual({ servers, alarms: [] });
      }
    },
  );

  it('keeps streaks and rates in their bounds, whatever happens', () => {
    const step = fc.record({
      slot: fc.nat({ max: 40 }),
      what: fc.constantFrom('success', 'failure', 'not-sent', 'forget'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const { detector, slots } = detectorFor(41);
        for (const { slot, what } of steps) {
          const before = detector.streak(slot);
          if (what === 'success') {
            detector.succeeded(slot, 0);
            expect(detector.streak(slot)).toBe(0);
          } else if (what === 'forget') {
            detector.forget(slot);
            expect([detector.streak(slot), detector.failureRate(slot)]).toEqual([0, 0]);
          } else {
            const reason = detector.failed(slot, failure({ sent: what === 'failure' }), slots);
            expect(detector.streak(slot)).toBe(before + (what === 'failure' ? 1 : 2));
            if (reason !== undefined) expect(detector.streak(slot)).toBeGreaterThan(0);
          }
          expect(detector.failureRate(slot)).toBeGreaterThanOrEqual(0);
          expect(detector.failureRate(slot)).toBeLessThanOrEqual(1);
          expect(detector.usualRate).toBeGreaterThanOrEqual(0.001);
          expect(detector.usualRate).toBeLessThanOrEqual(0.9);
        }
      }),
    );
  });
});
