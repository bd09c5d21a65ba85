import { VirtualClock } from '@evenkeel/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { weightsOf } from '../../src/http/discovery/srv-weights.ts';
import {
  type DiscoveredServer,
  type DiscoverOptions,
  type Discovery,
  type DiscoverySource,
  discover,
  dnsDiscovery,
  listDiscovery,
} from '../../src/http/index.ts';
import { LoadBalancer } from '../../src/load-balancer.ts';
import { type DnsAnswer, dnsServer } from './support/dns-server.ts';

/** In virtual time, with errors kept. */
function watching(source: DiscoverySource, options: DiscoverOptions = {}) {
  const clock = new VirtualClock(1_000_000);
  const balancer = new LoadBalancer({ clock });
  const errors: unknown[] = [];
  const settings = { clock, jitter: 0, onError: (error: unknown) => errors.push(error), ...options };
  const discovery: Discovery = discover(balancer, source, settings);
  onTestFinished(() => discovery.stop());
  const weights = (): Record<string, unknown> =>
    Object.fromEntries(Object.entries(balancer.getStats().servers).map(([id, { weight }]) => [id, weight]));
  return { clock, balancer, errors, discovery, weights };
}

describe('a list that changes', () => {
  it('is followed: servers come, change and go', async () => {
    let list: DiscoveredServer[] = [
      { host: '10.0.0.1', port: 81 },
      { host: '::1' },
      { id: 'c', host: 'c.test' },
    ];
    const { clock, balancer, discovery } = watching(listDiscovery(() => list, { interval: '10s' }));
    await discovery.refresh();
    expect(balancer.servers).toEqual(['10.0.0.1:81', '[::1]:80', 'c']);
    list = [
      { host: '10.0.0.1', port: 81, weight: 3 },
      { id: 'c', host: 'd.test', protocol: 'https' },
    ];
    await clock.advanceAsync(10_000);
    expect(balancer.servers).toEqual(['10.0.0.1:81', 'c']);
    const seen = new Map<string, unknown>();
    for (let count = 0; count < 50; count++) {
      await balancer.executeRequest((server) =>
        seen.set(server.id, [server.host, server.port, server.weight]),
      );
    }
    expect(seen.get('10.0.0.1:81')).toEqual(['10.0.0.1', 81, 3]);
    expect(seen.get('c')).toEqual(['d.test', 443, 1]);
    expect(discovery.status()).toMatchObject({
      servers: ['10.0.0.1:81', 'c'],
      updatedAt: 1_010_000,
      failures: 0,
    });
  });

  it('keeps the last that is known while it fails, and asks again sooner', async () => {
    let calls = 0;
    let answer: () => unknown = () => [{ host: 'a' }];
    const source = listDiscovery(
      () => {
        calls += 1;
        return answer() as never;
      },
      { interval: '30s' },
    );
    const { clock, balancer, errors, discovery } = watching(source);
    await discovery.refresh();
    for (const bad of [
      () => [],
      () => Promise.reject(new Error('down')),
      () => 'junk',
      () => [{ port: 1 }],
    ]) {
      answer = bad;
      await discovery.refresh();
      expect(balancer.servers).toEqual(['a:80']);
    }
    expect(errors).toHaveLength(4);
    expect(discovery.status()).toMatchObject({ failures: 4, updatedAt: 1_000_000 });
    expect(discovery.status().error).toMatch(/host must be a non-empty string/);
    calls = 0;
    // 8 s after the fourth, then 16, then as often as always.
    await clock.advanceAsync(7_999);
    expect(calls).toBe(0);
    await clock.advanceAsync(1);
    expect(calls).toBe(1);
    answer = () => [{ host: 'b' }];
    await clock.advanceAsync(16_000);
    expect(calls).toBe(2);
    expect(balancer.servers).toEqual(['b:80']);
    expect(discovery.status()).toMatchObject({ failures: 0, error: undefined });
    await clock.advanceAsync(30_000);
    expect(calls).toBe(3);
  });

  it('may empty the balancer where that is allowed', async () => {
    let list: DiscoveredServer[] = [{ host: 'a' }];
    const { balancer, discovery } = watching(
      listDiscovery(() => list),
      { allowEmpty: true },
    );
    await discovery.refresh();
    list = [];
    await discovery.refresh();
    expect(balancer.servers).toEqual([]);
  });

  it('leaves the servers of others alone, and says so where an id is theirs', async () => {
    const { balancer, discovery, errors } = watching(
      listDiscovery(() => [
        { id: 'mine', host: 'a' },
        { id: 'b', host: 'b' },
      ]),
    );
    balancer.addServer('mine', { host: 'own' });
    await discovery.refresh();
    expect(balancer.servers).toEqual(['mine', 'b']);
    expect(errors).toMatchObject([{ code: 'STATE' }]);
    expect(discovery.status().servers).toEqual(['b']);
  });

  it('takes a server back that left while it had requests', async () => {
    let list: DiscoveredServer[] = [{ host: 'a' }, { host: 'b' }];
    const { clock, balancer, discovery } = watching(listDiscovery(() => list));
    await discovery.refresh();
    let finish = (): void => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const busy = [held, held].map(() => balancer.executeRequest(() => held));
    list = [{ host: 'b' }];
    await discovery.refresh();
    list = [{ host: 'a' }, { host: 'b' }];
    await discovery.refresh();
    finish();
    await Promise.all(busy);
    await clock.advanceAsync(0);
    expect([...balancer.servers].sort()).toEqual(['a:80', 'b:80']);
    expect([...discovery.status().servers].sort()).toEqual(['a:80', 'b:80']);
    expect(balancer.getStats().servers['a:80']).toMatchObject({ state: { kind: 'up' } });
  });

  it('may tell by itself', async () => {
    const waiting: ((list: DiscoveredServer[]) => void)[] = [];
    let isReturned = false;
    const lists = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise<IteratorResult<DiscoveredServer[]>>((resolve) => {
            waiting.push((value) => resolve({ value, done: false }));
          }),
        return: async () => {
          isReturned = true;
          return { value: undefined, done: true as const };
        },
      }),
    };
    const { balancer, discovery, clock } = watching(listDiscovery(lists));
    await clock.advanceAsync(0);
    waiting[0]?.([{ host: 'a' }]);
    await clock.advanceAsync(0);
    expect(balancer.servers).toEqual(['a:80']);
    waiting[1]?.([]);
    await clock.advanceAsync(0);
    expect(balancer.servers).toEqual(['a:80']);
    waiting[2]?.([{ host: 'b' }]);
    await clock.advanceAsync(0);
    expect(balancer.servers).toEqual(['b:80']);
    await discovery.stop();
    expect(isReturned).toBe(true);
    waiting[3]?.([{ host: 'c' }]);
    await clock.advanceAsync(0);
    expect(balancer.servers).toEqual(['b:80']);
  });

  it('that hangs is given up, and stop leaves no timer', async () => {
    const { clock, balancer, errors, discovery } = watching(
      listDiscovery(() => new Promise<never>(() => {})),
      { timeout: '2s' },
    );
    await clock.advanceAsync(2000);
    expect(errors).toMatchObject([{ code: 'TIMEOUT' }]);
    await discovery.stop();
    await discovery.stop();
    expect(balancer.servers).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('refuses what is none', () => {
    expect(() => listDiscovery('a' as never)).toThrow(/list must be a list of servers/);
    expect(() => dnsDiscovery({} as never)).toThrow(/name must be a non-empty string/);
    expect(() => dnsDiscovery({ name: 'a', type: 'MX' as never })).toThrow(/type must be one of/);
    expect(() => discover(new LoadBalancer(), {} as never)).toThrow(/source must be an object with look\(\)/);
    expect(() => discover({} as never, listDiscovery([]))).toThrow(
      /registry must be an object with addServer/,
    );
  });
});

describe('DNS', () => {
  it('gives servers by their addresses, for as long as the answer may be kept', async () => {
    const zone = new Map<string, DnsAnswer>([
      ['A api.test', { addresses: ['10.0.0.1', '10.0.0.2'], ttl: 5 }],
      ['AAAA api.test', { addresses: ['fd00::1'] }],
    ]);
    const { resolver, questions } = await dnsServer(zone);
    const { clock, balancer, discovery } = watching(dnsDiscovery({ name: 'api.test', port: 8080, resolver }));
    await discovery.refresh();
    expect(balancer.servers).toEqual(['10.0.0.1:8080', '10.0.0.2:8080']);
    zone.set('A api.test', { addresses: ['10.0.0.2', '10.0.0.3'] });
    clock.advance(4999);
    expect(questions).toHaveLength(1);
    clock.advance(1);
    await discovery.refresh();
    expect(balancer.servers).toEqual(['10.0.0.2:8080', '10.0.0.3:8080']);
    expect(questions).toHaveLength(2);
    const six = watching(dnsDiscovery({ name: 'api.test', type: 'AAAA', protocol: 'https', resolver }));
    await six.discovery.refresh();
    expect(six.balancer.servers).toEqual(['[fd00::1]:443']);
  });

  it.each(['SERVFAIL', 'NXDOMAIN', 'silence', { addresses: [] }] as DnsAnswer[])(
    'keeps the servers when the answer is %j',
    async (answer) => {
      const zone = new Map<string, DnsAnswer>([['A api.test', { addresses: ['10.0.0.1'] }]]);
      const { resolver } = await dnsServer(zone);
      const { balancer, discovery, errors } = watching(dnsDiscovery({ name: 'api.test', resolver }));
      await discovery.refresh();
      zone.set('A api.test', answer);
      await discovery.refresh();
      expect(balancer.servers).toEqual(['10.0.0.1:80']);
      expect(errors).toHaveLength(1);
    },
  );

  it('gives services with ports and weights, those of the first priority that has addresses', async () => {
    const zone = new Map<string, DnsAnswer>([
      [
        'SRV _http._tcp.test',
        {
          services: [
            { target: 'gone.test', port: 1, priority: 5, weight: 1 },
            { target: 'a.test', port: 81, priority: 10, weight: 30 },
            { target: 'b.test', port: 82, priority: 10, weight: 0 },
            { target: 'c.test', port: 83, priority: 10, weight: 10 },
            { target: 'later.test', port: 84, priority: 20, weight: 10 },
          ],
        },
      ],
      ['A a.test', { addresses: ['10.0.0.1', '10.0.0.2'] }],
      ['A b.test', { addresses: ['10.0.0.3'] }],
      ['AAAA c.test', { addresses: ['fd00::4'] }],
      ['A later.test', { addresses: ['10.0.0.5'] }],
    ]);
    const { resolver } = await dnsServer(zone);
    const { discovery, weights } = watching(dnsDiscovery({ name: '_http._tcp.test', type: 'SRV', resolver }));
    await discovery.refresh();
    expect(weights()).toEqual({
      '10.0.0.1:81': 15,
      '10.0.0.2:81': 15,
      '10.0.0.3:82': 0.1,
      '[fd00::4]:83': 10,
    });
    // Of the first none has an address any more: the next priority's turn.
    for (const name of ['A a.test', 'A b.test', 'AAAA c.test']) zone.set(name, 'NXDOMAIN');
    await discovery.refresh();
    expect(weights()).toEqual({ '10.0.0.5:84': 10 });
    zone.set('SRV _http._tcp.test', { services: [{ target: '.', port: 0 }] });
    await discovery.refresh();
    expect(discovery.status()).toMatchObject({ failures: 1, error: '_http._tcp.test has no servers' });
    expect(weights()).toEqual({ '10.0.0.5:84': 10 });
  });

  it('has weights that keep their proportion in the balancer’s range', () => {
    const of = (...weights: number[]): number[] => weightsOf(weights.map((weight) => ({ weight })));
    expect(of(0, 0)).toEqual([1, 1]);
    expect(of(1, 2, 0)).toEqual([1, 2, 0.01]);
    expect(of(65_535, 0)).toEqual([1000, 10]);
    expect(of(65_535, 1, 0)).toEqual([1000, expect.closeTo(0.01526, 4), 0.001]);
    expect(of()).toEqual([]);
  });
});
