import { describe, expect, it } from 'vitest';
import type { SilenceInput } from '../../src/silences/silence-input.ts';
import { createEngine, START } from '../engine/engine-harness.ts';

const FULL = { name: 'disk-full', message: 'disk is full', labels: { host: 'a' } };
const ID = 'disk-full{host="a"}';

describe('silences', () => {
  it('keep alerts from being told, and tell them when they are over', () => {
    const { engine, told, pass, silences } = createEngine();
    const id = engine.silence({ matchers: { host: 'a' }, for: '1m', by: 'ann', comment: 'new disk' });
    engine.raise(FULL);
    expect(engine.alerts()[0]?.silencedBy).toEqual([id]);
    expect(engine.silences()).toEqual([
      { id, matchers: { host: 'a' }, from: START, until: START + 60_000, by: 'ann', comment: 'new disk' },
    ]);
    pass(60_000);
    expect(engine.silences()).toEqual([]);
    expect(told).toEqual([`(fired ${ID})`, `fired ${ID}`]);
    expect(silences).toHaveLength(1);
  });

  it('hush alerts that were told before, and nothing is told twice after', () => {
    const { engine, told, changes, silences } = createEngine();
    engine.raise(FULL);
    const id = engine.silence({
      matchers: { severity: 'warning' },
      until: new Date(START + 60_000),
      by: 'ann',
    });
    engine.raise({ ...FULL, labels: { host: 'b' }, severity: 'critical' });
    expect(engine.unsilence(id)).toBe(true);
    expect(engine.unsilence(id)).toBe(false);
    expect(told).toEqual([`fired ${ID}`, 'fired disk-full{host="b"}']);
    expect(changes.filter(({ kind }) => kind === 'updated').map(({ alert }) => alert.silencedBy)).toEqual([
      [id],
      [],
    ]);
    expect(silences.at(-1)).toMatchObject({ id, until: START });
  });

  it('do not hold an alert that gets graver than they say', () => {
    const { engine, told } = createEngine();
    engine.silence({ matchers: { severity: ['info', 'warning'] }, for: '1h', by: 'ann' });
    engine.raise(FULL);
    engine.raise({ ...FULL, severity: 'critical' });
    expect(told).toEqual([`(fired ${ID})`, `fired ${ID}`]);
  });

  it('last over a restart', () => {
    const first = createEngine();
    const id = first.engine.silence({ matchers: { host: '*' }, for: '1h', by: 'ann' });
    const over = { ...first.engine.silences()[0], id: 'over', until: START - 1 } as never;
    const second = createEngine();
    second.engine.restore({ alerts: [], silences: [...first.silences, over] });
    second.engine.raise(FULL);
    expect(second.engine.alerts()[0]?.silencedBy).toEqual([id]);
  });

  it('are those of maintenance windows too, while these are in force', () => {
    const { engine, told, pass } = createEngine();
    engine.addMaintenanceWindow({ name: 'noon', matchers: { host: 'a' }, start: '12:01', duration: '1m' });
    engine.raise(FULL);
    engine.raise({ ...FULL, labels: { host: 'b' } });
    pass(60_000);
    engine.raise({ ...FULL, labels: { host: 'a', disk: '2' } });
    expect(engine.alerts().map(({ silencedBy }) => silencedBy)).toEqual([['noon'], [], ['noon']]);
    expect(engine.maintenance()).toEqual([{ name: 'noon', isActive: true }]);
    pass(60_000);
    expect(told.at(-1)).toBe('fired disk-full{disk="2",host="a"}');
    expect(told).toHaveLength(4);
    expect(() => engine.addMaintenanceWindow({ name: 'noon', start: '12:01', duration: '1m' })).toThrow(
      'already',
    );
    expect(engine.removeMaintenanceWindow('noon')).toBe(true);
    expect(engine.removeMaintenanceWindow('noon')).toBe(false);
  });

  it.each([
    [undefined, 'matchers must be'],
    [{ matchers: {}, for: '1h', by: 'a' }, "{ name: '*' } silences all alerts"],
    [{ matchers: { a: 'b' }, by: 'a' }, 'until must be given, or `for`, and not both'],
    [
      { matchers: { a: 'b' }, for: '1h', until: START + 1, by: 'a' },
      'until must be given, or `for`, and not both',
    ],
    [{ matchers: { a: 'b' }, until: START, by: 'a' }, 'until must be a time to come'],
    [{ matchers: { a: 'b' }, until: 'tomorrow', by: 'a' }, 'until must be a time to come'],
    [{ matchers: { a: 'b' }, for: '1h' }, 'by must be a non-empty string'],
    [{ matchers: { a: 'b' }, for: '1h', by: 'a', comment: 1 }, 'comment must be a text'],
  ])('refuse %j', (input, message) => {
    const { engine } = createEngine();
    expect(() => engine.silence(input as SilenceInput)).toThrow(message);
  });

  it('are bounded in number', () => {
    const { engine } = createEngine();
    for (let each = 0; each < 1000; each++) engine.silence({ matchers: { a: 'b' }, for: '1h', by: 'a' });
    expect(() => engine.silence({ matchers: { a: 'b' }, for: '1h', by: 'a' })).toThrow(
      'there are 1000 silences',
    );
  });
});
