import { Agent, get, type IncomingMessage, request } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reverseProxy } from '../../src/http/index.ts';
import { readLoadReport } from '../../src/http/load-report.ts';
import { LoadBalancer } from '../../src/load-balancer.ts';
import { backEnd, closedPort } from './support/back-end.ts';
import { type Proxied, proxied, settled } from './support/proxied.ts';
import { ask } from './support/raw.ts';

const echo = () =>
  backEnd((req, res) => {
    res.setHeader('X-Method', req.method ?? '');
    if (req.headers['content-length']) res.setHeader('Content-Length', req.headers['content-length']);
    req.pipe(res);
  });

describe('bodies', () => {
  it('come through byte by byte, in both directions, whatever their size and framing', async () => {
    const { port, balancer } = await proxied([(await echo()).port]);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.nat(3), fc.nat(100_000), fc.constantFrom(16_384, 65_535, 65_536, 65_537, 300_000)),
        fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'),
        fc.boolean(),
        fc.nat(255),
        async (size, method, isChunked, seed) => {
          const body = Buffer.alloc(size);
          for (let index = 0; index < size; index++) body[index] = (index * 31 + seed + (index >> 8)) & 255;
          const options = isChunked
            ? { method, headers: { 'Transfer-Encoding': 'chunked' } }
            : { method, headers: { 'Content-Length': size } };
          const answer = await ask(port, options, body);
          expect(answer.status).toBe(200);
          expect(answer.headers['x-method']).toBe(method);
          expect(answer.body.equals(body)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
    await settled(balancer);
  });

  it('stream: the first part is there before the last is sent', async () => {
    const { port } = await proxied([(await echo()).port]);
    const seen: string[] = [];
    let sendMore = (): void => {};
    const more = new Promise<void>((resolve) => {
      sendMore = resolve;
    });
    async function* parts() {
      yield Buffer.from('first');
      await more;
      yield Buffer.from('last');
    }
    await new Promise<void>((resolve, reject) => {
      const outgoing = request({ port, host: '127.0.0.1', method: 'POST', agent: false }, (response) => {
        response.on('data', (chunk) => {
          seen.push(String(chunk));
          sendMore();
        });
        response.on('end', resolve);
      });
      outgoing.on('error', reject);
      void (async () => {
        for await (const part of parts()) outgoing.write(part);
        outgoing.end();
      })();
    });
    expect(seen).toEqual(['first', 'last']);
  });

  it('that are large are never held in memory: a slow reader slows the server down', async () => {
    let written = 0;
    const { port: back } = await backEnd((_req, res) => {
      const chunk = Buffer.alloc(65_536);
      const write = (): void => {
        while (written < 1000 * chunk.length) {
          written += chunk.length;
          if (!res.write(chunk)) {
            res.once('drain', write);
            return;
          }
        }
        res.end();
      };
      write();
    });
    const { port } = await proxied([back]);
    let atFirst = 0;
    const total = await new Promise<number>((resolve, reject) => {
      get({ port, host: '127.0.0.1', agent: false }, (response) => {
        // Nothing is read for a while.
        setTimeout(() => {
          atFirst = written;
          let bytes = 0;
          response.on('data', (chunk) => {
            bytes += chunk.length;
          });
          response.on('end', () => resolve(bytes));
        }, 300);
      }).on('error', reject);
    });
    expect(total).toBe(1000 * 65_536);
    // What the system's buffers take.
    expect(atFirst).toBeLessThan(500 * 65_536);
  });
});

describe('responses', () => {
  it('without a body are passed on with their length', async () => {
    const { port: back } = await backEnd((req, res) => {
      if (req.url === '/304') res.writeHead(304, { ETag: '"x"', 'Content-Length': 1234 }).end();
      else if (req.url === '/204') res.writeHead(204, { 'X-A': 'b' }).end();
      else res.writeHead(200, { 'Content-Length': 7 }).end('content');
    });
    const { port, balancer, errors } = await proxied([back]);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let round = 0; round < 3; round++) {
      const head = await ask(port, { method: 'HEAD', agent });
      expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '7', 0]);
      const notModified = await ask(port, { path: '/304', agent });
      expect([notModified.status, notModified.headers.etag, notModified.body.length]).toEqual([
        304,
        '"x"',
        0,
      ]);
      const none = await ask(port, { path: '/204', agent });
      expect([none.status, none.headers['x-a'], none.headers['content-length']]).toEqual([
        204,
        'b',
        undefined,
      ]);
      const full = await ask(port, { agent });
      expect([full.status, String(full.body)]).toEqual([200, 'content']);
    }
    agent.destroy();
    await settled(balancer);
    expect(errors).toEqual([]);
  });

  it('keep their status text, the case, order and number of their fields', async () => {
    const { port: back } = await backEnd((_req, res) => {
      res.writeHead(299, 'Strange But Fine', [
        ...[
          'Set-Cookie',
          'a=1',
          'x-LOWER',
          '1',
          'Set-Cookie',
          'b=2',
          'Date',
          'Thu, 01 Jan 1970 00:00:00 GMT',
        ],
        ...['Connection', 'X-Private, keep-alive', 'X-Private', 'no', 'Keep-Alive', 'timeout=5'],
        ...['Proxy-Authenticate', 'Basic', 'Upgrade', 'h2c', 'X-Server-Load', '0.5'],
      ]);
      res.end('x');
    });
    const { port } = await proxied([back]);
    const answer = await ask(port);
    expect([answer.status, answer.statusText]).toEqual([299, 'Strange But Fine']);
    const { rawHeaders } = answer;
    expect(rawHeaders.slice(0, 8)).toEqual([
      ...['Set-Cookie', 'a=1', 'x-LOWER', '1', 'Set-Cookie', 'b=2', 'Date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ]);
    const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(names).not.toContain('x-private');
    expect(names).not.toContain('proxy-authenticate');
    expect(names).not.toContain('upgrade');
    expect(names).not.toContain('x-server-load');
  });

  it('come beside what a framework has set already, of which nothing is left in an answer of the proxy’s', async () => {
    const { port: back } = await backEnd((_req, res) => {
      res.setHeader('Set-Cookie', ['a=1', 'b=2']).end('x');
    });
    const framed = async (proxy: Proxied['proxy']): Promise<number> =>
      (
        await backEnd((req, res) => {
          res.setHeader('X-Powered-By', 'framework');
          proxy(req, res);
        })
      ).port;
    const answer = await ask(await framed((await proxied([back])).proxy));
    expect(answer.headers).toMatchObject({ 'x-powered-by': 'framework', 'set-cookie': ['a=1', 'b=2'] });
    const none = await ask(await framed((await proxied([])).proxy));
    expect([none.status, none.headers['x-powered-by']]).toEqual([503, undefined]);
  });

  it('have their trailers', async () => {
    const { port: back } = await backEnd((_req, res) => {
      res.writeHead(200, { Trailer: 'X-Sum' });
      res.write('body');
      res.addTrailers([
        ['X-Sum', '42'],
        ['X-More', 'yes'],
      ]);
      res.end();
    });
    const { port } = await proxied([back]);
    const answer = await ask(port);
    expect(answer.headers.trailer).toBe('X-Sum');
    expect(answer.trailers).toEqual({ 'x-sum': '42', 'x-more': 'yes' });
  });

  it('go out before their body has come', async () => {
    const { port: back } = await backEnd((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' });
      res.flushHeaders();
    });
    const { port, balancer } = await proxied([back]);
    const controller = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: controller.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(balancer.getStats().held).toBe(1);
    controller.abort();
    await settled(balancer);
  });

  it('are preceded by early hints', async () => {
    const { port: back } = await backEnd((_req, res) => {
      res.writeEarlyHints({ link: '</style.css>; rel=preload' });
      setTimeout(() => res.end('x'), 20);
    });
    const { port } = await proxied([back]);
    const hints = await new Promise((resolve, reject) => {
      const request = get({ port, host: '127.0.0.1', agent: false }, (response) => response.resume());
      request.on('information', ({ statusCode, headers }) => resolve([statusCode, headers.link]));
      request.on('error', reject);
    });
    expect(hints).toEqual([103, '</style.css>; rel=preload']);
  });
});

describe('requests', () => {
  const seen = () => backEnd((req, res) => res.end(JSON.stringify({ raw: req.rawHeaders, url: req.url })));

  it('get the forwarding fields, and what the client says of itself is replaced', async () => {
    const { port } = await proxied([(await seen()).port]);
    const headers = {
      Host: 'shop.example',
      'X-Forwarded-For': '6.6.6.6',
      'X-Forwarded-Proto': 'https',
      X_Forwarded_Host: 'evil',
      'X-Real-IP': '6.6.6.6',
      Forwarded: 'for=6.6.6.6',
    };
    const { raw } = JSON.parse(String((await ask(port, { headers })).body));
    expect(raw).toEqual([
      ...['host', 'shop.example', 'connection', 'keep-alive'],
      ...['X-Forwarded-For', '127.0.0.1', 'X-Forwarded-Proto', 'http'],
      ...['X-Forwarded-Host', 'shop.example', 'X-Forwarded-Port', String(port)],
    ]);
  });

  it('get them added to where the peer is trusted', async () => {
    const { port } = await proxied([(await seen()).port], {
      trustProxy: (address) => address === '127.0.0.1',
      host: 'server',
      via: 'edge',
    });
    const headers = { 'X-Forwarded-For': '6.6.6.6', 'X-Forwarded-Proto': 'https', Forwarded: 'for=6.6.6.6' };
    const answer = await ask(port, { headers });
    const fields = pairs(JSON.parse(String(answer.body)).raw);
    expect(fields['x-forwarded-for']).toEqual(['6.6.6.6, 127.0.0.1']);
    expect(fields['x-forwarded-proto']).toEqual(['https']);
    expect(fields.forwarded).toEqual(['for=6.6.6.6']);
    expect(fields.via).toEqual(['1.1 edge']);
    expect(answer.headers.via).toBe('1.1 edge');
    expect(fields.host).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+$/)]);
  });

  it('lose what is between the client and the proxy', async () => {
    const { port } = await proxied([(await seen()).port]);
    const headers = {
      Connection: 'X-Private, X-Forwarded-For, Host',
      'X-Private': '1',
      'Proxy-Authorization': 'Basic x',
      'Proxy-Connection': 'keep-alive',
      Proxy: 'http://evil',
      'Keep-Alive': 'timeout=1',
      TE: 'gzip, trailers;q=0.5, trailers',
      Cookie: 'a=b',
    };
    const fields = pairs(JSON.parse(String((await ask(port, { headers })).body)).raw);
    expect(Object.keys(fields).sort()).toEqual([
      ...['connection', 'cookie', 'host', 'te', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port'],
      'x-forwarded-proto',
    ]);
    expect(fields.te).toEqual(['trailers']);
    expect(fields.connection).toEqual(['keep-alive']);
  });

  it('have their trailers', async () => {
    const { port: back } = await backEnd((req, res) => {
      req.resume().on('end', () => res.end(JSON.stringify([req.headers.trailer, req.trailers])));
    });
    const { port, balancer } = await proxied([back]);
    const body = await new Promise<string>((resolve, reject) => {
      const headers = { Trailer: 'X-Sum', 'Transfer-Encoding': 'chunked' };
      const outgoing = request(
        { port, host: '127.0.0.1', method: 'POST', headers, agent: false },
        (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('end', () => resolve(text));
        },
      );
      outgoing.on('error', reject);
      outgoing.write('body');
      outgoing.addTrailers({ 'X-Sum': '42' });
      outgoing.end();
    });
    expect(JSON.parse(body)).toEqual(['X-Sum', { 'x-sum': '42' }]);
    await settled(balancer);
  });

  it('that wait for leave to send are given it', async () => {
    const { port } = await proxied([(await echo()).port]);
    const text = await new Promise<string>((resolve, reject) => {
      const headers = { Expect: '100-continue', 'Content-Length': 4 };
      const outgoing = request(
        { port, host: '127.0.0.1', method: 'POST', headers, agent: false },
        (response) => {
          response.on('data', (chunk) => resolve(String(chunk)));
        },
      );
      outgoing.on('continue', () => outgoing.end('body')).on('error', reject);
      outgoing.flushHeaders();
    });
    expect(text).toBe('body');
  });

  it('about the proxy itself are answered by it', async () => {
    const { port } = await proxied([(await seen()).port]);
    expect((await ask(port, { method: 'OPTIONS', path: '*' })).status).toBe(204);
    const last = await ask(port, { method: 'OPTIONS', headers: { 'Max-Forwards': '0' } });
    expect(last.status).toBe(204);
    const next = await ask(port, { method: 'OPTIONS', headers: { 'Max-Forwards': '3' } });
    expect(pairs(JSON.parse(String(next.body)).raw)['max-forwards']).toEqual(['2']);
    expect((await ask(port, { method: 'TRACE' })).status).toBe(405);
  });
});

describe('another server', () => {
  it('gets what a server never got, whatever it is', async () => {
    const { port, balancer } = await proxied([await closedPort(), (await echo()).port]);
    const body = Buffer.alloc(200_000, 'x');
    for (let round = 0; round < 10; round++) {
      const answer = await ask(port, { method: 'POST' }, body);
      expect([answer.status, answer.body.length]).toEqual([200, body.length]);
    }
    await settled(balancer);
  });

  it('gets what an idempotent request asked where a server fails, with its body', async () => {
    const { port: bad } = await backEnd((req, res) => {
      req.resume().on('end', () => res.writeHead(503).end('no'));
    });
    const { port } = await proxied([bad, (await echo()).port]);
    for (let round = 0; round < 10; round++) {
      const answer = await ask(port, { method: 'PUT' }, 'content');
      expect([answer.status, String(answer.body)]).toEqual([200, 'content']);
    }
  });

  it('does not get what may not be repeated, and the failure is the answer', async () => {
    let got = 0;
    const { port: bad } = await backEnd((req, res) => {
      got += 1;
      req.resume().on('end', () => res.writeHead(503, { 'X-Own': 'yes' }).end('sorry'));
    });
    const { port, balancer } = await proxied([bad]);
    const answer = await ask(port, { method: 'POST' }, 'content');
    expect([answer.status, answer.headers['x-own'], String(answer.body)]).toEqual([503, 'yes', 'sorry']);
    expect(got).toBe(1);
    const large = await ask(port, { method: 'PUT' }, Buffer.alloc(70_000));
    expect(large.status).toBe(503);
    expect(got).toBe(2);
    expect((await ask(port)).status).toBe(503);
    await settled(balancer);
  });

  it('is not asked for an error that is the application’s, unless that is said', async () => {
    const answers = { count: 0 };
    const failing = () =>
      backEnd((_req, res) => {
        answers.count += 1;
        res.writeHead(500).end();
      });
    const ports = [(await failing()).port, (await failing()).port];
    const plain = await proxied(ports);
    expect((await ask(plain.port)).status).toBe(500);
    expect(answers.count).toBe(1);
    const strict = await proxied(ports, { failureStatuses: [500] });
    expect((await ask(strict.port)).status).toBe(500);
    expect(answers.count).toBe(3);
  });
});

describe('which server', () => {
  const named = (name: string) => backEnd((_req, res) => res.end(name));

  it('may go by a key', async () => {
    const ports = (await Promise.all(['a', 'b', 'c', 'd'].map(named))).map(({ port }) => port);
    const key = (req: IncomingMessage): string | undefined => {
      if (req.url === '/throws') throw new Error('no key');
      return req.url;
    };
    const { port, errors } = await proxied(ports, { key }, { strategy: 'hash' });
    const used = new Set<string>();
    for (const path of ['/1', '/2', '/3', '/4', '/5', '/6', '/7', '/8']) {
      const names = new Set<string>();
      for (let round = 0; round < 5; round++) names.add(String((await ask(port, { path })).body));
      expect(names.size).toBe(1);
      for (const name of names) used.add(name);
    }
    expect(used.size).toBeGreaterThan(1);
    expect((await ask(port, { path: '/throws' })).status).toBe(200);
    expect(errors).toMatchObject([{ message: 'no key' }]);
  });

  it('is left to the faster of two where the balancer hedges, and nothing of the slower one is left', async () => {
    const uneven = () =>
      backEnd((req, res) => {
        setTimeout(() => res.end(req.url), Math.random() < 0.3 ? 60 : 1);
      });
    const ports = [(await uneven()).port, (await uneven()).port, (await uneven()).port];
    const { port, balancer, errors } = await proxied(ports, {}, { hedgeQuantile: 0.6 });
    const agent = new Agent({ keepAlive: true, maxSockets: 10 });
    const answers = await Promise.all(
      Array.from({ length: 400 }, async (_, index) => {
        const answer = await ask(port, { path: `/${index}`, agent });
        return [answer.status, String(answer.body)].join(' ');
      }),
    );
    agent.destroy();
    expect(answers).toEqual(Array.from({ length: 400 }, (_, index) => `200 /${index}`));
    expect(balancer.getStats().hedges).toBeGreaterThan(0);
    expect(errors).toEqual([]);
    await settled(balancer);
  });

  it('is waited for no longer than the deadline, by uploads too', async () => {
    const { port: silent } = await backEnd(() => {});
    const { port, balancer, errors } = await proxied([silent], { timeout: 150, deadline: 300 });
    balancer.updateServer('a', { maxInFlight: 1 });
    const first = ask(port, { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } }, endless());
    first.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 30));
    const waiting = await ask(port, { method: 'POST' }, Buffer.alloc(100_000));
    expect(waiting.status).toBe(504);
    expect(errors).toMatchObject([{ code: 'TIMEOUT' }]);
  });
});

describe('the proxy’s own answers', () => {
  it('say what is wrong, and no more', async () => {
    const none = await proxied([]);
    const refused = await ask(none.port);
    expect([refused.status, refused.headers['retry-after'], String(refused.body)]).toEqual([
      503,
      '1',
      '503 Service Unavailable\n',
    ]);
    expect(none.errors).toMatchObject([{ code: 'NO_SERVER' }]);
    const down = await proxied([await closedPort()]);
    expect((await ask(down.port, { method: 'HEAD' })).status).toBe(502);
    expect(down.errors).toMatchObject([{ code: 'UPSTREAM' }]);
    const { port: silent } = await backEnd(() => {});
    const slow = await proxied([silent], { timeout: 50 });
    expect((await ask(slow.port)).status).toBe(504);
    expect((await ask(slow.port, { method: 'POST' }, 'x'.repeat(70_000))).status).toBe(504);
    await settled(slow.balancer);
  });

  it('leave the connection usable after a body that nobody has read', async () => {
    const { port } = await proxied([]);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let round = 0; round < 3; round++) {
      expect((await ask(port, { method: 'POST', agent }, Buffer.alloc(500_000))).status).toBe(503);
    }
    agent.destroy();
  });
});

it('reads what servers say of their load', () => {
  expect(readLoadReport('x-server-load', '0.7')).toBe(0.7);
  expect(readLoadReport('x-server-load', '')).toBeUndefined();
  expect(readLoadReport('x-server-load', '-1')).toBeUndefined();
  const orca = (value: string): unknown => readLoadReport('endpoint-load-metrics', value);
  expect(orca('TEXT cpu_utilization=0.3, mem_utilization=0.8')).toBe(0.3);
  expect(orca('TEXT cpu_utilization=0.3,application_utilization=0.9')).toBe(0.9);
  expect(orca('JSON {"cpu_utilization": 0.4, "application_utilization": 0}')).toBe(0.4);
  expect(orca('JSON {')).toBeUndefined();
  expect(orca('BIN Q0JB')).toBeUndefined();
  expect(orca('TEXT')).toBeUndefined();
});

it('refuses options that are none', () => {
  const create = (options: object) => () => reverseProxy(new LoadBalancer(), options);
  expect(create({ timeout: 'soon' })).toThrow(/timeout must be/);
  expect(create({ trustProxy: 'yes' })).toThrow(/trustProxy must be true, false/);
  expect(create({ via: 'a b' })).toThrow(/via must be/);
  expect(create({ timeout: 5000, deadline: 1000 })).toThrow(/timeout must be at most the deadline/);
  expect(create({ retry: 1 })).toThrow(/retry must be absent/);
  // @ts-expect-error: there is no balancer
  expect(() => reverseProxy()).toThrow(/balancer must be an object with executeRequest\(\), on\(\)/);
});

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) {
    yield Buffer.from('more');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function pairs(raw: readonly string[]): Record<string, string[]> {
  const fields: Record<string, string[]> = {};
  for (let index = 0; index < raw.length; index += 2) {
    const name = String(raw[index]).toLowerCase();
    fields[name] = [...(fields[name] ?? []), String(raw[index + 1])];
  }
  return fields;
}
