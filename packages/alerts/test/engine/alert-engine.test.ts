import { type ConfigurationError, StateError, UnknownNameError } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlertInput, TrackedAlert } from '../../src/alert-state.ts';
import { createEngine, START } from './engine-harness.ts';

const FULL: AlertInput = { name: 'disk-full', message: 'disk is full', labels: { host: 'a' } };

describe('alerts that are raised directly', () => {
  it('are one alert by name and labels, with the latest values', () => {
    const { engine, clock, told } = createEngine();
    const id = engine.raise({ ...FULL, value: 91, evidence: { free: 9 } });
    clock.advance(5000);
    expect(engine.raise({ ...FULL, message: 'disk is fuller', value: 95 })).toBe(id);
    expect(engine.raise({ ...FULL, labels: { host: 'b' } })).not.toBe(id);
    expect(engine.alerts()[0]).toEqual({
      id: 'disk-full{host="a"}',
      name: 'disk-full',
      severity: 'warning',
      message: 'disk is fuller',
      labels: { host: 'a' },
      value: 95,
      since: START,
      firedAt: START,
      updatedAt: START + 5000,
      state: 'firing',
      count: 2,
      isFlapping: false,
      silencedBy: [],
    });
    expect(engine.resolve(id)).toBe(true);
    expect(engine.resolve(id)).toBe(false);
    expect(told).toEqual([
      'fired disk-full{host="a"}',
      'fired disk-full{host="b"}',
      'resolved disk-full{host="a"}',
    ]);
  });

  it('are told again at once when they get graver, and with new values once a minute', () => {
    const { engine, changes, pass } = createEngine();
    engine.raise({ ...FULL, id: 'x' });
    engine.raise({ ...FULL, id: 'x', severity: 'critical' });
    expect(changes.map(({ kind, alert }) => [kind, alert.severity])).toEqual([
      ['fired', 'warning'],
      ['updated', 'critical'],
    ]);
    for (let second = 0; second < 150; second++) {
      engine.raise({ ...FULL, id: 'x', severity: 'critical', message: `free: ${second}` });
      pass(1000);
    }
    expect(changes.slice(2).map(({ kind, alert }) => [kind, alert.message])).toEqual([
      ['updated', 'free: 59'],
      ['updated', 'free: 119'],
    ]);
    pass(300_000);
    expect(changes).toHaveLength(5);
    expect(changes.at(-1)?.alert.message).toBe('free: 149');
  });

  it('are resolved when nobody raises them any more', () => {
    const { engine, pass, told } = createEngine([], { resolveAfterMs: 60_000 });
    engine.raise(FULL);
    pass(59_000);
    engine.raise(FULL);
    pass(59_000);
    expect(told).toHaveLength(1);
    pass(1000);
    expect(told[1]).toBe('resolved disk-full{host="a"}');
  });

  it('are acknowledged by somebody', () => {
    const { engine, changes, happened } = createEngine();
    const id = engine.raise(FULL);
    engine.acknowledge(id, 'ann');
    expect(changes.at(-1)).toMatchObject({ kind: 'updated', alert: { acknowledgedBy: 'ann' } });
    expect(happened).toEqual([`fired ${id}`, `updated ${id}`, `acknowledged ${id}`]);
    expect(() => engine.acknowledge('other', 'ann')).toThrow(UnknownNameError);
    expect(() => engine.acknowledge(id, '')).toThrow('by must be a non-empty string');
    // The next time it is somebody else's.
    engine.resolve(id);
    engine.raise(FULL);
    expect(engine.alerts()[0]?.acknowledgedBy).toBeUndefined();
  });

  it.each([
    [undefined, ['name', 'message']],
    [null, ['']],
    [{ ...FULL, name: '', severity: 'fatal' }, ['name', 'severity']],
    [{ ...FULL, labels: { a: null } }, ['labels["a"]']],
    [{ ...FULL, labels: [] }, ['labels']],
    [{ ...FULL, since: 'now', value: '3' }, ['since', 'value']],
    [{ ...FULL, evidence: 'much' }, ['evidence']],
  ])('refuse %j, naming each fault', (input, paths) => {
    const { engine } = createEngine();
    try {
      engine.raise(input as AlertInput);
      expect.unreachable();
    } catch (error) {
      expect((error as ConfigurationError).issues.map(({ path }) => path)).toEqual(paths);
    }
    expect(engine.alerts()).toEqual([]);
  });

  it('are bounded copies, whatever they carry', () => {
    const { engine } = createEngine();
    const cycle: Record<string, unknown> = {
      big: 10n,
      map: new Map([['a', new Error('x')]]),
      not: Number.NaN,
      none: undefined,
    };
    cycle.self = cycle;
    const evidence = { cycle, list: new Array(1000).fill('y'.repeat(5000)) };
    const id = engine.raise({
      name: 'n'.repeat(1000),
      message: 'm'.repeat(1e6),
      labels: { long: '😀'.repeat(1e5) },
      value: Number.NaN,
      since: START + 1e9,
      evidence,
    });
    evidence.list.length = 0;
    const [alert] = engine.alerts();
    const text = JSON.stringify(alert);
    expect(text.length).toBeLessThan(100_000);
    expect(id.length).toBeLessThanOrEqual(400);
    expect(() => encodeURIComponent(alert?.labels.long ?? '')).not.toThrow();
    expect(alert).toMatchObject({
      since: START,
      evidence: { cycle: { big: '10', map: { a: 'Error: x' }, not: 'NaN', none: null } },
    });
    expect(alert).not.toHaveProperty('value');
    expect(
      engine.raise({
        ...FULL,
        evidence: new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error('no');
            },
          },
        ),
      }),
    ).toBeTypeOf('string');
  });

  it('are bounded in number: one alert tells of those that find no place', () => {
    const { engine, told, pass } = createEngine([], { maxAlerts: 10 });
    for (let each = 0; each < 25; each++) engine.raise({ ...FULL, labels: { host: String(each) } });
    pass(1000);
    expect(engine.alerts()).toHaveLength(11);
    expect(engine.refused).toBe(15);
    expect(engine.alerts().at(-1)).toMatchObject({
      name: 'alerts-overflow',
      severity: 'critical',
      message: '15 alerts found no place: there are 10 already, the most that are tracked',
      value: 15,
    });
    for (let each = 0; each < 5; each++) engine.resolve(`disk-full{host="${each}"}`);
    pass(1000);
    expect(told.at(-1)).toBe('resolved evenkeel-alerts-overflow');
  });
});

describe('alerts of rules', () => {
  const SLOW = { kind: 'threshold', name: 'slow', metric: 'm', above: 1 } as const;

  it('fire again after they were resolved by hand, if the condition still holds', () => {
    const { engine, observe, pass, active } = createEngine([{ ...SLOW, for: '10s' }]);
    observe('m', 2);
    pass(10_000);
    engine.resolve('slow');
    expect(active()).toEqual([]);
    pass(1000);
    expect(active()).toEqual(['pending slow']);
    pass(10_000);
    expect(active()).toEqual(['firing slow']);
  });

  it('go with their rule', () => {
    const { engine, observe, told } = createEngine([SLOW]);
    observe('m', 2, { a: '1' });
    expect(() => engine.addRule(SLOW)).toThrow(StateError);
    expect(engine.removeRule('slow')).toBe(true);
    expect(engine.removeRule('slow')).toBe(false);
    observe('m', 2, { a: '2' });
    expect(told).toEqual(['fired slow{a="1"}', 'resolved slow{a="1"}']);
    expect(engine.series.taken).toBe(0);
  });

  it.each([
    ['metric', () => ['', 1]],
    ['metric', () => [undefined, 1]],
    ['value', () => ['m', '1']],
    ['labels', () => ['m', 1, 'a']],
    ['labels["a"]', () => ['m', 1, { a: {} }]],
    ['at', () => ['m', 1, {}, Number.NaN]],
  ])('refuse observations with a wrong %s', (path, args) => {
    const { engine } = createEngine([SLOW]);
    const [metric, value, labels, at] = args() as [string, number, unknown, number];
    expect(() => engine.observe(metric, value, labels, at)).toThrow(`AlertManager.observe: ${path} must be`);
  });
});

describe('flapping alerts', () => {
  const FLAPPING = { flapping: { changes: 6, halfLifeMs: 300_000 } };

  it('are told as such, then no more until they have calmed down', () => {
    const { engine, told, happened, changes, pass } = createEngine([], FLAPPING);
    for (let round = 0; round < 50; round++) {
      engine.raise(FULL);
      pass(5000);
      engine.resolve('disk-full{host="a"}');
      pass(5000);
    }
    expect(told).toHaveLength(7);
    expect(told.at(-1)).toBe('fired disk-full{host="a"}');
    expect(happened.filter((each) => each.startsWith('flapping'))).toHaveLength(1);
    expect(changes.at(-1)).toMatchObject({ kind: 'updated', alert: { state: 'firing', isFlapping: true } });
    // It is over all the time from here on.
    pass(3_600_000);
    expect(told).toHaveLength(8);
    expect(told.at(-1)).toBe('resolved disk-full{host="a"}');
    expect(engine.alerts()).toEqual([]);
  });

  it('are told as they are when they calm down while they fire', () => {
    const { engine, changes, told, pass } = createEngine([], FLAPPING);
    for (let round = 0; round < 10; round++) {
      engine.resolve('disk-full{host="a"}');
      engine.raise(FULL);
      pass(5000);
    }
    const before = told.length;
    pass(3_600_000);
    expect(told).toHaveLength(before);
    expect(changes.at(-1)).toMatchObject({ kind: 'updated', alert: { state: 'firing', isFlapping: false } });
  });

  it('are not those that come and go now and then', () => {
    const { engine, happened, pass } = createEngine([], FLAPPING);
    for (let round = 0; round < 50; round++) {
      engine.raise(FULL);
      pass(300_000);
      engine.resolve('disk-full{host="a"}');
      pass(60_000);
    }
    expect(happened.filter((each) => each.startsWith('flapping'))).toEqual([]);
  });
});

describe('state of before a restart', () => {
  const SLOW = { kind: 'threshold', name: 'slow', metric: 'm', above: 1, for: '10s' } as const;

  /** What a store would hold, with what people were told. */
  function kept(alerts: readonly TrackedAlert[]): TrackedAlert[] {
    return alerts.map((alert) => ({
      ...structuredClone(alert),
      ...(alert.state === 'firing' && { told: { severity: alert.severity, level: 0 } }),
    }));
  }

  it('goes on: nothing is told twice, and resolved by what is observed', () => {
    const first = createEngine([SLOW]);
    first.engine.raise(FULL);
    first.observe('m', 2, { a: 'fires' });
    first.observe('m', 2, { a: 'is well again' });
    first.observe('m', 2, { a: 'is gone' });
    first.pass(10_000);
    first.observe('m', 2, { a: 'pends' });
    const second = createEngine([SLOW]);
    second.engine.restore({ alerts: kept(first.engine.alerts()), silences: [] });
    second.observe('m', 2, { a: 'fires' });
    second.observe('m', 0, { a: 'is well again' });
    second.observe('m', 2, { a: 'pends' });
    second.pass(10_000);
    expect(second.told).toEqual(['resolved slow{a="is well again"}', 'fired slow{a="pends"}']);
    second.pass(290_000);
    expect(second.told).toContain('resolved slow{a="is gone"}');
    expect(second.active()).toContain('firing disk-full{host="a"}');
  });

  it('waits for a rule that is added later, and resolves what no rule comes back for', () => {
    const first = createEngine([SLOW, { ...SLOW, name: 'removed' }]);
    first.observe('m', 2);
    first.pass(10_000);
    const second = createEngine([]);
    second.engine.restore({ alerts: kept(first.engine.alerts()), silences: [] });
    second.pass(100_000);
    expect(second.told).toEqual([]);
    second.engine.addRule(SLOW);
    second.observe('m', 2);
    second.pass(200_000);
    expect(second.told).toEqual(['resolved removed']);
    second.observe('m', 0);
    expect(second.told).toEqual(['resolved removed', 'resolved slow']);
  });

  it('is told where it had not been before', () => {
    const { engine, told } = createEngine();
    const first = createEngine();
    first.engine.raise(FULL);
    engine.restore({ alerts: first.engine.alerts(), silences: [] });
    expect(told).toEqual(['fired disk-full{host="a"}']);
  });
});

describe('raising and resolving at random', () => {
  it('tells each alert in turn: fired, then resolved, and in the end all that fires is active', () => {
    const commands = fc.array(
      fc.tuple(
        fc.constantFrom('raise', 'resolve', 'pass', 'silence', 'unsilence'),
        fc.constantFrom('a', 'b', 'c'),
      ),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(commands, fc.boolean(), (steps, isDamped) => {
        const { engine, changes, pass } = createEngine(
          [],
          isDamped ? { flapping: { changes: 3, halfLifeMs: 5000 } } : {},
        );
        const holds = new Set<string>();
        const silences: string[] = [];
        for (const [command, id] of steps) {
          if (command === 'raise') holds.add(engine.raise({ ...FULL, id, labels: { id } }));
          if (command === 'resolve') {
            engine.resolve(id);
            holds.delete(id);
          }
          if (command === 'pass') pass(3000);
          if (command === 'silence')
            silences.push(engine.silence({ matchers: { id }, for: '1h', by: 'test' }));
          if (command === 'unsilence') engine.unsilence(silences.pop() ?? '');
        }
        for (const id of silences) engine.unsilence(id);
        pass(600_000);
        expect(new Set(engine.alerts().map(({ id }) => id))).toEqual(holds);
        for (const id of ['a', 'b', 'c']) {
          const heard = changes.filter(
            ({ alert, kind }) => alert.id === id && kind !== 'updated' && alert.silencedBy.length === 0,
          );
          // What was resolved while it was silenced was not heard.
          const kinds = heard.map(({ kind }) => kind).filter((kind, index, all) => kind !== all[index - 1]);
          const last = kinds.at(-1);
          if (holds.has(id)) expect(last).toBe('fired');
          const wholeLife = changes.filter(({ alert }) => alert.id === id).map(({ kind }) => kind);
          let isOpen = false;
          for (const kind of wholeLife) {
            if (kind === 'resolved') {
              expect(isOpen).toBe(true);
              isOpen = false;
            } else {
              isOpen = true;
            }
          }
          expect(isOpen).toBe(holds.has(id));
        }
      }),
      { numRuns: 300 },
    );
  });
});
