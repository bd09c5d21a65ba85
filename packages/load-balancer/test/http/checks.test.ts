import { describe, expect, it } from 'vitest';
import { httpCheck, tcpCheck } from '../../src/http/index.ts';
import type { Server } from '../../src/servers/server.ts';
import { backEnd, closedPort, tcpBackEnd } from './support/back-end.ts';
import { until } from './support/until.ts';

const at = (port: number): Server => ({
  id: 'a',
  host: '127.0.0.1',
  port,
  protocol: 'http',
  weight: 1,
  maxInFlight: Number.POSITIVE_INFINITY,
  metadata: undefined,
});
const open = new AbortController().signal;

describe('a check by HTTP', () => {
  it('goes by the status alone, and leaves no connection', async () => {
    const { port, connections } = await backEnd((req, res) => {
      if (req.url === '/health') res.writeHead(204).end();
      else if (req.url === '/moved') res.writeHead(301, { Location: '/health' }).end();
      else if (req.url === '/endless') res.write('a body without an end');
      else res.writeHead(req.headers['x-key'] === 'k' ? 200 : 503).end();
    });
    await httpCheck()(at(port), open);
    await httpCheck({ path: '/endless' })(at(port), open);
    await httpCheck({ path: '/', headers: { 'X-Key': 'k' } })(at(port), open);
    await httpCheck({ path: '/moved', expect: [200, 301] })(at(port), open);
    await expect(httpCheck({ path: '/moved' })(at(port), open)).rejects.toThrow('answered with status 301');
    await expect(httpCheck({ path: '/' })(at(port), open)).rejects.toThrow('answered with status 503');
    await expect(httpCheck({ expect: 200 })(at(port), open)).rejects.toThrow('status 204');
    await until(async () => (await connections()) === 0);
  });

  it('fails where nobody answers, and ends with its signal', async () => {
    await expect(httpCheck()(at(await closedPort()), open)).rejects.toThrow(/ECONNREFUSED/);
    const silent = await tcpBackEnd(() => {});
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 30);
    await expect(httpCheck()(at(silent), controller.signal)).rejects.toThrow();
  });

  it('refuses options that are none', () => {
    expect(() => httpCheck({ path: 'health' })).toThrow(/path must be a path/);
    expect(() => httpCheck({ path: '/a b' })).toThrow(/path must be a path/);
    expect(() => httpCheck({ expect: 99 })).toThrow(/expect must be an integer from 100 to 599/);
  });
});

describe('a check by TCP', () => {
  it('passes where a connection is accepted', async () => {
    await tcpCheck()(at(await tcpBackEnd((socket) => socket.on('error', () => {}))), open);
    await expect(tcpCheck()(at(await closedPort()), open)).rejects.toThrow(/ECONNREFUSED/);
    await expect(tcpCheck()(at(1), AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
