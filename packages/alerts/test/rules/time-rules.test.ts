import { seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RobustDetector } from '../../src/rules/robust-detector.ts';
import type { AnomalyDetector } from '../../src/rules/rule.ts';
import { createEngine } from '../engine/engine-harness.ts';

describe('absence rule', () => {
  const ABSENT = { kind: 'absence', name: 'gone', metric: 'heartbeat', for: '1m' } as const;

  it('tells that a metric was never observed, and of each label set from the first on', () => {
    const { engine, observe, pass, told } = createEngine([ABSENT]);
    pass(59_000);
    expect(told).toEqual([]);
    pass(1000);
    expect(engine.alerts()).toMatchObject([
      { id: 'gone', message: 'heartbeat has not been observed for 1 min', value: 60, threshold: 60 },
    ]);
    observe('heartbeat', 1, { host: 'a' });
    expect(told).toEqual(['fired gone', 'resolved gone']);
    pass(30_000);
    observe('heartbeat', 1, { host: 'b' });
    pass(30_000);
    expect(engine.alerts()).toMatchObject([
      { id: 'gone{host="a"}', message: 'heartbeat was last observed 1 min ago' },
    ]);
    observe('heartbeat', 1, { host: 'a' });
    expect(engine.alerts()).toEqual([]);
  });

  it('forgets a label set that stays away', () => {
    const { engine, observe, pass, told } = createEngine([{ ...ABSENT, staleAfter: '5m' }]);
    observe('heartbeat', 1, { host: 'a' });
    pass(300_000);
    expect(engine.series.taken).toBe(0);
    expect(told).toEqual(['fired gone{host="a"}', 'resolved gone{host="a"}']);
  });
});

describe('rate rule', () => {
  it('judges the change per time over half the window and more', () => {
    const { engine, observe, pass } = createEngine([
      { kind: 'rate', name: 'leak', metric: 'heap', above: 10, per: '1m', window: '5m' },
    ]);
    for (let second = 0; second < 149; second++) {
      observe('heap', 100 + second / 2);
      pass(1000);
    }
    expect(engine.alerts()).toEqual([]);
    for (let second = 149; second <= 151; second++) {
      observe('heap', 100 + second / 2);
      pass(1000);
    }
    expect(engine.alerts()[0]?.message).toBe('heap changes by 30 per 1 min over 5 min, above 10 per 1 min');
    expect(engine.alerts()[0]?.value).toBeCloseTo(30, 6);
  });

  it('takes a lower counter for a restart, and a lower value for a fall', () => {
    const rates = { metric: 'requests', window: '1m', below: -1 } as const;
    const { observe, pass, told } = createEngine([
      { kind: 'rate', name: 'falls', ...rates },
      { kind: 'rate', name: 'falls-as-counter', ...rates, counter: true },
      { kind: 'rate', name: 'grows', metric: 'requests', window: '1m', above: 9, counter: true },
    ]);
    let total = 5000;
    for (let second = 0; second < 120; second++) {
      if (second === 70) total = 0;
      total += 10;
      observe('requests', total);
      pass(1000);
    }
    expect(told).toContain('fired falls');
    expect(told).not.toContain('fired falls-as-counter');
    // The restart costs it no more than one step: it never stopped growing.
    expect(told.filter((each) => each.endsWith('grows'))).toEqual(['fired grows']);
  });

  it('computes the growth of a counter that restarts at any time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 61, maxLength: 61 }),
        fc.infiniteStream(fc.nat(9)),
        (steps, restarts) => {
          const { engine, pass } = createEngine([
            { kind: 'rate', name: 'any', metric: 'm', window: '1m', above: -1, per: '1m', counter: true },
          ]);
          let total = 1000;
          let growth = 0;
          steps.forEach((step, index) => {
            if (index > 0) pass(1000);
            // From a value above what it counts after the restart: else nobody could tell.
            if (restarts.next().value === 0 && total > step) total = 0;
            total += step;
            if (index > 0) growth += step;
            engine.observe('m', total, undefined, undefined);
          });
          expect(engine.alerts()[0]?.value).toBeCloseTo(growth, 6);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('anomaly rule', () => {
  const ODD = { kind: 'anomaly', name: 'odd', metric: 'm' } as const;

  it.each([
    ['noise as of a bell', (random: () => number) => 100 + 10 * gauss(random)],
    ['heavy tails', (random: () => number) => Math.exp(2 + gauss(random))],
    ['few distinct values', (random: () => number) => Math.floor(3 * random())],
    ['mostly zero', (random: () => number) => (random() < 0.05 ? 1 : 0)],
    ['a constant', () => 42],
  ])('raises no more than one false alarm in 5000 values of %s', (_, next) => {
    for (const seed of [1, 2, 3]) {
      const random = seededRandom(seed);
      const detector = new RobustDetector();
      let alarms = 0;
      let was = false;
      for (let index = 0; index < 5000; index++) {
        const { isAnomaly } = detector.observe(next(random));
        if (isAnomaly && !was) alarms += 1;
        was = isAnomaly;
      }
      expect(alarms).toBeLessThanOrEqual(1);
    }
  });

  it('finds a shift within three values, says what was expected, and learns the new level', () => {
    const random = seededRandom(7);
    const { engine, observe, pass, told } = createEngine([ODD]);
    for (let index = 0; index < 300; index++) {
      observe('m', 100 + 10 * gauss(random));
      pass(1000);
    }
    expect(told).toEqual([]);
    for (let index = 0; index < 3; index++) observe('m', 250);
    const [alert] = engine.alerts();
    expect(alert?.message).toMatch(/^m is 250, expected [\d.]+ to [\d.]+$/);
    expect(alert?.evidence).toMatchObject({ expectedTo: alert?.threshold });
    expect(alert?.threshold).toBeGreaterThan(120);
    expect(alert?.threshold).toBeLessThan(170);
    for (let index = 0; index < 256; index++) observe('m', 250 + gauss(random));
    expect(told).toEqual(['fired odd', 'resolved odd']);
  });

  it('minds the direction', () => {
    const random = seededRandom(7);
    const { observe, told } = createEngine([{ ...ODD, direction: 'below' }]);
    for (let index = 0; index < 300; index++) observe('m', 100 + 10 * gauss(random));
    for (let index = 0; index < 5; index++) observe('m', 250);
    expect(told).toEqual([]);
    for (let index = 0; index < 5; index++) observe('m', 0);
    expect(told).toEqual(['fired odd']);
  });

  it('takes a detector of another make for each label set, and isolates it', () => {
    const made: string[] = [];
    const observed: unknown[] = [];
    let answer: unknown;
    const { engine, observe, failures } = createEngine([
      {
        ...ODD,
        detector: (labels): AnomalyDetector => {
          made.push(labels.host ?? '');
          return {
            observe: (value) => {
              observed.push(value);
              if (answer === 'throw') throw new Error('boom');
              return answer as ReturnType<AnomalyDetector['observe']>;
            },
          };
        },
      },
    ]);
    for (const each of ['throw', 'throw', undefined, { isAnomaly: true, expected: [1, 2], score: 3 }]) {
      answer = each;
      observe('m', 5, { host: 'a' });
    }
    observe('m', 5, { host: 'b' });
    expect(made).toEqual(['a', 'b']);
    expect(engine.alerts()).toMatchObject([
      { id: 'odd{host="a"}', message: 'm is 5, expected 1 to 2', threshold: 2, evidence: { score: 3 } },
      { id: 'odd{host="b"}' },
    ]);
    expect(failures).toEqual(['detector for "m": boom']);
  });
});

describe('health rule', () => {
  it('takes the gravity of the check, its message, and checks by name', () => {
    const { engine, pass, active } = createEngine([
      { kind: 'health', name: 'sick', check: 'db*', status: 'warning' },
      { kind: 'health', name: 'very-sick', severity: 'critical', for: '10s' },
    ]);
    engine.observeHealth('db-main', 'warning', 'slow');
    engine.observeHealth('disk', 'critical', undefined);
    expect(engine.alerts()).toMatchObject([
      { id: 'sick{check="db-main"}', severity: 'warning', message: 'health check db-main is warning: slow' },
      { state: 'pending', id: 'very-sick{check="disk"}', severity: 'critical' },
    ]);
    engine.observeHealth('db-main', 'critical', 'away');
    expect(engine.alerts()[0]).toMatchObject({
      severity: 'critical',
      message: 'health check db-main is critical: away',
    });
    // Nothing is known: all stays as it is, time included.
    engine.observeHealth('db-main', 'unknown', undefined);
    pass(3_600_000);
    expect(active()).toEqual([
      'firing sick{check="db-main"}',
      'firing very-sick{check="disk"}',
      'pending very-sick{check="db-main"}',
    ]);
    engine.observeHealth('db-main', 'healthy', undefined);
    expect(active()).toEqual(['firing very-sick{check="disk"}']);
  });
});

function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
