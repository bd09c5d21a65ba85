import { describe, expect, it } from 'vitest';
import { createEngine, START } from '../engine/engine-harness.ts';

const SLOW = { kind: 'threshold', name: 'slow', metric: 'response-time', above: 500 } as const;

describe('threshold rule', () => {
  it('fires at once, says why, and is resolved at once', () => {
    const { engine, observe, told } = createEngine([SLOW]);
    observe('response-time', 500);
    expect(engine.alerts()).toEqual([]);
    observe('response-time', 512.25);
    expect(engine.alerts()).toEqual([
      {
        id: 'slow',
        name: 'slow',
        severity: 'warning',
        message: 'response-time is 512.25, above 500',
        since: START,
        labels: {},
        value: 512.25,
        threshold: 500,
        state: 'firing',
        updatedAt: START,
        firedAt: START,
        count: 1,
        isFlapping: false,
        silencedBy: [],
        rule: 'slow',
      },
    ]);
    observe('response-time', 500);
    expect(engine.alerts()).toEqual([]);
    expect(told).toEqual(['fired slow', 'resolved slow']);
  });

  it('is pending for as long as it says, and the time begins anew after a good value', () => {
    const { observe, pass, told, happened, active } = createEngine([{ ...SLOW, for: '30s' }]);
    observe('response-time', 900);
    expect(active()).toEqual(['pending slow']);
    pass(29_000);
    observe('response-time', 100);
    expect(active()).toEqual([]);
    observe('response-time', 900);
    pass(29_000);
    expect(active()).toEqual(['pending slow']);
    pass(1000);
    expect(active()).toEqual(['firing slow']);
    expect(told).toEqual(['fired slow']);
    expect(happened).toEqual(['pending slow', 'pending slow', 'fired slow']);
  });

  it('clears with hysteresis, and says what it waits for', () => {
    const { engine, observe, told } = createEngine([{ ...SLOW, clear: 400 }]);
    observe('response-time', 450);
    expect(told).toEqual([]);
    observe('response-time', 600);
    observe('response-time', 450);
    expect(engine.alerts()[0]?.message).toBe('response-time is 450, not yet clear at 400');
    observe('response-time', 400);
    expect(told).toEqual(['fired slow', 'resolved slow']);
  });

  it('keeps firing for a while after the condition is gone', () => {
    const { observe, pass, active, told } = createEngine([{ ...SLOW, keepFiringFor: '1m' }]);
    observe('response-time', 600);
    observe('response-time', 100);
    pass(59_000);
    expect(active()).toEqual(['firing slow']);
    observe('response-time', 600);
    observe('response-time', 100);
    pass(59_000);
    expect(active()).toEqual(['firing slow']);
    pass(1000);
    expect(told).toEqual(['fired slow', 'resolved slow']);
  });

  it('looks below, at each label set by itself, and at those that match', () => {
    const { observe, active } = createEngine([
      {
        kind: 'threshold',
        name: 'idle',
        metric: 'rate',
        below: 1,
        matchers: { route: '/api/*', method: ['GET', 'POST'] },
        labels: { team: 'shop' },
      },
    ]);
    observe('rate', 0.5, { route: '/api/a', method: 'GET' });
    observe('rate', 0.5, { method: 'POST', route: '/api/b' });
    observe('rate', 0.5, { route: '/api/c', method: 'PUT' });
    observe('rate', 0.5, { route: '/health', method: 'GET' });
    observe('rate', 2, { route: '/api/b', method: 'POST' });
    expect(active()).toEqual(['firing idle{method="GET",route="/api/a",team="shop"}']);
  });

  it.each([
    ['mean', [100, 900], 500],
    ['min', [100, 900], 100],
    ['max', [100, 900], 900],
    ['sum', [100, 900], 1000],
    ['count', [100, 900], 2],
    ['p50', [100, 100, 900], 100],
    ['p99', [100, ...new Array(200).fill(900)], 900],
  ] as const)('judges the %s of a window', (aggregate, values, expected) => {
    const { engine, observe, pass } = createEngine([
      { ...SLOW, above: expected * 0.9, aggregate, window: '1m' },
    ]);
    for (const value of values) observe('response-time', value);
    expect(engine.alerts()).toEqual([]);
    pass(1000);
    const [alert] = engine.alerts();
    expect(alert?.message).toContain(`${aggregate} of response-time is`);
    expect((alert?.value ?? 0) / expected).toBeCloseTo(1, 1);
  });

  it('forgets what has left the window', () => {
    const { observe, pass, told } = createEngine([{ ...SLOW, above: 2, aggregate: 'count', window: '1m' }]);
    for (let each = 0; each < 3; each++) observe('response-time', 1);
    pass(55_000);
    expect(told).toEqual(['fired slow']);
    pass(10_000);
    expect(told).toEqual(['fired slow', 'resolved slow']);
  });

  it('resolves what is not observed any more, and forgets it', () => {
    const { engine, observe, pass, told } = createEngine([{ ...SLOW, staleAfter: '1m' }]);
    observe('response-time', 900, { route: '/' });
    pass(59_000);
    expect(engine.series.taken).toBe(1);
    pass(1000);
    expect(engine.series.taken).toBe(0);
    expect(told).toEqual(['fired slow{route="/"}', 'resolved slow{route="/"}']);
  });

  it('takes observations late, in their order, and from the future as of now', () => {
    const { engine, observe, pass, active } = createEngine([{ ...SLOW, for: '10s' }]);
    pass(60_000);
    observe('response-time', 100);
    observe('response-time', 900, undefined, START + 30_000);
    expect(active()).toEqual([]);
    observe('response-time', 900, undefined, START + 1e9);
    expect(engine.alerts()[0]?.since).toBe(START + 60_000);
  });

  it('is not led astray by a wall clock that jumps', () => {
    const { clock, observe, pass, active } = createEngine([{ ...SLOW, for: '1m' }]);
    observe('response-time', 900);
    clock.setWallTime(START + 3_600_000);
    pass(30_000);
    expect(active()).toEqual(['pending slow']);
    clock.setWallTime(START - 3_600_000);
    observe('response-time', 900);
    pass(30_000);
    expect(active()).toEqual(['firing slow']);
  });

  it('leaves out what is no number, and counts it', () => {
    const { engine, observe } = createEngine([SLOW]);
    observe('response-time', Number.NaN);
    observe('response-time', Number.POSITIVE_INFINITY);
    expect(engine.ignored).toBe(2);
    expect(engine.series.taken).toBe(0);
  });

  it('bounds the label sets, and counts what finds no place', () => {
    const { engine, observe } = createEngine([SLOW], { maxSeries: 2 });
    for (const route of ['/a', '/b', '/c', '/a']) observe('response-time', 900, { route });
    expect(engine.series).toMatchObject({ taken: 2, dropped: 1 });
    expect(engine.alerts()).toHaveLength(2);
  });
});

describe('messages of rules', () => {
  it('fills templates', () => {
    const { engine, observe } = createEngine([
      {
        ...SLOW,
        severity: 'critical',
        message:
          '{{ name }} {{severity}}: {{labels.route}}{{labels.none}} {{value}}/{{threshold}} ({{text}})',
      },
    ]);
    observe('response-time', 1000 / 3 + 500, { route: '/{{value}}$&' });
    expect(engine.alerts()[0]?.message).toBe(
      'slow critical: /{{value}}$& 833.333/500 (response-time is 833.333, above 500)',
    );
  });

  it('isolates functions, and reports each failure once', () => {
    let answer: unknown;
    const { engine, observe, failures } = createEngine([
      {
        ...SLOW,
        message: () => {
          if (answer === 'throw') throw new Error('boom');
          return answer as string;
        },
      },
    ]);
    for (const [given, expected] of [
      [undefined, 'response-time is 900, above 500'],
      ['throw', 'response-time is 900, above 500'],
      ['own words', 'own words'],
      ['throw', 'response-time is 900, above 500'],
    ]) {
      answer = given;
      observe('response-time', 900);
      expect(engine.alerts()[0]?.message).toBe(expected);
    }
    expect(failures).toEqual([
      'message of rule "slow": it must return a text that is not empty',
      'message of rule "slow": boom',
    ]);
  });
});
