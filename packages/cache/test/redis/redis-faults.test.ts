import { expect, it } from 'vitest';
import {
  ALL,
  CLIENTS,
  type Connect,
  describeWithRedis,
  eventually,
  Fleet,
  fenceOf,
  type Instance,
  key,
  pause,
  record,
  tag,
  textOf,
  watchScheduling,
} from './support/peers.ts';

/* Short, so that the tests are. What the machine itself holds up is allowed for besides. */
const STALE_BOUND = 400;
const DEADLINE = 100;
const SCHEDULING = 10;

for (const [name, connect] of CLIENTS) describeFaults(name, connect);

/** What a tier promises when Redis, or the way to it, fails. */
function describeFaults(name: string, connect: Connect): void {
  describeWithRedis(`RedisTier on ${name}, when Redis fails`, () => {
    const fleet = new Fleet(connect);
    const options = { staleBound: STALE_BOUND };
    const joinBehindProxy = () => fleet.join({ ...options, deadline: DEADLINE, behindProxy: true });

    /** Ends each connection of the tier by itself, on the server's side. */
    async function connectionsOf(instance: Instance): Promise<string[]> {
      await eventually(() => instance.tier.stats().up);
      const list = String(await fleet.admin('CLIENT', 'LIST'));
      const ids = list.split('\n').filter((line) => !line.includes('cmd=client|list'));
      return ids.flatMap((line) => /^id=(\d+)/.exec(line)?.[1] ?? []);
    }

    it('hears again after each of its connections was killed, and drops what it missed', async () => {
      const a = await fleet.join(options);
      for (let index = 0; index < (await connectionsOf(a)).length; index++) {
        const resets = a.heard.resets;
        const id = (await connectionsOf(a))[index] ?? '';
        await fleet.admin('CLIENT', 'KILL', 'ID', id);
        await eventually(() => a.heard.resets > resets && a.tier.stats().up);
        const b = await fleet.join(options);
        const before = a.heard.invalidations.length;
        await b.tier.invalidate([tag(`after ${index}`)]);
        await eventually(() => a.heard.invalidations.length > before);
        expect(a.heard.invalidations.at(-1)).toEqual(tag(`after ${index}`));
        await b.tier.stop();
      }
    });

    it('does not store what was loaded over a connection that is lost', async () => {
      const [a, b] = [await joinBehindProxy(), await fleet.join(options)];
      const fence = await fenceOf(a, 'k');
      fleet.proxy.kill();
      await eventually(() => !a.tier.stats().up);
      expect(await a.tier.write('k', record('1'), fence)).toBe('away');
      await eventually(() => a.tier.stats().up);
      expect(await a.tier.write('k', record('1'), fence)).toBe('fenced');
      expect(textOf(await b.tier.read('k'))).toBe('(miss)');
    });

    it('replays what was invalidated meanwhile before it is read again', async () => {
      const [a, b] = [await joinBehindProxy(), await fleet.join(options)];
      for (const each of ['k', 'l', 'm']) await b.tier.write(each, record(each, { tags: [each] }));
      fleet.proxy.set({ kind: 'down' });
      await eventually(() => !a.tier.stats().up);
      expect(await a.tier.invalidate([key('k'), tag('l')])).toBe(false);
      expect(await a.tier.invalidate([key('k')])).toBe(false);
      expect(await a.tier.write('m', record('set'))).toBe('away');
      expect(a.tier.stats().invalidationsPending).toBe(3);
      expect(textOf(await b.tier.read('k'))).toBe('k');
      b.heard.invalidations.length = 0;
      fleet.proxy.set({ kind: 'none' });
      let first = await a.tier.read('k');
      while (first.kind === 'away') {
        await pause(1);
        first = await a.tier.read('k');
      }
      expect(textOf(first)).toBe('(miss)');
      expect(textOf(await a.tier.read('l'))).toBe('(miss)');
      expect(textOf(await b.tier.read('m'))).toBe('(miss)');
      expect(b.heard.invalidations).toEqual([key('k'), tag('l'), key('m')]);
      expect(a.tier.stats()).toMatchObject({ invalidationsPending: 0, invalidationsReplayed: 3 });
    });

    it('remembers a bounded number of invalidations, then one of everything', async () => {
      const a = await fleet.join({ ...options, behindProxy: true, maxPending: 3 });
      const b = await fleet.join(options);
      fleet.proxy.set({ kind: 'down' });
      await eventually(() => !a.tier.stats().up);
      await a.tier.invalidate([key('1'), key('2'), key('2'), key('3'), key('1')]);
      expect(a.tier.stats().invalidationsPending).toBe(3);
      await a.tier.invalidate([key('4'), key('5')]);
      expect(a.tier.stats().invalidationsPending).toBe(1);
      fleet.proxy.set({ kind: 'none' });
      await eventually(() => a.tier.stats().up);
      expect(b.heard.invalidations).toEqual([ALL]);
    });

    it('goes on with a server that was restarted and has lost all', async () => {
      const [a, b] = [await fleet.join(options), await fleet.join(options)];
      await a.tier.write('k', record('1', { tags: ['t'] }));
      const fence = await fenceOf(a, 'l');
      await fleet.server.restart();
      await eventually(() => a.tier.stats().connections === 2 && b.tier.stats().connections === 2);
      await eventually(() => a.tier.stats().up && b.tier.stats().up);
      expect([a.heard.resets, b.heard.resets]).toEqual([2, 2]);
      expect(await a.tier.write('l', record('late'), fence)).toBe('fenced');
      expect(await a.tier.write('k', record('2', { tags: ['t'] }))).toBe('stored');
      expect(textOf(await b.tier.read('k'))).toBe('2');
      await b.tier.invalidate([tag('t')]);
      expect(textOf(await a.tier.read('k'))).toBe('(miss)');
    });

    it.each(['server', 'link'] as const)(
      'lets trust lapse when the %s freezes, and recovers',
      async (what) => {
        const a = await joinBehindProxy();
        const b = await fleet.join(options);
        await a.tier.write('k', record('1'));
        const isTrusted = () => a.tier.trustedUntil() > performance.now();
        expect(isTrusted()).toBe(true);
        if (what === 'server') fleet.server.freeze();
        else fleet.proxy.set({ kind: 'frozen' });
        const frozenMs = performance.now();
        const heldUpMs = watchScheduling();
        if (what === 'link') {
          expect(await b.tier.invalidate([key('k')])).toBe(true);
          expect(a.heard.invalidations).toEqual([]);
        }
        await eventually(() => !isTrusted(), 2 * STALE_BOUND);
        expect(performance.now() - frozenMs).toBeLessThan(STALE_BOUND + 20 + heldUpMs());
        expect(await a.tier.read('k')).toEqual({ kind: 'away' });
        // Long enough for the connection to be given up, and another to be tried.
        await pause(3 * STALE_BOUND);
        expect(a.heard.states.at(-1)).toBe('away');
        if (what === 'server') fleet.server.thaw();
        else fleet.proxy.set({ kind: 'none' });
        await eventually(() => a.tier.stats().up && isTrusted());
        expect(a.heard.resets).toBeGreaterThan(1);
        expect(textOf(await a.tier.read('k'))).toBe(what === 'server' ? '1' : '(miss)');
        await eventually(() => b.tier.stats().up);
        const before = a.heard.invalidations.length;
        expect(await b.tier.invalidate([ALL])).toBe(true);
        await eventually(() => a.heard.invalidations.length > before);
      },
    );

    it('keeps the connection, and the first tier, through a short freeze', async () => {
      const a = await joinBehindProxy();
      const b = await fleet.join(options);
      fleet.proxy.set({ kind: 'frozen' });
      await b.tier.invalidate([tag('t')]);
      await pause(STALE_BOUND);
      fleet.proxy.set({ kind: 'none' });
      await eventually(() => a.heard.invalidations.length === 1);
      await eventually(() => a.tier.trustedUntil() > performance.now());
      expect(a.tier.stats()).toMatchObject({ connections: 1, resets: 1 });
    });

    it('settles every operation within its deadline, whatever Redis does', async () => {
      const a = await fleet.join({
        ...options,
        deadline: DEADLINE,
        behindProxy: true,
        breakerThreshold: 1_000_000,
      });
      const fence = await fenceOf(a, 'f');
      const operations: readonly (() => Promise<unknown>)[] = [
        () => a.tier.read('k'),
        () => a.tier.write('k', record('1')),
        () => a.tier.write('f', record('1'), fence),
        () => a.tier.invalidate([tag('t')]),
        () => a.tier.invalidate([{ kind: 'prefix', prefix: 'p' }]),
      ];
      const tooLong: string[] = [];
      const heldUpMs = watchScheduling();
      for (const fault of ['frozen', 'down', 'frozen', 'none'] as const) {
        fleet.proxy.set({ kind: fault });
        for (let round = 0; round < 4; round++) {
          for (const operation of operations) {
            const startMs = performance.now();
            await operation();
            const tookMs = performance.now() - startMs;
            if (tookMs > DEADLINE + SCHEDULING + heldUpMs())
              tooLong.push(`${fault}: ${operation} took ${tookMs} ms`);
          }
        }
      }
      expect(tooLong).toEqual([]);
      await eventually(() => a.tier.stats().up);
    });

    it('leaves Redis alone after failures in a row, and tries again', async () => {
      const a = await fleet.join({ ...options, staleBound: '10s', deadline: DEADLINE, behindProxy: true });
      fleet.proxy.set({ kind: 'frozen' });
      for (let round = 0; round < 5; round++) await a.tier.read('k');
      expect(a.tier.stats()).toMatchObject({ breaker: 'open', timeouts: 5 });
      // At once: not even a timer could fire.
      const timer = { fired: false };
      setTimeout(() => {
        timer.fired = true;
      }, 0);
      expect(await a.tier.read('k')).toEqual({ kind: 'away' });
      expect(timer.fired).toBe(false);
      fleet.proxy.set({ kind: 'none' });
      await pause(100);
      expect(await a.tier.read('k')).toMatchObject({ kind: 'miss' });
      expect(a.tier.stats()).toMatchObject({ breaker: 'closed', up: true, connections: 1 });
      expect(a.heard.states).toEqual(['up', 'away', 'up']);
    });

    it('closes the breaker by a beat where nobody asks for anything', async () => {
      const a = await fleet.join({ ...options, deadline: DEADLINE, behindProxy: true, breakerThreshold: 1 });
      fleet.proxy.set({ kind: 'frozen' });
      await a.tier.read('k');
      expect(a.heard.states.at(-1)).toBe('away');
      fleet.proxy.set({ kind: 'none' });
      await eventually(() => a.heard.states.at(-1) === 'up', 2000);
      expect(a.tier.stats().connections).toBe(1);
    });

    it('does not let a set that comes late undo a later one', async () => {
      const b = await fleet.join(options);
      for (let round = 0; round < 4; round++) {
        const a = await joinBehindProxy();
        // It is given up before it comes to the server.
        fleet.proxy.set({ kind: 'delay', delayMs: DEADLINE + 50 });
        expect(await a.tier.write('k', record('early', { tags: ['t'] }))).toBe('away');
        if (round < 2) expect(await b.tier.write('k', record('late'))).toBe('stored');
        else expect(await b.tier.invalidate([round === 2 ? ALL : tag('t')])).toBe(true);
        // With the link cut, what was sent is carried out, and what was invalidated is not told before the next.
        if (round % 2) fleet.proxy.kill();
        const seen = new Set<string>();
        const endMs = performance.now() + 2 * DEADLINE;
        await eventually(async () => {
          seen.add(textOf(await b.tier.read('k')));
          if (performance.now() > endMs) fleet.proxy.set({ kind: 'none' });
          return a.tier.stats().invalidationsReplayed > 0;
        });
        expect([...seen]).not.toContain('early');
        await a.tier.stop();
        await fleet.admin('FLUSHALL');
      }
    });

    it('stops without a socket left, whatever Redis does', async () => {
      const sockets = () =>
        process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
      for (const fault of ['none', 'frozen', 'down'] as const) {
        const before = sockets();
        const a = await joinBehindProxy();
        const late = await fleet.join({ ...options, behindProxy: true, wait: false });
        fleet.proxy.set({ kind: fault });
        const reading = a.tier.read('k');
        const heldUpMs = watchScheduling();
        const startMs = performance.now();
        await Promise.all([a.tier.stop(), a.tier.stop(), late.tier.stop()]);
        expect(performance.now() - startMs).toBeLessThan(DEADLINE + SCHEDULING + heldUpMs());
        expect(await reading).toMatchObject({ kind: fault === 'none' ? 'miss' : 'away' });
        fleet.proxy.set({ kind: 'none' });
        await eventually(() => fleet.proxy.connections === 0 && sockets() <= before);
        expect(a.tier.trustedUntil()).toBe(-Infinity);
        expect(await a.tier.read('k')).toEqual({ kind: 'away' });
      }
    });

    it('can be started again', async () => {
      const { tier, heard } = await fleet.join(options);
      await tier.write('k', record('1'));
      await tier.stop();
      expect(await tier.invalidate([key('k')])).toBe(false);
      const stopping = tier.stop();
      tier.start(heard);
      await stopping;
      await eventually(() => tier.stats().up);
      expect(textOf(await tier.read('k'))).toBe('(miss)');
    });

    it('waits for a server that is not there yet', async () => {
      fleet.proxy.set({ kind: 'down' });
      const a = await fleet.join({ ...options, behindProxy: true, wait: false });
      expect(await a.tier.read('k')).toEqual({ kind: 'away' });
      expect(a.tier.trustedUntil()).toBe(-Infinity);
      await eventually(() => a.heard.states.length > 0);
      await pause(300);
      expect(a.heard.states).toEqual(['away']);
      fleet.proxy.set({ kind: 'none' });
      await eventually(() => a.tier.stats().up);
      expect(a.heard).toMatchObject({ states: ['away', 'up'], resets: 1 });
    });
  });
}
