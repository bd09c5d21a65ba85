import { describe, expect, it } from 'vitest';
import type { RosterOptions } from '../../src/servers/roster-settings.ts';
import type { Server } from '../../src/servers/server.ts';
import { HUNG, KILLED, RESETTING, RosterFixture, WELL } from './roster-fixture.ts';

/** Eight servers that have been at work for a while, at some tens of requests per second. */
function busyFleet(servers = 8, options = {}): RosterFixture {
  const fixture = new RosterFixture(options);
  fixture.addServers(servers);
  fixture.traffic(40, 60_000);
  expect(fixture.changes).toEqual([]);
  return fixture;
}

describe('Lives: servers that fail', () => {
  it.each([
    ['is killed', KILLED],
    ['resets connections', RESETTING],
    ['hangs', HUNG],
  ])('takes a server out within a second of traffic that %s, and lets it come back', (_, behaviour) => {
    const fixture = busyFleet();
    const startMs = fixture.now;
    const sick = (): { readonly kind: string } => fixture.roster.state('c');
    while (sick().kind === 'up' && fixture.now < startMs + 5000) {
      fixture.traffic(40, 50, ({ id }) => (id === 'c' ? behaviour : WELL));
    }
    expect(fixture.now - startMs).toBeLessThanOrEqual(1000);
    expect(fixture.roster.state('c')).toMatchObject({
      kind: 'ejected',
      reason: `requests fail one after the other, the last one: ${behaviour.failure}`,
    });
    const sent = fixture.traffic(40, 4000, ({ id }) => (id === 'c' ? behaviour : WELL));
    expect(sent.get('c')).toEqual([]);
    fixture.traffic(40, 3000);
    expect(fixture.roster.state('c').kind).toBe('up');
    expect(fixture.changes.map((change) => change.replace(/^\S+ /, ''))).toEqual([
      'c: up > ejected',
      'c: ejected > trial',
      'c: trial > up',
    ]);
  });

  it('takes nobody out where one request in a hundred fails on all servers', () => {
    for (let seed = 1; seed <= 3; seed++) {
      const fixture = new RosterFixture({}, 'adaptive', seed);
      fixture.addServers(8);
      const { random } = fixture;
      fixture.traffic(500, 60_000, () => (random() < 0.01 ? RESETTING : WELL));
      expect(fixture.changes).toEqual([]);
    }
  });

  it('takes a server out that fails a third of its requests, where the strategy sends it as many as others', () => {
    const fixture = new RosterFixture({ outlierDetection: { consecutiveFailures: 50 } }, 'round-robin');
    fixture.addServers(8);
    fixture.traffic(40, 60_000);
    const { random } = fixture;
    const startMs = fixture.now;
    while (fixture.changes.length === 0 && fixture.now < startMs + 60_000) {
      fixture.traffic(400, 100, ({ id }) =>
        id === 'c' && random() < 0.33 ? { ...WELL, failure: '503' } : WELL,
      );
    }
    expect(fixture.now - startMs).toBeLessThanOrEqual(20_000);
    expect(fixture.roster.state('c')).toMatchObject({
      kind: 'ejected',
      reason: expect.stringMatching(
        /^\d\d % of its requests failed, of the others' \S+ %, the last one: 503$/,
      ),
    });
  });

  it.each([1, 2, 3, 4, 5])('leaves a fleet alone that is in trouble as a whole (seed %i)', (seed) => {
    const fixture = new RosterFixture({}, 'adaptive', seed);
    fixture.addServers(10);
    fixture.traffic(500, 20_000);
    const { random } = fixture;
    fixture.traffic(500, 2000, () => (random() < 0.3 ? HUNG : { latencyMs: 40 }));
    fixture.traffic(500, 20_000);
    expect(fixture.changes).toEqual([]);
  });

  it('takes out no more than half of the servers, and never the last', () => {
    const fixture = new RosterFixture();
    fixture.addServers(5);
    fixture.settle();
    for (const id of ['a', 'b', 'c', 'd', 'e']) fixture.hit(id, KILLED, 20);
    expect(fixture.kinds()).toBe('ejected ejected up up up');
    expect(fixture.panics).toEqual([]);
    expect(fixture.roster.why([fixture.slotOf('e')]).reasons).toEqual({
      a: 'is out for another 5.0 s: requests fail one after the other, the last one: ECONNREFUSED',
      b: 'is out for another 5.0 s: requests fail one after the other, the last one: ECONNREFUSED',
      c: 'is up, but was not chosen; its last request failed: ECONNREFUSED',
      d: 'is up, but was not chosen; its last request failed: ECONNREFUSED',
      e: 'was tried; its last request failed: ECONNREFUSED',
    });
    const pair = new RosterFixture({ outlierDetection: { maxEjected: 1 } });
    pair.addServers(2);
    pair.settle();
    for (const id of ['a', 'b']) pair.hit(id, KILLED, 200);
    expect(pair.kinds()).toBe('ejected up');
  });

  it('takes nobody out where that is switched off', () => {
    const fixture = new RosterFixture({ outlierDetection: false });
    fixture.addServers(3);
    fixture.hit('a', KILLED, 1000);
    expect(fixture.changes).toEqual([]);
    expect(fixture.roster.statistics(0).servers.a).toMatchObject({ failures: 1000, consecutiveFailures: 0 });
  });

  it('sends a server whose last request failed the next ones that can be repeated, until it is clear', () => {
    const fixture = busyFleet();
    fixture.hit('c', { ...RESETTING });
    expect(fixture.pickId([], false)).not.toBe('c');
    expect(fixture.pickId([fixture.slotOf('c')])).not.toBe('c');
    // Three in a row make it an outlier: no more than the missing ones are sent at once.
    const enough = [1, 2, 3, 4, 5].map(() => fixture.pickId()).filter((id) => id === 'c').length;
    expect(enough).toBeGreaterThanOrEqual(2);
    expect(enough).toBeLessThanOrEqual(4);
    fixture.finish(fixture.slotOf('c'), { latencyMs: 0 });
    expect(fixture.roster.statistics(fixture.now).servers.c).toMatchObject({ consecutiveFailures: 0 });
    expect(fixture.pickId()).not.toBe('c');
  });

  it('sends them nothing for that where more than a quarter of the fleet fail', () => {
    const fixture = busyFleet(8);
    for (const id of ['c', 'd', 'e']) fixture.hit(id, { ...RESETTING });
    const picked = [1, 2, 3, 4].map(() => fixture.pickId());
    expect(picked.filter((id) => 'cde'.includes(id))).toEqual([]);
  });

  it('leaves requests out of account that began before the server came back', () => {
    const fixture = busyFleet(4);
    const slot = fixture.slotOf('a');
    for (let request = 0; request < 20; request++) fixture.picker.start(slot, fixture.now);
    fixture.hit('a', KILLED, 3);
    fixture.clock.advance(5000);
    expect(fixture.roster.state('a').kind).toBe('trial');
    for (let request = 0; request < 10; request++)
      fixture.finish(slot, { ...HUNG, latencyMs: 5000 + request });
    expect(fixture.roster.state('a').kind).toBe('trial');
    fixture.hit('a', WELL, 3);
    expect(fixture.roster.state('a').kind).toBe('up');
    for (let request = 0; request < 10; request++) fixture.finish(slot, { ...HUNG, latencyMs: 6000 });
    expect(fixture.roster.state('a').kind).toBe('up');
    expect(fixture.inFlight('a')).toBe(0);
  });
});

describe('Lives: servers on trial', () => {
  function fleetWithTrial(): RosterFixture {
    const fixture = busyFleet(3);
    fixture.hit('a', KILLED, 3);
    fixture.clock.advance(5000);
    expect(fixture.kinds()).toBe('trial up up');
    return fixture;
  }

  it('get one request at a time, those first that can be repeated elsewhere', () => {
    const fixture = fleetWithTrial();
    expect(fixture.pickId([], false)).not.toBe('a');
    expect(fixture.pickId([], true)).toBe('a');
    expect(fixture.roster.isTrial(fixture.slotOf('a'))).toBe(true);
    expect(fixture.pickId([], true)).not.toBe('a');
    fixture.finish(fixture.slotOf('a'), { latencyMs: 0 });
    expect(fixture.pickId([], false)).not.toBe('a');
    fixture.clock.advance(1000);
    expect(fixture.pickId([], false)).toBe('a');
  });

  it('come back slowly after three requests that went well', () => {
    const fixture = fleetWithTrial();
    for (let request = 0; request < 3; request++) {
      expect(fixture.pickId()).toBe('a');
      expect(fixture.effectiveWeight('a')).toBe(0);
      fixture.finish(fixture.slotOf('a'), { latencyMs: 0 });
    }
    expect(fixture.roster.state('a')).toMatchObject({ kind: 'up', rampUntil: fixture.clock.now() + 5000 });
    expect(fixture.effectiveWeight('a')).toBe(0.1);
    expect([1, 2].map(() => fixture.pickId())).not.toContain('a');
  });

  it('are out for longer when a trial fails, and for less when they were well for long', () => {
    const fixture = fleetWithTrial();
    const lengths: number[] = [];
    for (let trial = 0; trial < 6; trial++) {
      expect(fixture.pickId()).toBe('a');
      fixture.finish(fixture.slotOf('a'), { ...KILLED, latencyMs: 0 });
      const state = fixture.roster.state('a');
      if (state.kind !== 'ejected') throw new Error(`a is ${state.kind}`);
      lengths.push(state.until - state.since);
      expect(state.reason).toBe('a trial failed: ECONNREFUSED');
      fixture.clock.advance(state.until - state.since);
    }
    expect(lengths).toEqual([10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    expect(fixture.roster.state('a').kind).toBe('trial');
    fixture.hit('a', WELL, 3);
    fixture.traffic(40, 10 * 60_000);
    fixture.hit('a', KILLED, 3);
    const state = fixture.roster.state('a');
    expect(state.kind === 'ejected' && state.until - state.since).toBe(5000);
  });

  it('are free again when a request ends that says nothing', () => {
    const fixture = fleetWithTrial();
    const before = fixture.capacityCalls;
    expect(fixture.pickId()).toBe('a');
    fixture.roster.release(fixture.slotOf('a'), fixture.now);
    expect(fixture.capacityCalls).toBe(before + 1);
    expect(fixture.pickId()).toBe('a');
  });
});

describe('Lives: panic', () => {
  function checkedFleet(options: RosterOptions = {}) {
    const sick = new Set<string>();
    const check = (server: Server): boolean => !sick.has(server.id);
    const fixture = new RosterFixture({ healthCheck: { check, jitter: 0 }, ...options });
    fixture.addServers(4);
    fixture.roster.start();
    return { fixture, sick };
  }

  it('begins when too few are healthy, and ends when enough are, each told once', async () => {
    const { fixture, sick } = checkedFleet();
    await fixture.clock.advanceAsync(6000);
    expect(fixture.kinds()).toBe('up up up up');
    for (const id of ['a', 'b', 'c']) sick.add(id);
    await fixture.clock.advanceAsync(20_000);
    expect(fixture.kinds()).toBe('down down down up');
    expect(fixture.panics.map((panic) => panic.replace(/^\S+ /, ''))).toEqual(['on 1/4']);
    const sent = fixture.traffic(40, 2000);
    for (const [, times] of sent) expect(times.length).toBeGreaterThan(5);
    sick.delete('a');
    await fixture.clock.advanceAsync(20_000);
    expect(fixture.kinds()).toBe('up down down up');
    expect(fixture.panics.map((panic) => panic.replace(/^\S+ /, ''))).toEqual(['on 1/4', 'off 2/4']);
    expect(fixture.effectiveWeight('b')).toBe(0);
    // It has had its whole share all the time.
    expect(fixture.effectiveWeight('a')).toBe(1);
    await fixture.roster.stop();
    expect(fixture.clock.pending).toBe(0);
  });

  it('is off with a threshold of 0: nobody is chosen, and why is told', async () => {
    const { fixture, sick } = checkedFleet({ panicThreshold: 0 });
    for (const id of ['a', 'b', 'c', 'd']) sick.add(id);
    await fixture.clock.advanceAsync(6000);
    expect(fixture.pickId()).toBe('none');
    const { kind, reasons } = fixture.roster.why([]);
    expect(kind).toBe('none');
    expect(reasons).toEqual({
      a: 'fails its check: the check says no',
      b: 'fails its check: the check says no',
      c: 'fails its check: the check says no',
      d: 'fails its check: the check says no',
    });
    sick.clear();
    const before = fixture.capacityCalls;
    await fixture.clock.advanceAsync(10_000);
    expect(fixture.capacityCalls).toBeGreaterThan(before);
    expect(fixture.kinds()).toBe('up up up up');
    await fixture.roster.stop();
  });

  it('brings an ejected server back whose requests go well', () => {
    const fixture = busyFleet(4, { panicThreshold: 1 });
    fixture.hit('a', KILLED, 3);
    expect(fixture.panics).toHaveLength(1);
    expect(fixture.effectiveWeight('a')).toBe(1);
    fixture.hit('a', WELL, 3);
    expect(fixture.kinds()).toBe('up up up up');
    expect(fixture.panics).toHaveLength(2);
  });
});

describe('Lives: servers that are checked', () => {
  it('get traffic before their first check only while the fleet opens', async () => {
    const fixture = new RosterFixture({ healthCheck: { check: ({ id }) => id !== 'y', jitter: 0 } });
    fixture.addServers(3);
    expect(fixture.kinds()).toBe('unchecked unchecked unchecked');
    expect(fixture.pickId()).not.toBe('none');
    fixture.roster.start();
    await fixture.clock.advanceAsync(20_000);
    expect(fixture.kinds()).toBe('up up up');
    expect(fixture.panics).toEqual([]);
    for (const id of ['x', 'y', 'z']) fixture.roster.add(id, {});
    expect(['x', 'y', 'z'].map((id) => fixture.effectiveWeight(id))).toEqual([0, 0, 0]);
    await fixture.clock.advanceAsync(100);
    expect(fixture.kinds()).toBe('up up up up down up');
    expect(['x', 'y', 'z'].map((id) => fixture.effectiveWeight(id))).toEqual([0.1, 0, 0.1]);
    await fixture.roster.stop();
  });

  it('start together without a ramp, also those whose first check ends last', async () => {
    const fixture = new RosterFixture({ healthCheck: { check: () => true } });
    const ids = fixture.addServers(20);
    fixture.roster.start();
    await fixture.clock.advanceAsync(200);
    expect(ids.map((id) => fixture.effectiveWeight(id))).toEqual(ids.map(() => 1));
    await fixture.roster.stop();
  });

  it('come back from an ejection when their check passes and the time is over', async () => {
    let passes = true;
    const fixture = new RosterFixture({ healthCheck: { check: () => passes, interval: '1s', jitter: 0 } });
    fixture.addServers(4);
    fixture.roster.start();
    await fixture.clock.advanceAsync(5000);
    fixture.settle();
    fixture.hit('a', KILLED, 3);
    passes = false;
    fixture.roster.update('b', { check: () => true });
    await fixture.clock.advanceAsync(900);
    expect(fixture.roster.state('a').kind).toBe('ejected');
    passes = true;
    await fixture.clock.advanceAsync(4000);
    expect(fixture.roster.state('a').kind).toBe('ejected');
    await fixture.clock.advanceAsync(200);
    expect(fixture.roster.state('a').kind).toBe('up');
    await fixture.roster.stop();
    expect(fixture.clock.pending).toBe(0);
  });

  it('tell of a check that does not end', async () => {
    const fixture = new RosterFixture();
    fixture.roster.add('a', { check: () => new Promise(() => {}) });
    fixture.roster.start();
    await fixture.clock.advanceAsync(15_000);
    expect(fixture.roster.state('a')).toMatchObject({ kind: 'down' });
    expect(fixture.failures).toEqual([
      expect.stringMatching(/^check of server "a": EvenkeelError: a check has not returned for \d\.\d s$/),
    ]);
    await fixture.roster.stop();
  });

  it('are checked at different times', async () => {
    const times: number[] = [];
    const fixture: RosterFixture = new RosterFixture({
      healthCheck: { check: (): unknown => times.push(fixture.now) },
    });
    for (let server = 0; server < 100; server++) fixture.roster.add(`s${server}`, {});
    fixture.roster.start();
    await fixture.clock.advanceAsync(60_000);
    const inTenths = Array<number>(600).fill(0);
    for (const atMs of times) {
      const tenth = Math.min(599, Math.floor(atMs / 100));
      inTenths[tenth] = (inTenths[tenth] ?? 0) + 1;
    }
    // 100 checks in 5 s are 2 in each tenth of a second; the first ones are soon.
    expect(Math.max(...inTenths.slice(60))).toBeLessThanOrEqual(12);
    expect(times.filter((atMs) => atMs <= 500)).toHaveLength(
      100 + times.filter((at) => at <= 500).length - 100,
    );
    expect(times.length).toBeGreaterThan(1150);
    await fixture.roster.stop();
  });
});

describe('Lives: a cold server among warm ones', () => {
  it('never gets more than 1.2 times its share in any tenth of a second', () => {
    const fixture = busyFleet(9);
    fixture.roster.add('new', {});
    const startMs = fixture.now;
    const sent = fixture.traffic(5000, 15_000, ({ id }) =>
      id === 'new' && fixture.now < startMs + 5000 ? { latencyMs: 40 } : WELL,
    );
    const perTenth = Array<number>(150).fill(0);
    for (const atMs of sent.get('new') ?? []) {
      const tenth = Math.floor((atMs - startMs) / 100);
      perTenth[tenth] = (perTenth[tenth] ?? 0) + 1;
    }
    // The whole share is 50 in each; a tenth to begin with.
    expect(Math.max(...perTenth)).toBeLessThanOrEqual(60);
    expect(
      Math.min(
        ...Array.from({ length: 15 }, (_, second) => sum(perTenth.slice(10 * second, 10 * second + 10))),
      ),
    ).toBeGreaterThanOrEqual(1);
    expect(sum(perTenth.slice(-20))).toBeGreaterThan(700);
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
