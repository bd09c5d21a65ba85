import { createServer } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { reverseProxy } from '../../src/http/index.ts';
import { LoadBalancer } from '../../src/load-balancer.ts';
import { backEnd, listen, tcpBackEnd } from './support/back-end.ts';
import { proxied } from './support/proxied.ts';
import { connected, say } from './support/raw.ts';
import { until } from './support/until.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly raw: readonly string[];
  readonly body: string;
}

/** A proxy, and what the server behind it gets. */
async function watched(isLenient = false) {
  const seen: Seen[] = [];
  const { port: back } = await backEnd((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
      const { method, url, rawHeaders: raw } = req;
      seen.push({ method, url, raw, body: Buffer.concat(chunks).toString('latin1') });
      res.end('answer');
    });
  });
  const balancer = new LoadBalancer();
  balancer.addServer('a', { host: '127.0.0.1', port: back });
  const proxy = reverseProxy(balancer, { stopTimeout: 0 });
  onTestFinished(() => proxy.stop());
  const front = createServer({ insecureHTTPParser: isLenient, requireHostHeader: !isLenient }, proxy);
  return { port: await listen(front), seen };
}

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
const post = (fields: string, body: string): string =>
  `POST / HTTP/1.1\r\nHost: x\r\n${fields}\r\n\r\n${body}`;

/** Requests that two parsers may read in two ways. */
const CORPUS: Readonly<Record<string, string>> = {
  'length and chunks': post('Content-Length: 4\r\nTransfer-Encoding: chunked', `0\r\n\r\n${SMUGGLED}`),
  'chunks and length': post(
    'Transfer-Encoding: chunked\r\nContent-Length: 46',
    `5\r\nhello\r\n0\r\n\r\n${SMUGGLED}`,
  ),
  'two lengths': post(`Content-Length: 0\r\nContent-Length: ${SMUGGLED.length}`, SMUGGLED),
  'two lengths in one field': post(`Content-Length: 0, ${SMUGGLED.length}`, SMUGGLED),
  'the same length twice': post('Content-Length: 5\r\nContent-Length: 5', `hello${SMUGGLED}`),
  'a length with a sign': post('Content-Length: +5', `hello${SMUGGLED}`),
  'a negative length': post('Content-Length: -1', SMUGGLED),
  'a hexadecimal length': post('Content-Length: 0x5', `hello${SMUGGLED}`),
  'a length that is too large': post('Content-Length: 99999999999999999999999', SMUGGLED),
  'an empty length': post('Content-Length: ', SMUGGLED),
  identity: post('Transfer-Encoding: identity', SMUGGLED),
  gzip: post('Transfer-Encoding: gzip', SMUGGLED),
  'chunked, then gzip': post('Transfer-Encoding: chunked, gzip', `0\r\n\r\n${SMUGGLED}`),
  'gzip, then chunked': post('Transfer-Encoding: gzip, chunked', `0\r\n\r\n${SMUGGLED}`),
  'chunked twice': post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', `0\r\n\r\n${SMUGGLED}`),
  'chunked and something like it': post(
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
    `0\r\n\r\n${SMUGGLED}`,
  ),
  xchunked: post('Transfer-Encoding: xchunked', `0\r\n\r\n${SMUGGLED}`),
  'chunked with a vertical tab': post('Transfer-Encoding: \u000bchunked', `0\r\n\r\n${SMUGGLED}`),
  'a space before the colon': post('Transfer-Encoding : chunked', `0\r\n\r\n${SMUGGLED}`),
  'a folded field': post('Content-Length: 0\r\nX-A: b\r\n Transfer-Encoding: chunked', SMUGGLED),
  'a folded Transfer-Encoding': post('Transfer-Encoding:\r\n chunked', `0\r\n\r\n${SMUGGLED}`),
  'a bare LF after a field': 'POST / HTTP/1.1\r\nHost: x\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a bare CR in a value': post('X-A: b\rTransfer-Encoding: chunked', `0\r\n\r\n${SMUGGLED}`),
  'a NUL in a value': post('X-A: b\0c', SMUGGLED),
  'a chunk size with a sign': post('Transfer-Encoding: chunked', `+5\r\nhello\r\n0\r\n\r\n${SMUGGLED}`),
  'a chunk size that is none': post('Transfer-Encoding: chunked', `x\r\nhello\r\n0\r\n\r\n${SMUGGLED}`),
  'a chunk size that overflows': post(
    'Transfer-Encoding: chunked',
    `fffffffffffffffff\r\nh\r\n0\r\n\r\n${SMUGGLED}`,
  ),
  'a chunk that is longer than it says': post(
    'Transfer-Encoding: chunked',
    `2\r\nhello\r\n0\r\n\r\n${SMUGGLED}`,
  ),
  'a chunk size that ends with a bare LF': post(
    'Transfer-Encoding: chunked',
    `5\nhello\r\n0\r\n\r\n${SMUGGLED}`,
  ),
  'two Hosts': 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'a Host with a path': 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n',
  'a Host with a user': 'GET / HTTP/1.1\r\nHost: a@b\r\n\r\n',
  'no Host': 'GET / HTTP/1.1\r\nX-A: b\r\n\r\n',
  'chunks in HTTP/1.0': `POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  CONNECT: 'CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n',
  'a target that is none': 'GET evil HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target with a fragment': 'GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target of another scheme': 'GET ftp://evil/ HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target with a user': 'GET http://a@evil/ HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target without a host': 'GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n',
  'a name with a space': 'GET / HTTP/1.1\r\nHost: x\r\nX A: b\r\n\r\n',
  'no name': 'GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n',
};

describe('requests that may be read in two ways', () => {
  it.each(Object.entries(CORPUS))('are not passed on: %s', async (_, bytes) => {
    const { port, seen } = await watched();
    const answer = await say(port, Buffer.from(bytes, 'latin1'));
    expect(answer).toMatch(/^(?:HTTP\/1\.1 (?:400|405|501) |$)/);
    expect(answer.match(/HTTP\/1\.1 /g)?.length ?? 0).toBeLessThanOrEqual(1);
    // Chunks may turn out to be bad when the request is under way; then it ends nowhere.
    expect(seen).toEqual([]);
  });

  it.each(Object.entries(CORPUS))('smuggle nothing through a lenient parser either: %s', async (_, bytes) => {
    const { port, seen } = await watched(true);
    const answer = await say(port, Buffer.from(bytes, 'latin1'));
    const hidden = seen.filter(({ url }) => url === '/smuggled');
    const framed = seen.filter(({ raw }) => {
      const names = raw.filter((__, index) => index % 2 === 0).map((name) => name.toLowerCase());
      const framing = names.filter((name) => name === 'content-length' || name === 'transfer-encoding');
      return framing.length > 1 || names.filter((name) => name === 'host').length !== 1;
    });
    expect(framed).toEqual([]);
    // A lenient parser may see another request where a strict one sees an error: then it is one for both.
    const refused = /^HTTP\/1\.1 (?:400|405|501) /.test(answer);
    expect(hidden.length).toBeLessThanOrEqual(refused ? 0 : 1);
    expect(answer.match(/HTTP\/1\.1 \d/g)?.length ?? 0).toBe(refused ? 1 : seen.length);
  });
});

describe('requests that may be read in one way only', () => {
  it('are each passed on, one after the other, in order', async () => {
    const { port, seen } = await watched();
    const chunked = post('Transfer-Encoding: chunked', '5;ext=1\r\nhello\r\n0\r\nX-T: 1\r\n\r\n');
    const sized = post('Content-Length: 5', 'world');
    const answer = await say(
      port,
      `${chunked}${sized}GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      300,
    );
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
    expect(seen.map(({ body, url }) => [url, body])).toEqual([
      ['/', 'hello'],
      ['/', 'world'],
      ['/last', ''],
    ]);
  });

  it('keep their targets byte by byte', async () => {
    const { port, seen } = await watched();
    const targets = [
      '//evil.example/x',
      '/a/../b',
      '/a//b',
      '/%2e%2e/%2F',
      '/a?b=c?d=//e',
      '/\\x',
      '/é',
      '/;a=b',
      '/"<>{}|^`',
    ];
    for (const target of targets) {
      await say(
        port,
        Buffer.from(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 'latin1'),
      );
    }
    const got = seen.map(({ url }) => url);
    // What Node's own parser refuses never comes here.
    expect(targets.filter((target) => got.includes(target))).toEqual(got);
    expect(got).toEqual(
      expect.arrayContaining(['//evil.example/x', '/a/../b', '/a//b', '/%2e%2e/%2F', '/a?b=c?d=//e']),
    );
  });

  it('in absolute form go by the host of their target', async () => {
    const { port, seen } = await watched();
    const ask = (target: string): Promise<string> =>
      say(port, `GET ${target} HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n`);
    expect(await ask('http://shop.example:81/a?b')).toContain('200 OK');
    expect(await ask('HTTPS://shop.example')).toContain('200 OK');
    expect(await ask('http://[::1]?q')).toContain('200 OK');
    expect(seen.map(({ url, raw }) => [url, raw[1]])).toEqual([
      ['/a?b', 'shop.example:81'],
      ['/', 'shop.example'],
      ['/?q', '[::1]'],
    ]);
  });
});

/* RFC 9110: what a value may be of, beside spaces and tabs within. */
const VALUE = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0x21, max: 0x7e }),
      fc.constantFrom(0x20, 0x09),
      fc.integer({ min: 0x80, max: 0xff }),
    ),
    {
      maxLength: 40,
    },
  )
  .map((codes) => String.fromCharCode(...codes).replace(/^[ \t]+|[ \t]+$/g, ''));
const NAME = fc
  .array(fc.constantFrom(..."abcXYZ019!#$%&'*+-.^_`|~"), { minLength: 1, maxLength: 20 })
  .map((letters) => `q${letters.join('')}`);

describe('fields', () => {
  it('come through as they are, in order, however odd', async () => {
    const { port, seen } = await watched();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(NAME, VALUE), { maxLength: 20 }), async (fields) => {
        seen.length = 0;
        const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
        const bytes = Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n`, 'latin1');
        expect(await say(port, bytes)).toContain('200 OK');
        const raw = seen[0]?.raw ?? [];
        expect(raw.slice(4, 4 + 2 * fields.length)).toEqual(fields.flat());
        expect(raw).toHaveLength(4 + 2 * fields.length + 8);
      }),
      { numRuns: 60 },
    );
  });

  it('never become two, whatever bytes are in them', async () => {
    const { port, seen } = await watched();
    const bytes = fc.uint8Array({ maxLength: 30 }).map((array) => Buffer.from(array).toString('latin1'));
    const hostile = fc.oneof(
      bytes,
      fc.constantFrom('a\r\nX-Evil: 1', 'a\nX-Evil: 1', 'a\rX-Evil: 1', 'a\0b', '\u0085'),
    );
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (name, value) => {
        seen.length = 0;
        const text = `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nq${name}: ${value}\r\n\r\n`;
        const answer = await say(port, Buffer.from(text, 'latin1'), 60);
        // The client may write several fields; the server must see what a strict reading gives, or nothing.
        if (!answer.includes('200 OK')) expect(seen).toEqual([]);
        for (const { raw } of seen) {
          expect(raw.every((each) => !/[\r\n\0]/.test(each))).toBe(true);
          expect(raw.filter((each) => /^(?:host|connection)$/i.test(each))).toHaveLength(2);
        }
      }),
      { numRuns: 80 },
    );
  });
});

/** Responses that a server should not give. */
const BAD_RESPONSES: Readonly<Record<string, string>> = {
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  'length and chunks': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'another encoding': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'no HTTP': 'hello\r\n\r\n',
  'another protocol unasked': 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
  'a status that is none': 'HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n',
  'a NUL in a field': 'HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n',
  'an endless head': `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`,
  nothing: '',
};

describe('responses that may be read in two ways', () => {
  it.each(Object.entries(BAD_RESPONSES))('are a 502: %s', async (_, bytes) => {
    const back = await tcpBackEnd((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(Buffer.from(bytes, 'latin1')));
    });
    const { port } = await proxied([back]);
    const answer = await say(
      port,
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\na',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
  });

  it('leave nothing for the next one: what comes behind a response is dropped', async () => {
    let connections = 0;
    const back = await tcpBackEnd((socket) => {
      connections += 1;
      const id = connections;
      socket.on('error', () => {});
      socket.on('data', () => {
        const extra = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nevil!';
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${String(id).padStart(2)}${extra}`);
      });
    });
    const { port } = await proxied([back]);
    const socket = await connected(port);
    let got = '';
    socket.on('data', (chunk) => {
      got += chunk;
    });
    for (let round = 0; round < 3; round++) {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await until(() => got.split('200 OK').length - 1 > round);
    }
    // What should not come would have come with the answers.
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(got.match(/200 OK/g)).toHaveLength(3);
    expect(got).not.toContain('evil');
  });
});
