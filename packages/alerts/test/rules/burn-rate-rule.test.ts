import { describe, expect, it } from 'vitest';
import type { BurnRateRule } from '../../src/rules/rule.ts';
import { createEngine } from '../engine/engine-harness.ts';

const BURN: BurnRateRule = {
  kind: 'burn-rate',
  name: 'budget',
  objective: 0.999,
  indicator: { errors: 'errors', total: 'requests' },
};

/** A service of a request a second by counters, read every 10 s. */
function createService(rule: BurnRateRule) {
  const harness = createEngine([rule]);
  let total = 123_456;
  let errors = 789;
  return {
    ...harness,
    restart(): void {
      total = 0;
      errors = 0;
    },
    run(seconds: number, errorRatio: number): void {
      for (let passed = 0; passed < seconds; passed += 10) {
        harness.clock.advance(10_000);
        total += 100;
        errors += 100 * errorRatio;
        harness.observe('requests', total);
        harness.observe('errors', errors);
        harness.observe('good', total - errors);
        harness.observe('ratio', errorRatio);
        harness.engine.tick();
      }
    },
  };
}

describe('burn-rate rule', () => {
  it.each([
    ['errors', { errors: 'errors', total: 'requests' }],
    ['good events', { good: 'good', total: 'requests' }],
    ['an error ratio', { errorRatio: 'ratio' }],
  ] as const)('pages when both windows burn 14.4 times too fast, by %s', (_, indicator) => {
    const { engine, run, told } = createService({ ...BURN, indicator });
    run(6 * 3600, 0.0005);
    expect(told).toEqual([]);
    // 10 % of errors: 1.44 % of the last hour after 8.6 minutes.
    run(480, 0.1);
    expect(told).toEqual([]);
    run(60, 0.1);
    const [alert] = engine.alerts();
    expect(alert).toMatchObject({
      id: 'budget',
      severity: 'critical',
      threshold: 14.4,
      evidence: { objective: 0.999, windowMs: 3_600_000, shortWindowMs: 300_000 },
    });
    expect(alert?.message).toMatch(
      /^the error budget of 99\.9 % is spent 1[45][\d.]* times too fast over 1 h/,
    );
    expect(alert?.evidence?.errorRatio).toBeGreaterThan(0.0144);
    expect(alert?.evidence?.shortErrorRatio).toBeGreaterThan(0.09);
    // The short window says soon that it is over; the long one would not for an hour.
    run(360, 0);
    expect(told).toEqual(['fired budget', 'resolved budget']);
  });

  it('pages by six hours for a slow burn, and not below it', () => {
    const slow = createService(BURN);
    slow.run(6 * 3600, 0.005);
    expect(slow.told).toEqual([]);
    const faster = createService(BURN);
    faster.run(6 * 3600, 0.007);
    expect(faster.told).toEqual(['fired budget']);
    expect(faster.engine.alerts()[0]?.evidence).toMatchObject({ windowMs: 21_600_000 });
  });

  it('is not led astray by counters that begin again', () => {
    const { run, restart, told } = createService({ ...BURN, indicator: { good: 'good', total: 'requests' } });
    for (let round = 0; round < 6; round++) {
      run(600, 0.0005);
      restart();
    }
    expect(told).toEqual([]);
  });

  it('says nothing of a few events, or of counters that are read one after the other', () => {
    const { engine, observe, told, pass } = createEngine([
      { ...BURN, indicator: { good: 'good', total: 'requests' }, minEvents: 100 },
    ]);
    for (let round = 1; round <= 20; round++) {
      observe('requests', round * 4);
      engine.tick();
      pass(5000);
      observe('good', round * 4);
      engine.tick();
    }
    observe('requests', 90);
    observe('good', 80);
    engine.tick();
    expect(told).toEqual([]);
    observe('requests', 110);
    observe('good', 80);
    engine.tick();
    expect(told).toEqual(['fired budget']);
  });

  it('counts the first error of a counter that was not there before', () => {
    const { engine, clock, observe, told } = createEngine([BURN]);
    for (let round = 0; round < 10; round++) {
      clock.advance(10_000);
      observe('requests', round * 10);
      engine.tick();
    }
    observe('errors', 5);
    observe('requests', 100);
    engine.tick();
    expect(told).toEqual(['fired budget']);
    expect(engine.alerts()[0]?.evidence).toMatchObject({ errorRatio: 0.05 });
  });
});
