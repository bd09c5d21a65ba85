import { seededRandom } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recommendReplicas, type ScalingRecommendation } from '../../src/scaling/index.ts';
import { LoadScript, type SteadyLoad } from './readings.ts';

const of = (seconds: number, load: SteadyLoad | ((second: number) => SteadyLoad)) =>
  recommendReplicas(new LoadScript().play(seconds, load).history);

const plan = ({ replicas, bottleneck, lowEvidence }: ScalingRecommendation) => ({
  ...replicas,
  bottleneck,
  lowEvidence,
});

describe('recommendReplicas', () => {
  // Lazowska, Zahorjan, Graham, Sevcik, "Quantitative System Performance", section 3.2: a disk that serves 40
  // requests a second, each for 0.0225 s, is used 90 % of the time.
  it('follows the utilisation law', () => {
    const recommendation = of(60, { arrivedPerSecond: 40, serviceMs: 22.5, cpu: 40 * 0.0225 });
    // 0.9 / 0.7 = 1.3.
    expect(plan(recommendation)).toEqual({ now: 2, forecast: 2, bottleneck: 'cpu', lowEvidence: false });
    expect(recommendation.evidence.demand?.now).toBeCloseTo(0.9, 10);
  });

  // The same, section 3.3: with 4 requests present on average and 40 a second, each is there for 0.1 s.
  it('follows Little’s law', () => {
    const recommendation = of(60, { arrivedPerSecond: 40, serviceMs: 100, limit: 4, cpu: 0.2 });
    expect(recommendation.evidence.requests?.inFlight).toBeCloseTo(4, 10);
    expect(recommendation.evidence.utilization).toEqual({
      cpu: expect.closeTo(0.2),
      concurrency: expect.closeTo(1),
    });
    // 4 of 4 in flight: 1 / 0.7 = 1.4.
    expect(plan(recommendation)).toEqual({
      now: 2,
      forecast: 2,
      bottleneck: 'concurrency',
      lowEvidence: false,
    });
  });

  it('takes what is rejected for demand', () => {
    // Three replicas serve 60 of 100 arrivals a second each, with all their CPU: 5 would be busy with all of them.
    const recommendation = of(60, { arrivedPerSecond: 100, completedPerSecond: 60, cpu: 1, replicas: 3 });
    expect(recommendation.evidence.demand?.now).toBeCloseTo(5, 10);
    // 5 / 0.7 = 7.1.
    expect(plan(recommendation)).toEqual({ now: 8, forecast: 8, bottleneck: 'cpu', lowEvidence: false });
    expect(recommendation.message).toBe(
      'Run 8 now: the load takes 167 % of 3 replicas, for CPU (target 70 %).',
    );
  });

  it('is content with a load within the target', () => {
    const recommendation = of(900, { arrivedPerSecond: 100, cpu: 0.65, replicas: 4 });
    expect(plan(recommendation)).toEqual({ now: 4, forecast: 4, bottleneck: 'none', lowEvidence: false });
    expect(recommendation.message).toBe(
      'Stay with 4 replicas: the load takes 65 % of 4 replicas (target 70 %).',
    );
  });

  it('judges by the CPU alone where there is no admission control', () => {
    expect(plan(of(60, { cpu: 0.95, replicas: 2 }))).toEqual({
      now: 3,
      forecast: 3,
      bottleneck: 'cpu',
      lowEvidence: false,
    });
  });

  it('judges by what is in flight alone where the CPU is not known', () => {
    expect(
      plan(of(60, { arrivedPerSecond: 200, completedPerSecond: 100, serviceMs: 100, limit: 10 })),
    ).toEqual({
      // 20 of 10: 2 / 0.7.
      now: 3,
      forecast: 3,
      bottleneck: 'concurrency',
      lowEvidence: false,
    });
  });

  it('says so where there is too little to judge by', () => {
    const recommendation = of(25, { cpu: 1, replicas: 5 });
    expect(plan(recommendation)).toEqual({ now: 5, forecast: 5, bottleneck: 'none', lowEvidence: true });
    expect(recommendation.message).toBe(
      'Too little was measured to judge by (5 samples): stay with 5 replicas.',
    );
    expect(plan(of(600, {}))).toEqual({ now: 1, forecast: 1, bottleneck: 'none', lowEvidence: true });
    expect(plan(recommendReplicas({ samples: [] }))).toEqual({
      now: 1,
      forecast: 1,
      bottleneck: 'none',
      lowEvidence: true,
    });
  });

  it('looks ahead along a trend, and no further than back', () => {
    const random = seededRandom(1);
    const rising = of(600, (second) => ({ cpu: 0.3 + second / 1200 + 0.04 * random(), replicas: 2 }));
    // From 0.3 to 0.8 of two replicas in ten minutes: 1.05 or so in five more, which is 2.1 / 0.7 = 3.
    expect(rising.evidence.trend?.direction).toBe('rising');
    expect(rising.evidence.trend?.perMinute).toBeCloseTo(0.1, 2);
    expect(rising.evidence.demand?.forecast).toBeGreaterThan(2.05);
    expect(rising.evidence.demand?.forecast).toBeLessThan(2.25);
    expect(rising.replicas).toEqual({ now: 3, forecast: 4 });
    expect(rising.message).toMatch(/^Run 3 now, and 4 in 5 min, as demand is rising: /);
    const script = new LoadScript().play(100, (second) => ({ cpu: 0.3 + second / 1200 }));
    const far = recommendReplicas(script.history, { horizon: '1d' });
    expect(far.evidence.demand?.forecast).toBeLessThan(0.3 + 200 / 1200);
  });

  it('sees no trend in noise', () => {
    const trends = Array.from({ length: 100 }, (_, seed) => {
      const random = seededRandom(seed);
      return of(600, () => ({ cpu: 0.5 + 0.2 * random() })).evidence.trend?.direction;
    });
    expect(trends.filter((direction) => direction !== 'steady').length).toBeLessThanOrEqual(10);
  });

  it('plans for the peaks of a load that comes and goes', () => {
    const recommendation = of(600, (second) => ({ cpu: second % 30 < 10 ? 0.95 : 0.3 }));
    expect(recommendation.evidence.demand?.now).toBeCloseTo(0.95, 5);
    expect(recommendation.replicas).toEqual({ now: 2, forecast: 2 });
  });

  it('advises fewer only when they would have been enough for long', () => {
    const script = new LoadScript()
      .play(300, { cpu: 0.65, replicas: 6 })
      .play(590, { cpu: 0.2, replicas: 6 });
    expect(recommendReplicas(script.history).replicas.now).toBe(6);
    script.play(15, { cpu: 0.2, replicas: 6 });
    // 1.2 busy replicas, over 0.7 × 0.9: two.
    expect(recommendReplicas(script.history).replicas.now).toBe(2);
    expect(new LoadScript().play(300, { cpu: 0.2, replicas: 6 }).history).toSatisfy(
      (history: LoadScript['history']) => recommendReplicas(history).replicas.now === 6,
    );
  });

  it('never takes away so much that it would ask for it back', () => {
    for (let load = 0.05; load < 6; load += 0.05) {
      for (let replicas = Math.max(1, Math.ceil(load)); replicas <= 12; replicas++) {
        const steady = (count: number) => of(900, { cpu: load / count, replicas: count }).replicas.now;
        const advised = steady(replicas);
        expect(steady(advised)).toBe(advised);
      }
    }
  });

  it('gives whole numbers within bounds, whatever was measured', () => {
    const value = fc.oneof(
      fc.double({ min: 0, max: 1e6 }),
      fc.constantFrom(0, Number.NaN, Infinity, -1, 1e300, undefined),
    );
    const load = fc.record(
      {
        arrivedPerSecond: value,
        completedPerSecond: value,
        serviceMs: value,
        limit: value,
        cpu: value,
        replicas: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constantFrom(0, Number.NaN, -3)),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(load, { minLength: 1, maxLength: 40 }), (loads) => {
        const script = new LoadScript();
        // The values stand for whatever a faulty source might say.
        for (const each of loads) script.play(5, each as SteadyLoad);
        const recommendation = recommendReplicas(script.history);
        const { current, replicas } = recommendation;
        for (const count of [current, replicas.now, replicas.forecast]) {
          expect(Number.isSafeInteger(count)).toBe(true);
          expect(count).toBeGreaterThanOrEqual(1);
          expect(count).toBeLessThanOrEqual(10 * current);
        }
        expect(JSON.stringify(recommendation)).not.toContain('null');
        expect(recommendation.message).not.toMatch(/NaN|Infinity/);
      }),
    );
  });

  it('says what is wrong with its options', () => {
    expect(() => recommendReplicas({ samples: [] }, { targetUtilization: 1 })).toThrow(
      'targetUtilization must be a number from 0.1 to 0.95, got 1',
    );
    expect(() => recommendReplicas({ samples: [] }, { horizon: -1 })).toThrow('horizon must be milliseconds');
  });
});
