import { describe, expect, it, onTestFinished } from 'vitest';
import { type BalancedFetchOptions, balancedFetch } from '../../src/http/index.ts';
import { LoadBalancer } from '../../src/load-balancer.ts';
import { backEnd, closedPort } from './support/back-end.ts';
import { settled } from './support/proxied.ts';
import { until } from './support/until.ts';

function client(ports: readonly number[], options: BalancedFetchOptions = {}) {
  // As many tries as it takes: what the budget allows is not what is tested.
  const balancer = new LoadBalancer({ retryBudget: 1, throttle: false });
  ports.forEach((port, index) => {
    balancer.addServer(`s${index}`, { host: '127.0.0.1', port });
  });
  const fetch = balancedFetch(balancer, options);
  onTestFinished(() => fetch.stop());
  return { balancer, fetch };
}

const echo = () =>
  backEnd((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      const { method, url, headers } = req;
      res.end(JSON.stringify({ method, url, headers, body: String(Buffer.concat(chunks)) }));
    });
  });

describe('balancedFetch', () => {
  it('takes what fetch takes', async () => {
    const { balancer, fetch } = client([(await echo()).port], { base: 'http://api.test/v1/' });
    const seen = async (...args: Parameters<typeof fetch>): Promise<Record<string, unknown>> =>
      (await (await fetch(...args)).json()) as Record<string, unknown>;
    expect(await seen('users/7?a=b')).toMatchObject({ method: 'GET', url: '/v1/users/7?a=b' });
    expect(await seen('/top')).toMatchObject({ url: '/top' });
    expect(await seen(new URL('http://api.test/x'))).toMatchObject({ url: '/x' });
    expect(await seen('/', { method: 'POST', body: 'text' })).toMatchObject({ method: 'POST', body: 'text' });
    expect(await seen('/', { method: 'PUT', body: new URLSearchParams({ a: 'b' }) })).toMatchObject({
      body: 'a=b',
    });
    const request = new Request('http://api.test/r', {
      method: 'POST',
      body: 'own',
      headers: { 'X-A': 'b' },
    });
    const got = await seen(request as never);
    expect(got).toMatchObject({ method: 'POST', url: '/r', body: 'own', headers: { 'x-a': 'b' } });
    await expect(fetch('http://elsewhere.test/')).rejects.toThrow(/is not what is balanced/);
    await expect(fetch('/', { headers: { 'bad name': 'x' } })).rejects.toThrow(TypeError);
    await settled(balancer);
    expect(Object.values(balancer.getStats().servers)[0]).toMatchObject({ failures: 0 });
  });

  it('asks another server where that may be', async () => {
    let failures = 0;
    const { port: bad } = await backEnd((req, res) => {
      failures += 1;
      req.resume().on('end', () => res.writeHead(503).end('x'.repeat(100_000)));
    });
    const { port: good } = await echo();
    const { balancer, fetch } = client([bad, good, await closedPort()]);
    for (let round = 0; round < 10; round++) {
      const response = await fetch('/', { method: 'PUT', body: 'again' });
      expect(await response.json()).toMatchObject({ body: 'again' });
    }
    expect(failures).toBeGreaterThan(0);
    await settled(balancer);
    const alone = client([bad]);
    failures = 0;
    const answer = await alone.fetch('/', { method: 'POST', body: 'once' });
    expect([answer.status, failures]).toEqual([503, 1]);
    await answer.body?.cancel();
    await settled(alone.balancer);
  });

  it('does not send a stream a second time', async () => {
    const { balancer, fetch } = client([await closedPort(), await closedPort()]);
    const stream = (): ReadableStream => new Blob(['part']).stream();
    await expect(fetch('/', { method: 'PUT', body: stream() as never, duplex: 'half' })).rejects.toThrow(
      'fetch failed',
    );
    expect(balancer.getStats().tries).toBe(1);
    await expect(fetch('/', { method: 'PUT', body: 'text' })).rejects.toThrow('fetch failed');
    expect(balancer.getStats().tries).toBe(3);
  });

  it('holds the server’s count for as long as the body goes on', async () => {
    let finish = (): void => {};
    const { port } = await backEnd((_req, res) => {
      res.write('begun ');
      finish = () => res.end('done');
    });
    const { balancer, fetch } = client([port]);
    const response = await fetch('/');
    expect(balancer.getStats().held).toBe(1);
    finish();
    expect(await response.text()).toBe('begun done');
    await settled(balancer);
    const cancelled = await fetch('/');
    await cancelled.body?.cancel();
    await settled(balancer);
    const controller = new AbortController();
    const aborted = await fetch('/', { signal: controller.signal });
    controller.abort();
    await expect(aborted.text()).rejects.toThrow();
    await settled(balancer);
  });

  it('gives up a body that nobody reads', async () => {
    const { port } = await backEnd((_req, res) => res.end(Buffer.alloc(20_000_000)));
    const { balancer, fetch } = client([port], { bodyTimeout: 500 });
    const response = await fetch('/');
    expect(balancer.getStats().held).toBe(1);
    await settled(balancer);
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  it('ends with the caller’s signal, with its reason', async () => {
    const { port } = await backEnd(() => {});
    const { balancer, fetch } = client([port]);
    const controller = new AbortController();
    const response = fetch('/', { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(response).rejects.toThrow('enough');
    await settled(balancer);
    await expect(fetch('/', { balance: { timeout: 30, retries: 0 } })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    await settled(balancer);
  });

  it('follows redirects, on the same server and elsewhere', async () => {
    const { port: other } = await backEnd((_req, res) => res.end('elsewhere'));
    const { port } = await backEnd((req, res) => {
      if (req.url === '/here') res.writeHead(302, { Location: '/end' }).end();
      else if (req.url === '/there') res.writeHead(302, { Location: `http://127.0.0.1:${other}/` }).end();
      else res.end('end');
    });
    const { balancer, fetch } = client([port]);
    expect(await (await fetch('/here')).text()).toBe('end');
    expect(await (await fetch('/there')).text()).toBe('elsewhere');
    await settled(balancer);
  });

  it('leaves no connection when it is stopped', async () => {
    const { port, connections } = await echo();
    const { fetch } = client([port]);
    await Promise.all(Array.from({ length: 20 }, async () => (await fetch('/')).text()));
    expect(await connections()).toBeGreaterThan(0);
    await fetch.stop();
    await until(async () => (await connections()) === 0);
    await expect(fetch('/')).rejects.toThrow();
  });

  it('refuses options that are none', () => {
    expect(() => balancedFetch(new LoadBalancer(), { base: 'api' })).toThrow(/base must be an absolute/);
    expect(() => balancedFetch(new LoadBalancer(), { connections: 0 })).toThrow(/connections must be/);
    // @ts-expect-error: no balancer
    expect(() => balancedFetch({})).toThrow(/balancer must be an object with executeRequest\(\), on\(\)/);
  });
});
