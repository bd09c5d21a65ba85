import { describe, expect, it } from 'vitest';
import type { Invalidation } from '../../src/tier/second-tier.ts';
import {
  ALL,
  CLIENTS,
  type Connect,
  describeWithRedis,
  eventually,
  Fleet,
  fenceOf,
  key,
  pause,
  record,
  tag,
  textOf,
} from './support/peers.ts';

for (const [name, connect] of CLIENTS) describeTier(name, connect);

/** What a tier promises while Redis is there, whatever the client. */
function describeTier(name: string, connect: Connect): void {
  describeWithRedis(`RedisTier on ${name}`, () => {
    const fleet = new Fleet(connect);

    describe('entries', () => {
      it('come back as they were stored, on another instance too', async () => {
        const [a, b] = [await fleet.join(), await fleet.join()];
        expect(await a.tier.read('user:1')).toMatchObject({ kind: 'miss' });
        const stored = record('Ada', { tags: ['user', 'naïve ✓'], loadMs: 12.5 });
        expect(await a.tier.write('user:1', stored, await fenceOf(a, 'user:1'))).toBe('stored');
        const read = await b.tier.read('user:1');
        expect(textOf(read)).toBe('Ada');
        if (read.kind !== 'hit') return;
        const { freshMs, keepMs, loadMs, tags } = read.record;
        expect([loadMs, tags]).toEqual([12.5, ['user', 'naïve ✓']]);
        expect(freshMs).toBeGreaterThan(59_000);
        expect(freshMs).toBeLessThanOrEqual(60_000);
        expect(keepMs).toBeGreaterThan(119_000);
        expect(keepMs).toBeLessThanOrEqual(120_000);
      });

      it('may be any bytes, under any key', async () => {
        const { tier } = await fleet.join();
        const payload = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
        for (const name of ['', 'a b\r\n"\\', '\0', 'ключ 🗝️', '*?[x]']) {
          expect(await tier.write(name, record('', { payload }))).toBe('stored');
          const read = await tier.read(name);
          expect(read.kind === 'hit' && [...read.record.payload]).toEqual([...payload]);
        }
        const empty = await tier.write('nothing', record(''));
        expect([empty, textOf(await tier.read('nothing'))]).toEqual(['stored', '']);
      });

      it('are not mixed up where UTF-8 cannot tell their keys apart', async () => {
        const [a, b] = [await fleet.join(), await fleet.join()];
        expect(await a.tier.write('half \ud800', record('one'))).toBe('away');
        expect(await a.tier.read('half \ud801')).toEqual({ kind: 'away' });
        await eventually(() => b.heard.invalidations.length > 0);
        expect(b.heard.invalidations).toEqual([key('half \ud800')]);
      });

      it('may be stale already, or fresh for ever within the bound', async () => {
        const { tier } = await fleet.join({ maxTtl: '1h' });
        await tier.write('stale', record('1', { freshMs: -5000, keepMs: 1000 }));
        await tier.write('ever', record('2', { freshMs: Infinity, keepMs: Infinity }));
        const [stale, ever] = [await tier.read('stale'), await tier.read('ever')];
        expect(stale.kind === 'hit' && stale.record.freshMs).toBeLessThanOrEqual(-5000);
        expect(ever.kind === 'hit' && ever.record.freshMs).toBe(Infinity);
        expect(ever.kind === 'hit' && ever.record.keepMs).toBeLessThanOrEqual(3_600_000);
      });

      it('go when their time is up', async () => {
        const instance = await fleet.join();
        await instance.tier.write('short', record('1', { freshMs: 10, keepMs: 20 }));
        await instance.tier.write('never', record('2', { freshMs: 0, keepMs: 0 }));
        await pause(40);
        expect(textOf(await instance.tier.read('short'))).toBe('(miss)');
        expect(textOf(await instance.tier.read('never'))).toBe('(miss)');
        expect(await fleet.keys('evenkeel:d:*')).toEqual([]);
      });

      it('that are too large are refused, counted, and take the old one with them', async () => {
        const { tier } = await fleet.join({ maxPayloadBytes: 10 });
        await tier.write('big', record('ten bytes!'));
        expect(await tier.write('big', record('11 bytes!!!'))).toBe('away');
        expect(textOf(await tier.read('big'))).toBe('(miss)');
        expect(tier.stats().oversize).toBe(1);
      });
    });

    describe('invalidation', () => {
      it('by key, tag, prefix, pattern and of all is acknowledged and seen by every later read', async () => {
        const [a, b] = [await fleet.join(), await fleet.join()];
        const cases: readonly (readonly [Invalidation, gone: string[]])[] = [
          [key('a:1'), ['a:1']],
          [tag('odd'), ['a:1', 'b:3']],
          [{ kind: 'prefix', prefix: 'a:' }, ['a:1', 'a:2']],
          [{ kind: 'pattern', source: '[24]$', flags: 'g' }, ['a:2', 'b:4']],
          [ALL, ['a:1', 'a:2', 'b:3', 'b:4']],
        ];
        for (const [invalidation, gone] of cases) {
          for (const name of ['a:1', 'a:2', 'b:3', 'b:4']) {
            const tags = ['1', '3'].includes(name.slice(2)) ? ['odd', name] : ['even'];
            expect(await a.tier.write(name, record(name, { tags }))).toBe('stored');
          }
          expect(await a.tier.invalidate([invalidation])).toBe(true);
          for (const name of ['a:1', 'a:2', 'b:3', 'b:4']) {
            expect(textOf(await b.tier.read(name))).toBe(gone.includes(name) ? '(miss)' : name);
          }
        }
      });

      it('that is soft leaves the entry, stale', async () => {
        const [a, b] = [await fleet.join(), await fleet.join()];
        const soft: readonly Invalidation[] = [
          { kind: 'tag', tag: 't', soft: true },
          { kind: 'prefix', prefix: 'x', soft: true },
          { kind: 'pattern', source: '^x', flags: '', soft: true },
        ];
        for (const invalidation of soft) {
          await a.tier.write('x', record('x', { tags: ['t'] }));
          await a.tier.write('y', record('y', { freshMs: Infinity, tags: ['u'] }));
          expect(await a.tier.invalidate([invalidation])).toBe(true);
          const [x, y] = [await b.tier.read('x'), await b.tier.read('y')];
          expect(x.kind === 'hit' && x.record.freshMs).toBeLessThan(0);
          expect(y.kind === 'hit' && y.record.freshMs).toBe(Infinity);
        }
        await a.tier.invalidate([tag('t')]);
        expect(textOf(await b.tier.read('x'))).toBe('(miss)');
      });

      it('is heard by the others as it was made, and not by who made it', async () => {
        const [a, b] = [await fleet.join(), await fleet.join()];
        const batch: readonly Invalidation[] = [
          key('k "\ud800" ✓'),
          { kind: 'tag', tag: 't', soft: true },
          { kind: 'prefix', prefix: 'p' },
          { kind: 'pattern', source: '^a.*\n', flags: 'i', soft: true },
          ALL,
        ];
        expect(await a.tier.invalidate(batch)).toBe(true);
        expect(await a.tier.write('set', record('1'))).toBe('stored');
        await eventually(() => b.heard.invalidations.length === 6);
        expect(b.heard.invalidations).toEqual([...batch, key('set')]);
        expect(a.heard.invalidations).toEqual([]);
        expect([a.tier.stats().invalidationsSent, b.tier.stats().invalidationsReceived]).toEqual([6, 6]);
        expect(await fleet.keys('evenkeel:i:*')).toEqual([]);
      });

      it('is not caused by fills, and does not cross prefixes', async () => {
        const [a, b] = [await fleet.join({ prefix: 'one:' }), await fleet.join({ prefix: 'one:' })];
        const other = await fleet.join({ prefix: 'on[e:' });
        await a.tier.write('k', record('1'), await fenceOf(a, 'k'));
        await other.tier.write('k', record('other'));
        await other.tier.invalidate([{ kind: 'prefix', prefix: '' }, ALL]);
        expect(await a.tier.invalidate([key('last')])).toBe(true);
        await eventually(() => b.heard.invalidations.length > 0);
        expect(b.heard.invalidations).toEqual([key('last')]);
        expect(textOf(await b.tier.read('k'))).toBe('1');
      });

      it('of prefixes takes wildcards as they are, and looks at many keys', async () => {
        const { tier } = await fleet.join({ deadline: '5s' });
        const names = Array.from({ length: 2500 }, (_, index) => `*${index}`);
        await Promise.all([...names, 'x1', '[1'].map((name) => tier.write(name, record(name))));
        expect(await tier.invalidate([{ kind: 'prefix', prefix: '*' }])).toBe(true);
        expect(await fleet.keys('evenkeel:d:*')).toEqual(['evenkeel:d:[1', 'evenkeel:d:x1']);
      });

      it('of all gives the memory back', async () => {
        const { tier } = await fleet.join({ deadline: '5s' });
        const names = Array.from({ length: 1500 }, (_, index) => `n${index}`);
        await Promise.all(names.map((name) => tier.write(name, record(name))));
        await tier.invalidate([ALL]);
        await tier.write('new', record('new'));
        await eventually(async () => (await fleet.keys('evenkeel:d:*')).length === 1);
        expect(textOf(await tier.read('new'))).toBe('new');
      });

      it('of many at once is one acknowledgement', async () => {
        const [a, b] = [await fleet.join(), await fleet.join()];
        const many = Array.from({ length: 1000 }, (_, index) => tag(`t${index}`));
        await a.tier.write('last', record('1', { tags: ['t999'] }));
        expect(await a.tier.invalidate(many)).toBe(true);
        expect(textOf(await b.tier.read('last'))).toBe('(miss)');
        await eventually(() => b.heard.invalidations.length === 1001);
      });
    });

    describe('a load that began before an invalidation', () => {
      const rules: readonly (readonly [string, Invalidation])[] = [
        ['the key', key('k')],
        ['a tag that was known', tag('known')],
        ['a tag that nobody knew', tag('unknown')],
        ['a tag, softly', { kind: 'tag', tag: 'unknown', soft: true }],
        ['a prefix', { kind: 'prefix', prefix: 'k' }],
        ['a pattern', { kind: 'pattern', source: 'k', flags: '' }],
        ['all', ALL],
      ];
      it.each(rules)('does not bring it back: %s', async (_, invalidation) => {
        const [a, b] = [await fleet.join(), await fleet.join()];
        await a.tier.write('other', record('', { tags: ['known'] }));
        const fence = await fenceOf(a, 'k');
        expect(await b.tier.invalidate([invalidation])).toBe(true);
        const loaded = record('old', { tags: ['known', 'unknown'] });
        expect(await a.tier.write('k', loaded, fence)).toBe('fenced');
        expect(textOf(await b.tier.read('k'))).toBe('(miss)');
        expect(await a.tier.write('k', loaded, await fenceOf(a, 'k'))).toBe('stored');
        expect(a.tier.stats().fenced).toBe(1);
      });

      it('is stored after an invalidation of something else', async () => {
        const [a, b] = [await fleet.join(), await fleet.join()];
        const fence = await fenceOf(a, 'k');
        await b.tier.invalidate([key('kk'), tag('u')]);
        expect(await a.tier.write('k', record('new', { tags: ['t'] }), fence)).toBe('stored');
      });

      it('does not overwrite what a user has set meanwhile', async () => {
        const [a, b] = [await fleet.join(), await fleet.join()];
        const fence = await fenceOf(a, 'k');
        expect(await b.tier.write('k', record('set'))).toBe('stored');
        expect(await a.tier.write('k', record('loaded'), fence)).toBe('fenced');
        expect(textOf(await a.tier.read('k'))).toBe('set');
      });

      it('is refused when it took longer than invalidations are remembered', async () => {
        const instance = await fleet.join();
        const fence = await fenceOf(instance, 'k');
        const inner = fence.tier as { horizon: { serverMs: number } };
        inner.horizon = { ...inner.horizon, serverMs: inner.horizon.serverMs - 600_001 };
        expect(await instance.tier.write('k', record('late'), fence)).toBe('fenced');
      });

      it('refreshes a hit with the hit’s fence', async () => {
        const [a, b] = [await fleet.join(), await fleet.join()];
        await a.tier.write('k', record('1'));
        const [first, second] = [await a.tier.read('k'), await b.tier.read('k')];
        if (first.kind !== 'hit' || second.kind !== 'hit') throw new Error('no hit');
        expect(await a.tier.write('k', record('2'), first.fence)).toBe('stored');
        await a.tier.invalidate([key('k')]);
        expect(await b.tier.write('k', record('3'), second.fence)).toBe('fenced');
      });
    });

    describe('a set', () => {
      it('wins over the one before, whoever made it', async () => {
        const [a, b] = [await fleet.join(), await fleet.join()];
        for (let turn = 0; turn < 20; turn++) {
          const [from, to] = turn % 2 ? [a, b] : [b, a];
          expect(await from.tier.write('k', record(String(turn)))).toBe('stored');
          expect(textOf(await to.tier.read('k'))).toBe(String(turn));
        }
      });

      it('among many at once leaves one value, which all agree on', async () => {
        const instances = [await fleet.join(), await fleet.join(), await fleet.join()];
        const sets = Array.from({ length: 60 }, (_, index) =>
          instances[index % 3]?.tier.write('k', record(String(index))),
        );
        const outcomes = await Promise.all(sets);
        expect(outcomes.every((outcome) => outcome === 'stored' || outcome === 'fenced')).toBe(true);
        const seen = await Promise.all(instances.map(async ({ tier }) => textOf(await tier.read('k'))));
        expect(new Set(seen).size).toBe(1);
        expect(outcomes[Number(seen[0])]).toBe('stored');
      });
    });

    describe('a set that is refused', () => {
      it('leaves nothing older behind, whatever it was refused for', async () => {
        const a = await fleet.join({ behindProxy: true, deadline: '1s' });
        const b = await fleet.join();
        await b.tier.write('k', record('old'));
        await eventually(() => a.heard.invalidations.length === 1);
        // Each try takes so long that something else was invalidated meanwhile.
        fleet.proxy.set({ kind: 'delay', delayMs: 10 });
        let outcome = '';
        const setting = a.tier.write('k', record('new')).then((result) => {
          outcome = result;
        });
        while (outcome === '')
          expect(await b.tier.invalidate([{ kind: 'prefix', prefix: 'other' }])).toBe(true);
        await setting;
        expect(outcome).toBe('fenced');
        expect(textOf(await b.tier.read('k'))).toBe('(miss)');
        expect(b.heard.invalidations).toContainEqual(key('k'));
      });
    });

    describe('single flight across instances', () => {
      it('has one load and the others wait for what it stores', async () => {
        const options = { fleetSingleFlight: true };
        const [a, b] = [await fleet.join(options), await fleet.join(options)];
        const fence = await fenceOf(a, 'k');
        expect(await b.tier.read('k')).toEqual({ kind: 'loading', retryAfterMs: 25 });
        expect(await a.tier.write('k', record('1'), fence)).toBe('stored');
        expect(textOf(await b.tier.read('k'))).toBe('1');
        expect(await fleet.keys('evenkeel:l:*')).toEqual([]);
      });

      it('lets another load after a failure, an invalidation and a death', async () => {
        const options = { fleetSingleFlight: true, leaseTtl: 100 };
        const [a, b] = [await fleet.join(options), await fleet.join(options)];
        a.tier.release('k', await fenceOf(a, 'k'));
        await eventually(async () => (await fleet.keys('evenkeel:l:*')).length === 0);
        const second = await fenceOf(b, 'k');
        expect(textOf(await a.tier.read('k'))).toBe('(loading)');
        await a.tier.invalidate([key('k')]);
        await fenceOf(a, 'k');
        // The lease is another's by now.
        b.tier.release('k', second);
        expect(textOf(await b.tier.read('k'))).toBe('(loading)');
        await pause(120);
        await fenceOf(b, 'k');
      });
    });

    describe('what Redis has lost', () => {
      it('a tag: entries with it are dead, and stay so when it is used again', async () => {
        const { tier } = await fleet.join();
        await tier.write('old', record('old', { tags: ['t'] }));
        await tier.invalidate([tag('t')]);
        await tier.write('kept', record('kept', { tags: ['t'] }));
        await fleet.admin('DEL', 'evenkeel:t:t');
        await tier.write('new', record('new', { tags: ['t'] }));
        expect(textOf(await tier.read('kept'))).toBe('(miss)');
        expect(textOf(await tier.read('new'))).toBe('new');
      });

      it('its state: no entry from before is read, no fence from before is good', async () => {
        const instance = await fleet.join();
        await instance.tier.write('k', record('1'));
        const fence = await fenceOf(instance, 'l');
        await fleet.admin('DEL', 'evenkeel:state');
        expect(textOf(await instance.tier.read('k'))).toBe('(miss)');
        expect(await instance.tier.write('l', record('2'), fence)).toBe('fenced');
        expect(instance.heard.resets).toBe(2);
      });

      it('everything, by FLUSHALL: the first tier is dropped at once', async () => {
        const instance = await fleet.join();
        const fence = await fenceOf(instance, 'l');
        await fleet.admin('FLUSHALL');
        await eventually(() => instance.heard.resets >= 2, 500);
        expect(await instance.tier.write('l', record('2'), fence)).toBe('fenced');
        expect(await instance.tier.write('l', record('3'))).toBe('stored');
        expect(textOf(await instance.tier.read('l'))).toBe('3');
      });

      it('its scripts: they are sent again', async () => {
        const { tier } = await fleet.join();
        await tier.write('k', record('1'));
        await fleet.admin('SCRIPT', 'FLUSH');
        expect(textOf(await tier.read('k'))).toBe('1');
      });
    });

    it('drops the first tier for a signal that it does not understand', async () => {
      const { heard } = await fleet.join();
      for (const name of [
        'x',
        '12:a:{',
        '12:a:[{"kind":"none"}]',
        '12:a:[{"kind":"key"}]',
        '12:a:[null]',
        '12:[]',
      ]) {
        const before = heard.resets;
        await fleet.admin('SET', `evenkeel:i:${name}`, '');
        await eventually(() => heard.resets > before);
      }
      expect(heard.invalidations).toEqual([]);
    });

    it('tells failures that Redis reports once, and is away for them', async () => {
      const { tier, heard } = await fleet.join();
      await fleet.admin('SET', 'evenkeel:d:k', 'no hash');
      expect(await tier.read('k')).toEqual({ kind: 'away' });
      expect(await tier.read('k')).toEqual({ kind: 'away' });
      expect(heard.failures.map(String)).toEqual([expect.stringContaining('WRONGTYPE')]);
      expect(tier.stats().failures).toBe(2);
    });

    it('counts', async () => {
      const { tier, heard } = await fleet.join();
      await tier.write('k', record('1'));
      await tier.read('k');
      expect(tier.stats()).toEqual({
        up: true,
        awayMs: expect.any(Number),
        breaker: 'closed',
        operations: 2,
        timeouts: 0,
        failures: 0,
        connections: 1,
        invalidationsSent: 1,
        invalidationsReceived: 0,
        invalidationsReplayed: 0,
        invalidationsPending: 0,
        resets: 1,
        fenced: 0,
        oversize: 0,
      });
      expect(heard.states).toEqual(['up']);
    });
  });
}
