import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEngine } from './engine-harness.ts';

interface Step {
  /** Seconds that pass before it. */
  readonly after: number;
  readonly route: string;
  readonly value: number;
}

interface Case {
  readonly forS: number;
  readonly keepS: number;
  readonly clear: number;
  readonly staleS: number;
  readonly steps: readonly Step[];
}

const ABOVE = 10;

const cases: fc.Arbitrary<Case> = fc.record({
  forS: fc.constantFrom(0, 1, 5, 20),
  keepS: fc.constantFrom(0, 1, 5, 20),
  clear: fc.constantFrom(10, 7),
  staleS: fc.constantFrom(15, 60),
  steps: fc.array(
    fc.record({
      after: fc.integer({ min: 0, max: 25 }),
      route: fc.constantFrom('/a', '/b'),
      value: fc.constantFrom(0, 6, 8, 9.5, 10.5, 20),
    }),
    { maxLength: 40 },
  ),
});

/**
 * The same by looking at the whole past again each second: slow and plain. Time is in seconds; in each second first
 * time passes, then come observations.
 */
function statesByHand({ forS, keepS, clear, staleS, steps }: Case, route: string, until: number): string[] {
  const observed = new Map<number, number[]>();
  let at = 0;
  for (const step of steps) {
    at += step.after;
    if (step.route === route) observed.set(at, [...(observed.get(at) ?? []), step.value]);
  }
  const states: string[] = [];
  let value: number | undefined;
  let seen = Number.NaN;
  let heldSince: number | undefined;
  let goneSince: number | undefined;
  let fires = false;
  const look = (now: number): void => {
    const isActive = heldSince !== undefined && goneSince === undefined;
    const holds = value !== undefined && value > (isActive ? clear : ABOVE);
    if (holds) {
      heldSince ??= now;
      goneSince = undefined;
      fires ||= now - heldSince >= forS;
    } else if (!fires) {
      heldSince = undefined;
    } else {
      goneSince ??= now;
      if (now - goneSince >= keepS) {
        fires = false;
        heldSince = undefined;
        goneSince = undefined;
      }
    }
  };
  for (let now = 0; now <= until; now++) {
    if (now > 0) {
      if (now - seen >= staleS) {
        value = undefined;
        fires = false;
        heldSince = undefined;
        goneSince = undefined;
      } else if (value !== undefined) look(now);
    }
    for (const each of observed.get(now) ?? []) {
      value = each;
      seen = now;
      look(now);
    }
    states.push(fires ? 'firing' : heldSince !== undefined ? 'pending' : 'none');
  }
  return states;
}

describe('life of a condition', () => {
  it('is the same as by hand, for any observations at any times', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { engine, clock, told } = createEngine([
          {
            kind: 'threshold',
            name: 'slow',
            metric: 'm',
            above: ABOVE,
            clear: given.clear,
            for: given.forS * 1000,
            keepFiringFor: given.keepS * 1000,
            staleAfter: given.staleS * 1000,
          },
        ]);
        const until = given.steps.reduce((sum, { after }) => sum + after, 0) + 90;
        const states: Record<string, string[]> = { '/a': [], '/b': [] };
        const remaining = [...given.steps];
        let next = remaining[0]?.after ?? Infinity;
        for (let now = 0; now <= until; now++) {
          if (now > 0) {
            clock.advance(1000);
            engine.tick();
          }
          while (remaining[0] && next === now) {
            const { route, value } = remaining[0];
            engine.observe('m', value, { route }, undefined);
            remaining.shift();
            next += remaining[0]?.after ?? Infinity;
          }
          for (const [route, list] of Object.entries(states)) {
            list.push(engine.alerts().find(({ labels }) => labels.route === route)?.state ?? 'none');
          }
        }
        for (const [route, list] of Object.entries(states)) {
          expect(list).toEqual(statesByHand(given, route, until));
          // Told in turn, and never twice.
          const ofRoute = told.filter((each) => each.includes(route));
          ofRoute.forEach((each, index) => {
            expect(each.startsWith(index % 2 === 0 ? 'fired' : 'resolved')).toBe(true);
          });
        }
        expect(engine.series.taken).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
