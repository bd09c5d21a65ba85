import { describe, expect, it } from 'vitest';
import { controlledLoader, outcomeOf, settle } from '../support/controlled-loader.ts';
import { fleet, never } from './fleet.ts';

describe('a value of the second tier', () => {
  it('comes into the first with what is left of its time, and its tags', async () => {
    const { a, b, clock } = fleet();
    await a.manager.getOrLoad('k', () => ({ id: 1 }), { ttl: 1000, tags: ['t', 'u'] });
    await settle();
    clock.advance(400);
    expect(await b.manager.getOrLoad('k', never)).toEqual({ id: 1 });
    expect(await b.manager.getOrLoad('k', never)).toEqual({ id: 1 });
    expect(b.tier.log).toEqual(['read k']);
    clock.advance(599);
    expect(b.manager.peek('k')).toEqual({ id: 1 });
    clock.advance(1);
    expect(b.manager.peek('k')).toBe(undefined);
    await a.manager.getOrLoad('k', () => ({ id: 2 }), { ttl: 1000, tags: ['t', 'u'] });
    await settle();
    await b.manager.getOrLoad('k', never);
    b.manager.local.invalidateTags('u');
    expect(b.manager.peek('k')).toBe(undefined);
  });

  it.each([
    [undefined],
    [null],
    [0],
    [false],
    [''],
    [Number.NaN],
    [new Date(5)],
    [new Map([[1, new Set([2])]])],
    [10n],
  ])('is what it was: %s', async (value) => {
    const { a, b } = fleet();
    await a.manager.getOrLoad('loaded', () => value);
    await a.manager.set('set', value);
    for (const key of ['loaded', 'set']) {
      expect(await b.manager.has(key)).toBe(true);
      expect(await b.manager.get(key)).toEqual(value);
      expect(await b.manager.getOrLoad(key, never)).toEqual(value);
    }
  });

  it('is found by get and has; get fills the first tier', async () => {
    const { a, b, clock } = fleet();
    await a.manager.set('k', 'v', { ttl: 100 });
    expect(await b.manager.get('k')).toBe('v');
    expect(b.manager.peek('k')).toBe('v');
    expect(await b.manager.get('k')).toBe('v');
    expect(b.tier.log).toEqual(['read k']);
    clock.advance(100);
    expect([await b.manager.get('k'), await b.manager.has('k')]).toEqual([undefined, false]);
    expect(b.manager.getStats().tier).toMatchObject({ state: 'up', reads: { hit: 1, miss: 2 } });
  });

  it('is loaded and written with the ttl of its kind', async () => {
    const { a, b, clock } = fleet({ negativeTtl: 50, defaultTtl: 1000 });
    await a.manager.getOrLoad('nothing', () => undefined);
    await a.manager.getOrLoad('something', () => 1);
    await a.manager.set('set', 2);
    clock.advance(50);
    expect([
      await b.manager.has('nothing'),
      await b.manager.has('something'),
      await b.manager.has('set'),
    ]).toEqual([false, true, true]);
    clock.advance(950);
    expect([await b.manager.has('something'), await b.manager.has('set')]).toEqual([false, false]);
  });

  it('is compressed on its way where that is a gain', async () => {
    const { a, b, server } = fleet({ enableCompression: true });
    const value = Array.from({ length: 5000 }, (_, id) => ({ id, name: 'the same for all' }));
    await a.manager.getOrLoad('k', () => value);
    // Larger values are compressed off the event loop.
    await a.manager.stop();
    const bytes = server.records.get('k')?.record.payload.length ?? 0;
    expect(bytes).toBeGreaterThan(1000);
    expect(bytes).toBeLessThan(JSON.stringify(value).length / 4);
    expect(await b.manager.get('k')).toEqual(value);
    await a.manager.set('small', 'x');
    expect(await b.manager.get('small')).toBe('x');
  });

  it('that cannot be decoded is a miss, an error event, and written anew', async () => {
    const { a, b, server } = fleet();
    await a.manager.set('k', 'v');
    const stored = server.records.get('k');
    for (const payload of [
      new Uint8Array(),
      new Uint8Array([0, 123]),
      new Uint8Array([99, 1, 2, 3, 4, 5, 6]),
    ]) {
      if (stored !== undefined) server.records.set('k', { ...stored, record: { ...stored.record, payload } });
      b.manager.local.clear();
      b.errors.length = 0;
      expect(await b.manager.get('k')).toBe(undefined);
      expect(b.errors).toEqual(['second tier\'s value of "k"']);
      expect(await b.manager.getOrLoad('k', () => 'loaded')).toBe('loaded');
      b.manager.local.clear();
      expect(await b.manager.get('k')).toBe('loaded');
    }
  });

  it('that cannot be encoded is given, not stored, and reported', async () => {
    const { a, b } = fleet();
    const unstorable = { save: () => {} };
    expect(await a.manager.getOrLoad('k', () => unstorable)).toBe(unstorable);
    await settle();
    expect(a.errors).toEqual(['value of "k" for the second tier']);
    expect(a.tier.log).toEqual(['read k', 'release k']);
    await b.manager.set('k', 'before');
    await expect(a.manager.set('k', unstorable)).rejects.toMatchObject({ code: 'UNSTORABLE_VALUE' });
    // What was there is not what was set.
    expect(await b.manager.get('k')).toBe(undefined);
  });
});

describe('a loaded value and the second tier', () => {
  it('is written with the fence of its load, after it was given', async () => {
    const { a, server } = fleet();
    const release = a.tier.hold('write', 'request');
    expect(await a.manager.getOrLoad('k', () => 1)).toBe(1);
    await settle();
    expect([server.records.has('k'), a.manager.getStats().inFlight]).toEqual([false, 1]);
    release();
    await settle();
    expect([server.records.has('k'), a.manager.getStats().inFlight]).toEqual([true, 0]);
    expect(a.manager.getStats().tier?.writes).toEqual({ stored: 1, fenced: 0, away: 0 });
  });

  it('is dropped from the first where the second refuses it', async () => {
    const { a, b, server } = fleet();
    const loader = controlledLoader<string>();
    const loading = a.manager.getOrLoad('k', loader.load, { tags: ['t'] });
    await settle();
    // The message is on its way when the value comes.
    server.tiers.delete(a.tier);
    await b.manager.invalidateTags('t');
    loader.call(0).resolve('old');
    expect(await loading).toBe('old');
    await settle();
    expect([a.manager.peek('k'), server.records.has('k')]).toEqual([undefined, false]);
    expect(a.manager.getStats().tier?.writes).toEqual({ stored: 0, fenced: 1, away: 0 });
  });

  it('does not take with it what has come since', async () => {
    const { a, b, server } = fleet();
    const loader = controlledLoader<string>();
    const loading = a.manager.getOrLoad('k', loader.load);
    await settle();
    server.tiers.delete(a.tier);
    await b.manager.delete('k');
    server.tiers.add(a.tier);
    const release = a.tier.hold('write', 'response');
    loader.call(0).resolve('old');
    await loading;
    await settle();
    await a.manager.delete('k');
    expect(await a.manager.getOrLoad('k', () => 'new')).toBe('new');
    release();
    await settle();
    expect(a.manager.peek('k')).toBe('new');
    expect(await a.manager.get('k')).toBe('new');
  });

  it('is not written, nor asked for, while the second is away; loads go on', async () => {
    const { a, server } = fleet();
    a.tier.cut();
    expect(await a.manager.getOrLoad('k', () => 1)).toBe(1);
    expect(await a.manager.get('other')).toBe(undefined);
    expect(await a.manager.set('s', 1)).toBe(false);
    expect(await a.manager.delete('k')).toBe(false);
    expect(await a.manager.invalidateTags('t')).toBe(false);
    await settle();
    expect([server.records.size, a.tier.log.includes('write k')]).toEqual([0, false]);
    expect(a.manager.getStats()).toMatchObject({ tier: { state: 'away' } });
  });

  it('fails for all, and gives back the lease', async () => {
    const { a, b, clock } = fleet({}, { fleetSingleFlight: true });
    const loader = controlledLoader<string>();
    const failing = outcomeOf(a.manager.getOrLoad('k', loader.load));
    await settle();
    const other = outcomeOf(b.manager.getOrLoad('k', () => 'by b'));
    await settle();
    loader.call(0).reject(new Error('down'));
    await settle();
    expect([failing.error, other.state]).toEqual([new Error('down'), 'pending']);
    await clock.advanceAsync(20);
    expect(other.value).toBe('by b');
    expect(a.tier.log).toContain('release k');
  });

  it('that is not to be kept gives back the lease too', async () => {
    const { a, b } = fleet({ negativeTtl: 0 }, { fleetSingleFlight: true });
    expect(await a.manager.getOrLoad('k', () => null)).toBe(null);
    expect(await b.manager.getOrLoad('k', () => 'by b')).toBe('by b');
    expect(await a.manager.getOrLoad('l', () => 1, { tags: () => 'junk' as never })).toBe(1);
    expect(await b.manager.getOrLoad('l', () => 'by b')).toBe('by b');
  });

  it('is refreshed early by a load, unless another instance has done so', async () => {
    const { a, b, clock } = fleet({ earlyRefresh: 1, random: () => 1e-9 });
    const slow = (value: string) => () =>
      new Promise<string>((resolve) => clock.setTimeout(() => resolve(value), 100));
    const options = { ttl: 1000 };
    const first = a.manager.getOrLoad('k', slow('first'), options);
    await clock.advanceAsync(100);
    await first;
    expect(await b.manager.getOrLoad('k', never, options)).toBe('first');
    await clock.advanceAsync(700);
    // The second tier has no more than what is to be refreshed.
    expect(await a.manager.getOrLoad('k', slow('second'), options)).toBe('first');
    await clock.advanceAsync(100);
    expect(await a.manager.getOrLoad('k', never, options)).toBe('second');
    // By now it has.
    expect(await b.manager.getOrLoad('k', never, options)).toBe('first');
    await settle();
    expect(await b.manager.getOrLoad('k', never, options)).toBe('second');
    expect([a.manager.getStats().loads, b.manager.getStats().loads]).toEqual([2, 0]);
  });

  it('is waited for where another instance loads it, not for ever', async () => {
    const { a, b, clock } = fleet({}, { fleetSingleFlight: true });
    const loader = controlledLoader<string>();
    const loading = a.manager.getOrLoad('k', loader.load);
    await settle();
    const waiting = outcomeOf(b.manager.getOrLoad('k', never));
    await clock.advanceAsync(500);
    expect(waiting.state).toBe('pending');
    loader.call(0).resolve('by a');
    expect(await loading).toBe('by a');
    await clock.advanceAsync(20);
    expect(waiting.value).toBe('by a');

    void a.manager.getOrLoad('hangs', loader.load).catch(() => {});
    await settle();
    const patient = outcomeOf(b.manager.getOrLoad('hangs', () => 'by b'));
    await clock.advanceAsync(4999);
    expect(patient.state).toBe('pending');
    await clock.advanceAsync(40);
    expect(patient.value).toBe('by b');
    // A plain get does not wait at all.
    expect(await b.manager.get('hangs')).toBe('by b');
    void a.manager.getOrLoad('hangs too', loader.load).catch(() => {});
    await settle();
    expect(await b.manager.get('hangs too')).toBe(undefined);
  });

  it('of many keys is looked for by key, and loaded by one call', async () => {
    const { a, b } = fleet();
    await a.manager.set('x', 'from a');
    const asked: (readonly string[])[] = [];
    const load = (keys: readonly string[]) => {
      asked.push(keys);
      return keys.map((key) => `${key} loaded`);
    };
    expect([...(await b.manager.loadMany(['w', 'x', 'y'], load))]).toEqual([
      ['w', 'w loaded'],
      ['x', 'from a'],
      ['y', 'y loaded'],
    ]);
    expect(asked).toEqual([['w', 'y']]);
    await settle();
    expect([...(await a.manager.loadMany(['y', 'w', 'x'], never)).values()]).toEqual([
      'y loaded',
      'w loaded',
      'from a',
    ]);
  });
});
