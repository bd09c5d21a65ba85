import { describe, expect, it } from 'vitest';
import { controlledLoader, settle } from '../support/controlled-loader.ts';
import { fleet, never } from './fleet.ts';

describe('without word from the second tier', () => {
  it('entries are used until their confirmation is older than the staleness bound', async () => {
    const { a, clock } = fleet();
    await a.manager.getOrLoad('k', () => 'old');
    clock.advance(5000);
    expect(await a.manager.get('k')).toBe('old');
    a.tier.cut();
    clock.advance(1);
    // Confirmed 5 s ago: another instance may have invalidated it since the link was cut.
    expect([a.manager.peek('k'), await a.manager.get('k'), await a.manager.has('k')]).toEqual([
      undefined,
      undefined,
      false,
    ]);
    const loader = controlledLoader<string>();
    const loading = a.manager.getOrLoad('k', loader.load);
    await clock.advanceAsync(300);
    loader.call(0).resolve('new');
    expect(await loading).toBe('new');
    // The bound counts from when the load began.
    clock.advance(700);
    expect(await a.manager.get('k')).toBe('new');
    clock.advance(1);
    expect(await a.manager.get('k')).toBe(undefined);
  });

  it('stale values are not given for longer either', async () => {
    const { a, clock } = fleet();
    const options = { ttl: 100, staleIfError: '1h', staleWhileRevalidate: '1h' };
    await a.manager.getOrLoad('k', () => 'old', options);
    a.tier.cut();
    clock.advance(900);
    expect(await a.manager.getOrLoad('k', () => Promise.reject(new Error('down')), options)).toBe('old');
    clock.advance(101);
    await expect(a.manager.getOrLoad('k', () => Promise.reject(new Error('down')), options)).rejects.toThrow(
      'down',
    );
  });

  it('the tier is told of once, and once more when it is back', async () => {
    const { a } = fleet();
    const states: unknown[] = [];
    a.manager.on('tier_changed', (state) => states.push(state));
    a.tier.cut();
    a.tier.mend();
    expect(states).toEqual([{ kind: 'away', reason: 'cut' }, { kind: 'up' }]);
    a.tier.fail('sweep', new Error('broken'));
    expect(a.errors).toEqual(['sweep']);
  });

  it('it works before start(), after stop(), and all the while in between', async () => {
    const { instance } = fleet();
    const { manager } = instance();
    await manager.stop();
    expect(await manager.getOrLoad('k', () => 1)).toBe(1);
    expect(await manager.getOrLoad('k', never)).toBe(1);
    manager.start();
    expect(await manager.getOrLoad('k', never)).toBe(1);
  });
});

describe('a stale value of the second tier', () => {
  const options = { ttl: 100, staleWhileRevalidate: 1000 };

  it('is given at once where that was asked for, and refreshed in the background', async () => {
    const { a, b, clock } = fleet();
    await a.manager.getOrLoad('k', () => 'old', options);
    await settle();
    clock.advance(600);
    const loader = controlledLoader<string>();
    expect(await b.manager.getOrLoad('k', loader.load, options)).toBe('old');
    await settle();
    expect(loader.calls).toHaveLength(1);
    expect(await b.manager.getOrLoad('k', loader.load, options)).toBe('old');
    loader.call(0).resolve('new');
    await settle();
    expect(await b.manager.getOrLoad('k', never, options)).toBe('new');
    expect(loader.calls).toHaveLength(1);
    expect(b.manager.getStats()).toMatchObject({ stale: 2, loads: 1 });
    // The other instance finds what was refreshed.
    expect(await a.manager.getOrLoad('k', never)).toBe('new');
  });

  it('is a miss where it was not, and where it is too old', async () => {
    const { a, b, clock } = fleet();
    await a.manager.getOrLoad('k', () => 'old', options);
    await settle();
    clock.advance(600);
    expect(await b.manager.get('k')).toBe(undefined);
    expect(await b.manager.getOrLoad('k', () => 'new')).toBe('new');
    await a.manager.getOrLoad('l', () => 'old', options);
    await settle();
    clock.advance(1100);
    expect(await b.manager.getOrLoad('l', () => 'new', options)).toBe('new');
  });

  it('of many keys is given at once, too, and refreshed by the next read', async () => {
    const { a, b, clock } = fleet();
    await a.manager.getOrLoad('k', () => 'old', options);
    await settle();
    clock.advance(600);
    expect((await b.manager.loadMany(['k'], never, options)).get('k')).toBe('old');
    await settle();
    expect((await b.manager.loadMany(['k'], () => ['new'], options)).get('k')).toBe('old');
    await settle();
    expect((await b.manager.loadMany(['k'], never, options)).get('k')).toBe('new');
  });

  it('of the first tier is replaced by what another instance has refreshed, without a load', async () => {
    const { a, b, clock } = fleet();
    await a.manager.getOrLoad('k', () => 'old', options);
    await b.manager.getOrLoad('k', never, options);
    clock.advance(100);
    await a.manager.getOrLoad('k', () => 'new', options);
    await settle();
    expect(await b.manager.getOrLoad('k', never, options)).toBe('old');
    await settle();
    expect(await b.manager.getOrLoad('k', never, options)).toBe('new');
    expect(b.manager.getStats().loads).toBe(0);
  });

  it('is made by a soft invalidation, on all instances', async () => {
    const { a, b } = fleet();
    const tagged = { ttl: '1h', staleWhileRevalidate: '1h', tags: ['t'] };
    await a.manager.getOrLoad('k', () => 'old', tagged);
    await b.manager.getOrLoad('k', never, tagged);
    await a.manager.invalidateTags('t', { soft: true });
    expect([a.manager.peek('k'), b.manager.peek('k')]).toEqual([undefined, undefined]);
    expect(await b.manager.getOrLoad('k', () => 'new', tagged)).toBe('old');
    await settle();
    expect(await b.manager.getOrLoad('k', never, tagged)).toBe('new');
    expect(await a.manager.getOrLoad('k', never, tagged)).toBe('old');
    await settle();
    expect(await a.manager.getOrLoad('k', never, tagged)).toBe('new');
  });
});
