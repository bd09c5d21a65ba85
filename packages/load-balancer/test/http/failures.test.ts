import { Agent, get, request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { backEnd, tcpBackEnd } from './support/back-end.ts';
import { proxied, settled } from './support/proxied.ts';
import { ask, connected, say } from './support/raw.ts';
import { until } from './support/until.ts';

describe('a server that breaks off', () => {
  it.each([
    ['with a length', 'Content-Length: 100\r\n\r\nhalf', 'HTTP/1.1'],
    ['with chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', 'HTTP/1.1'],
    ['with a length, to an old client', 'Content-Length: 100\r\n\r\nhalf', 'HTTP/1.0'],
    ['with chunks, to an old client', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', 'HTTP/1.0'],
  ])('%s breaks the client’s connection too: it is no whole answer', async (_, bytes, version) => {
    const back = await tcpBackEnd((socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\n${bytes}`);
        setTimeout(() => socket.resetAndDestroy(), 30);
      });
    });
    const { port, balancer } = await proxied([back]);
    const socket = await connected(port);
    let got = '';
    let ended = false;
    let failed = false;
    socket.on('data', (chunk) => {
      got += chunk;
    });
    socket.on('end', () => {
      ended = true;
    });
    socket.on('error', () => {
      failed = true;
    });
    socket.write(`GET / ${version}\r\nHost: x\r\n\r\n`);
    await new Promise((resolve) => socket.once('close', resolve).once('end', () => setTimeout(resolve, 10)));
    expect(got).toContain('half');
    expect(got).not.toContain('0\r\n\r\n');
    // Where the end of the connection would be the end of the body, it must not be a clean one.
    if (got.includes('chunked') || got.includes('Content-Length')) expect(ended || failed).toBe(true);
    else expect(failed).toBe(true);
    await settled(balancer);
  });

  it('before its answer is a 502, or another server’s turn', async () => {
    const bad = await tcpBackEnd((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    const { port: good } = await backEnd((_req, res) => res.end('fine'));
    const alone = await proxied([bad]);
    expect((await ask(alone.port, { method: 'POST' }, 'x')).status).toBe(502);
    const both = await proxied([bad, good]);
    for (let round = 0; round < 8; round++) expect((await ask(both.port)).status).toBe(200);
    await settled(both.balancer);
  });

  it('with the body still on its way leaves the client to read the answer', async () => {
    const { port: back } = await backEnd((_req, res) =>
      res.writeHead(413, { Connection: 'close' }).end('too much'),
    );
    const { port, balancer } = await proxied([back]);
    const answer = await ask(port, { method: 'POST' }, Buffer.alloc(3_000_000));
    expect([413, 502]).toContain(answer.status);
    await settled(balancer);
  });
});

describe('a client that leaves', () => {
  it('before the answer ends the request at the server, and its count', async () => {
    const states: string[] = [];
    const { port: back } = await backEnd((req) => {
      states.push('got');
      req.on('close', () => states.push('closed'));
    });
    const { port, balancer, errors } = await proxied([back]);
    const outgoing = get({ port, host: '127.0.0.1', agent: false });
    outgoing.on('error', () => {});
    await until(() => states.length === 1);
    expect(balancer.getStats().inFlight).toBe(1);
    outgoing.destroy();
    await until(() => states.length === 2);
    await settled(balancer);
    expect(errors).toEqual([]);
    const [server] = Object.values(balancer.getStats().servers);
    expect(server).toMatchObject({ failures: 0 });
  });

  it('in the middle of the answer ends it at the server', async () => {
    let isClosed = false;
    const { port: back } = await backEnd((_req, res) => {
      res.write('begun');
      res.on('close', () => {
        isClosed = true;
      });
    });
    const { port, balancer } = await proxied([back]);
    const socket = await connected(port);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    expect(balancer.getStats().held).toBe(1);
    socket.destroy();
    await until(() => isClosed);
    await settled(balancer);
  });

  it('in the middle of its body never ends that cleanly', async () => {
    let hasBegun = false;
    let outcome = '';
    const { port: back } = await backEnd((req) => {
      req.on('data', () => {
        hasBegun = true;
      });
      req.on('end', () => {
        outcome = 'complete';
      });
      req.on('error', () => {
        outcome ||= 'broken';
      });
    });
    const { port, balancer } = await proxied([back]);
    for (const framing of [
      'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      'Content-Length: 100000\r\n\r\nhello',
    ]) {
      hasBegun = false;
      outcome = '';
      const socket = await connected(port);
      socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${framing}`);
      await until(() => hasBegun);
      socket.destroy();
      await until(() => outcome !== '');
      expect(outcome).toBe('broken');
      await settled(balancer);
    }
  });
});

describe('time', () => {
  it('of a body is measured by its progress, in either direction', async () => {
    const { port: back } = await backEnd((req, res) => {
      if (req.url === '/steady') {
        // All of it takes longer than it may stand still.
        let left = 10;
        const timer = setInterval(() => {
          left -= 1;
          if (left > 0) res.write('x');
          else {
            clearInterval(timer);
            res.end('!');
          }
        }, 200);
      } else {
        res.write('and then nothing');
      }
    });
    const { port, balancer } = await proxied([back], { bodyTimeout: 1500 });
    const steady = await ask(port, { path: '/steady' });
    expect(String(steady.body)).toBe('xxxxxxxxx!');
    await expect(ask(port, { path: '/stalls' })).rejects.toThrow();
    await settled(balancer);
  });

  it('of an upload is its own; the answer’s begins when it has ended', async () => {
    const { port: back } = await backEnd((req, res) => {
      req.resume().on('end', () => res.end('done'));
    });
    const { port, balancer } = await proxied([back], { timeout: 1000 });
    async function* slow() {
      for (let part = 0; part < 6; part++) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        yield Buffer.from('part');
      }
    }
    const answer = await ask(port, { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } }, slow());
    expect(String(answer.body)).toBe('done');
    await settled(balancer);
  });

  it('is not taken for ever by a client that reads nothing', async () => {
    const { port: back } = await backEnd((_req, res) => {
      res.end(Buffer.alloc(40_000_000));
    });
    const { port, balancer } = await proxied([back], { bodyTimeout: 1000 });
    const socket = await connected(port);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => balancer.getStats().held === 1);
    await settled(balancer);
  });
});

describe('connections', () => {
  it('are used again, and none is left when the proxy is stopped', async () => {
    const { port: back, connections } = await backEnd((_req, res) => res.end('x'));
    const { port, proxy, balancer } = await proxied([back]);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; count < 1000; count++) {
      expect((await ask(port, { agent })).status).toBe(200);
    }
    agent.destroy();
    expect(await connections()).toBeLessThanOrEqual(2);
    await settled(balancer);
    await proxy.stop();
    await until(async () => (await connections()) === 0);
  }, 60_000);

  it('serve 200 requests at once, leaving no count behind', async () => {
    const { port: back, connections } = await backEnd((req, res) => {
      setTimeout(() => req.pipe(res), 20);
    });
    const { port, balancer, proxy } = await proxied([back, back]);
    const body = Buffer.alloc(20_000, 'y');
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        if (index % 10 !== 0) return (await ask(port, { method: 'POST' }, body)).body.length;
        // Every tenth leaves.
        const outgoing = request({ port, host: '127.0.0.1', method: 'POST', agent: false });
        outgoing.on('error', () => {});
        outgoing.write('half');
        await new Promise((resolve) => setTimeout(resolve, index % 40));
        outgoing.destroy();
        return body.length;
      }),
    );
    expect(new Set(answers)).toEqual(new Set([body.length]));
    await settled(balancer);
    await proxy.stop();
    await until(async () => (await connections()) === 0);
  });

  it('to a server end when it has gone', async () => {
    const { port: back, connections } = await backEnd((_req, res) => res.end('x'));
    const { port, balancer } = await proxied([back], { keepAliveTimeout: '60s' });
    await ask(port);
    expect(await connections()).toBe(1);
    await balancer.removeServer('a');
    await until(async () => (await connections()) === 0);
  });

  it('are waited for when it is stopped, and what comes meanwhile is turned away', async () => {
    let finish = (): void => {};
    const { port: back } = await backEnd((_req, res) => {
      res.write('first ');
      finish = () => res.end('last');
    });
    const { port, proxy, balancer } = await proxied([back], { stopTimeout: '5s' });
    const answer = ask(port);
    await until(() => balancer.getStats().held === 1);
    const stopped = proxy.stop();
    expect((await ask(port)).status).toBe(503);
    finish();
    expect(String((await answer).body)).toBe('first last');
    await stopped;
    expect(await say(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toContain('503');
  });
});
