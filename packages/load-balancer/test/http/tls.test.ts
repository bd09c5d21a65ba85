import { createServer } from 'node:http';
import { createServer as createHttps, request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { balancedFetch, httpCheck, reverseProxy } from '../../src/http/index.ts';
import { LoadBalancer } from '../../src/load-balancer.ts';
import { listen } from './support/back-end.ts';
import { settled } from './support/proxied.ts';
import { ask, connected } from './support/raw.ts';
import { selfSigned } from './support/self-signed.ts';

const identity = selfSigned('back.test');

async function secure() {
  const names: unknown[] = [];
  const server = createHttps(identity, (req, res) => {
    names.push((req.socket as TLSSocket).servername);
    res.end(JSON.stringify(req.headers));
  });
  server.on('upgrade', (_req, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.pipe(socket);
  });
  const port = await listen(server);
  const balancer = new LoadBalancer();
  balancer.addServer('a', { host: '127.0.0.1', port, protocol: 'https' });
  return { port, balancer, names };
}

const tls = { ca: identity.cert, servername: 'back.test' };

describe('servers that speak https', () => {
  it('are known by their own name, whatever the client asked for', async () => {
    const { balancer, names } = await secure();
    const proxy = reverseProxy(balancer, { tls, stopTimeout: 0 });
    onTestFinished(() => proxy.stop());
    const port = await listen(createServer(proxy).on('upgrade', proxy.upgrade));
    for (const host of ['shop.example', 'other.example']) {
      const answer = await ask(port, { headers: { Host: host } });
      expect(JSON.parse(String(answer.body))).toMatchObject({ host });
    }
    expect(names).toEqual(['back.test', 'back.test']);
    const socket = await connected(port);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello');
    let got = '';
    await new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        got += chunk;
        if (got.endsWith('hello')) resolve();
      });
    });
    expect(got).toContain('101 Switching Protocols');
    socket.destroy();
    await settled(balancer);
  });

  it('are not spoken to where the name or the authority is wrong', async () => {
    const { balancer } = await secure();
    for (const bad of [{}, { ca: identity.cert }, { ...tls, servername: 'else.test' }]) {
      const proxy = reverseProxy(balancer, { tls: bad, stopTimeout: 0 });
      onTestFinished(() => proxy.stop());
      const port = await listen(createServer(proxy));
      expect((await ask(port)).status).toBe(502);
    }
    await settled(balancer);
  });

  it('are asked by fetch and by checks too', async () => {
    const { balancer } = await secure();
    const fetch = balancedFetch(balancer, { tls });
    onTestFinished(() => fetch.stop());
    expect((await (await fetch('/')).json()) as object).toHaveProperty('host');
    const check = (options: object): Promise<void> =>
      balancer.executeRequest(async (server) => {
        await httpCheck(options)(server, new AbortController().signal);
      });
    await check({ tls });
    await expect(check({})).rejects.toThrow();
  });
});

it('clients that speak https are told of as such', async () => {
  const { balancer } = await secure();
  const proxy = reverseProxy(balancer, { tls, stopTimeout: 0 });
  onTestFinished(() => proxy.stop());
  const port = await listen(createHttps(identity, proxy));
  const body = await new Promise<string>((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      ca: identity.cert,
      servername: 'back.test',
      agent: false,
    } as const;
    const outgoing = request(options, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    outgoing.on('error', reject).end();
  });
  expect(JSON.parse(body)).toMatchObject({ 'x-forwarded-proto': 'https' });
});
