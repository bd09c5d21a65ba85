import { ConfigurationError, StateError, UnknownNameError } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { RosterFixture, WELL } from './roster-fixture.ts';

describe('Roster: servers that come', () => {
  it('knows them in their order, with defaults', () => {
    const fixture = new RosterFixture();
    fixture.roster.add('b', {});
    fixture.roster.add('a', { host: '10.0.0.1', port: 8080, weight: 2, metadata: { zone: 'x' } });
    expect(fixture.roster.ids()).toEqual(['b', 'a']);
    const [b, a] = ['b', 'a'].map((id) => fixture.roster.server(fixture.slotOf(id)));
    expect(b).toEqual({
      id: 'b',
      host: 'localhost',
      port: 80,
      protocol: 'http',
      weight: 1,
      maxInFlight: Number.POSITIVE_INFINITY,
      metadata: undefined,
    });
    expect(a).toMatchObject({ host: '10.0.0.1', port: 8080, weight: 2, metadata: { zone: 'x' } });
    expect(Object.isFrozen(a)).toBe(true);
    expect(fixture.roster.state('a')).toEqual({ kind: 'up' });
  });

  it('refuses what is no server', () => {
    const { roster } = new RosterFixture();
    roster.add('a', {});
    expect(() => roster.add('a', {})).toThrow(new StateError('there is a server "a" already'));
    expect(() => roster.add('', {})).toThrow(ConfigurationError);
    expect(() => roster.add('b', { weight: 0 })).toThrow(
      'server: weight must be a number from 0.001 to 1000, got 0',
    );
    expect(() => roster.add('b', { port: 70_000 })).toThrow('port must be an integer from 1 to 65535');
    expect(() => roster.add('b', { maxInFlight: 0.5 })).toThrow('maxInFlight must be a positive integer');
    // @ts-expect-error: what callers without types do
    expect(() => roster.add('b', { wieght: 2 })).toThrow('did you mean weight?');
    // @ts-expect-error: what callers without types do
    expect(() => roster.add('b', { check: 'tcp' })).toThrow('check must be a function');
    expect(roster.ids()).toEqual(['a']);
    expect(() => roster.state('c')).toThrow(UnknownNameError);
    expect(() => roster.update('c', {})).toThrow(UnknownNameError);
  });

  it('takes 10,000 and no more, soon enough', () => {
    const { roster } = new RosterFixture();
    for (let server = 0; server < 10_000; server++) roster.add(`s${server}`, {});
    expect(() => roster.add('one more', {})).toThrow('there are 10000 servers already');
  });
});

describe('Roster: servers that change', () => {
  it('keeps what is in flight and what was measured', () => {
    const fixture = new RosterFixture();
    fixture.addServers(2);
    fixture.settle();
    const id = fixture.pickId();
    const slot = fixture.slotOf(id);
    fixture.hit(id, { ...WELL, failure: 'x' }, 1);
    fixture.roster.update(id, { weight: 3, metadata: 'new' });
    expect(fixture.inFlight(id)).toBe(1);
    expect(fixture.slotOf(id)).toBe(slot);
    const { servers } = fixture.roster.statistics(fixture.now);
    expect(servers[id]).toMatchObject({
      weight: 3,
      effectiveWeight: 3,
      inFlight: 1,
      requests: 1001,
      failures: 1,
      consecutiveFailures: 1,
    });
    expect(fixture.roster.server(slot)).toMatchObject({ weight: 3, metadata: 'new', host: 'localhost' });
    expect(() => fixture.roster.update(id, { weight: -1 })).toThrow(ConfigurationError);
  });

  it('takes another address for another server, which starts slowly', () => {
    const fixture = new RosterFixture();
    fixture.addServers(3);
    fixture.clock.advance(20_000);
    fixture.settle();
    fixture.hit('a', { ...WELL, failure: 'x' }, 2);
    fixture.roster.update('a', { port: 81 });
    expect(fixture.roster.state('a')).toEqual({ kind: 'up', rampUntil: 1_030_000 });
    expect(fixture.effectiveWeight('a')).toBe(0.1);
    expect(fixture.roster.statistics(fixture.now).servers.a).toMatchObject({ consecutiveFailures: 0 });
    fixture.clock.advance(10_000);
    fixture.pickId();
    expect(fixture.effectiveWeight('a')).toBe(1);
  });

  it('sends a server no more than it may have, and tells when it can take more', () => {
    const fixture = new RosterFixture();
    fixture.addServers(2);
    fixture.roster.update('a', { maxInFlight: 1 });
    fixture.roster.update('b', { maxInFlight: 2 });
    expect([1, 2, 3].map(() => fixture.pickId()).sort()).toEqual(['a', 'b', 'b']);
    expect(fixture.pickId()).toBe('none');
    expect(fixture.roster.why([])).toEqual({ kind: 'full', reasons: {} });
    const [a, b] = [fixture.slotOf('a'), fixture.slotOf('b')];
    expect(fixture.roster.why([a, b])).toEqual({ kind: 'none', reasons: { a: 'was tried', b: 'was tried' } });
    const before = fixture.capacityCalls;
    fixture.finish(b, WELL);
    expect(fixture.capacityCalls).toBe(before + 1);
    expect(fixture.pickId()).toBe('b');
    // A lower limit holds for the requests to come; a higher one makes room at once.
    fixture.roster.update('b', { maxInFlight: 1 });
    fixture.finish(b, WELL);
    expect(fixture.pickId()).toBe('none');
    fixture.roster.update('b', { maxInFlight: 5 });
    expect(fixture.pickId()).toBe('b');
  });
});

describe('Roster: servers that go', () => {
  it('drains: no new request, gone with the last one', async () => {
    const fixture = new RosterFixture();
    fixture.addServers(2);
    const slots = [1, 2, 3, 4].map(() => fixture.roster.pick(0, { mayTry: true }));
    const a = fixture.slotOf('a');
    let isGone = false;
    const gone = fixture.roster.remove('a').then(() => {
      isGone = true;
    });
    const joined = fixture.roster.remove('a', { timeout: 1 });
    expect(fixture.roster.state('a')).toEqual({ kind: 'draining', since: 1_000_000 });
    expect(() => fixture.roster.update('a', {})).toThrow('server "a" is being removed');
    expect([1, 2, 3].map(() => fixture.pickId())).toEqual(['b', 'b', 'b']);
    const held = slots.filter((slot) => slot === a);
    for (const slot of held.slice(1)) fixture.finish(slot, WELL);
    await fixture.clock.advanceAsync(29_999);
    expect(isGone).toBe(false);
    fixture.finish(a, WELL);
    await Promise.all([gone, joined]);
    expect(fixture.roster.ids()).toEqual(['b']);
    expect(fixture.clock.pending).toBe(0);
    await expect(fixture.roster.remove('a')).rejects.toThrow(UnknownNameError);
    await expect(fixture.roster.remove('b', { timeout: -1 })).rejects.toThrow(ConfigurationError);
  });

  it('goes at once without requests, and is not waited for by others', async () => {
    const fixture = new RosterFixture();
    fixture.addServers(2);
    await fixture.roster.remove('a');
    expect(fixture.changes).toEqual(['0 a: up > draining']);
    await fixture.roster.remove('b');
    expect(fixture.pickId()).toBe('none');
    expect(fixture.roster.why([])).toEqual({ kind: 'none', reasons: {} });
  });

  it('goes at the time-out; its requests may still end, and its slot is not used before', async () => {
    const fixture = new RosterFixture();
    fixture.roster.add('a', {});
    const slot = fixture.roster.pick(0, { mayTry: true });
    const gone = fixture.roster.remove('a', { timeout: '2s' });
    await fixture.clock.advanceAsync(2000);
    await gone;
    expect(fixture.roster.ids()).toEqual([]);
    expect(fixture.roster.server(slot).id).toBe('a');
    expect(fixture.roster.statistics(2000).abandoned).toBe(1);
    fixture.roster.add('a', { port: 81 });
    expect(fixture.pickId()).toBe('a');
    fixture.finish(slot, { latencyMs: 9000, failure: 'late' });
    expect(() => fixture.roster.server(slot)).toThrow(RangeError);
    expect(fixture.roster.statistics(2000)).toMatchObject({
      abandoned: 0,
      servers: { a: { inFlight: 1, failures: 0 } },
    });
    fixture.roster.add('b', {});
    expect(fixture.slotOf('b')).toBe(slot);
  });

  it('is taken back when it is added again, with its requests and measurements', async () => {
    const fixture = new RosterFixture();
    fixture.addServers(2);
    fixture.settle();
    const id = fixture.pickId();
    const gone = fixture.roster.remove(id);
    fixture.roster.add(id, { weight: 2 });
    await gone;
    expect(fixture.clock.pending).toBe(0);
    expect(fixture.roster.state(id)).toEqual({ kind: 'up' });
    expect(fixture.roster.statistics(0).servers[id]).toMatchObject({
      inFlight: 1,
      requests: 1000,
      weight: 2,
    });
    expect(fixture.changes).toEqual([`0 ${id}: up > draining`, `0 ${id}: draining > up`]);
    expect(() => fixture.roster.add(id, {})).toThrow(StateError);
  });

  it('is gone once, whatever whoever is told of its drain does', async () => {
    const released = new RosterFixture();
    const [first, ...others] = released.addServers(3) as [string, ...string[]];
    const slot = released.slotOf(first);
    const { roster, picker } = released;
    while (picker.fleet.inFlight[slot] === 0) released.pickId();
    released.onChange = (id, to) => {
      if (id === first && to.kind === 'draining') roster.release(slot, released.now);
    };
    await roster.remove(first);
    expect(roster.ids()).toEqual(others);
    expect([...picker.fleet.members].sort()).toEqual(others.map((id) => released.slotOf(id)).sort());

    const added = new RosterFixture();
    const ids = added.addServers(3);
    added.onChange = (id, to) => {
      if (to.kind === 'draining') added.roster.add(id, {});
    };
    await added.roster.remove(ids[0] as string);
    expect(added.roster.ids()).toEqual(ids);
    expect(added.picker.fleet.members).toHaveLength(3);
  });

  it('leaves no timer and nobody waiting after stop()', async () => {
    const fixture = new RosterFixture({ healthCheck: { check: () => new Promise(() => {}) } });
    fixture.addServers(5);
    fixture.roster.start();
    await fixture.clock.advanceAsync(1000);
    const gone = [1, 2, 3, 4, 5, 6].map(() => fixture.pickId()).map((id) => fixture.roster.remove(id));
    expect(fixture.clock.pending).toBeGreaterThan(0);
    await fixture.roster.stop();
    await Promise.all(gone);
    expect(fixture.clock.pending).toBe(0);
  });
});
