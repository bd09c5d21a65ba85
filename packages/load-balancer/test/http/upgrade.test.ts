import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { listen } from './support/back-end.ts';
import { proxied, settled } from './support/proxied.ts';
import { connected, say } from './support/raw.ts';
import { until } from './support/until.ts';

const HANDSHAKE =
  'GET /chat HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Forwarded-For: 6.6.6.6\r\nSec-WebSocket-Key: k\r\n\r\n';

/** A server that upgrades, and then does what it is told to. */
async function upgrading(
  serve: (socket: Duplex, first: Buffer) => void,
): Promise<{ port: number; heads: string[][] }> {
  const heads: string[][] = [];
  const server = createServer((_req, res) => res.end('plain'));
  server.on('upgrade', (req, socket, first) => {
    heads.push(req.rawHeaders);
    socket.on('error', () => {});
    if (req.url === '/no') {
      socket.end('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno');
      return;
    }
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Own: 1\r\n\r\n',
    );
    serve(socket, first);
  });
  return { port: await listen(server), heads };
}

const echo = (socket: Duplex, first: Buffer): void => {
  if (first.length > 0) socket.write(first);
  socket.pipe(socket);
};

describe('a connection that changes its protocol', () => {
  it('carries whatever comes, in both directions, and ends each on its own', async () => {
    const { port: back, heads } = await upgrading(echo);
    const { port, balancer } = await proxied([back]);
    const socket = await connected(port);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    const ended = new Promise((resolve) => socket.once('end', resolve));
    // The first bytes come with the handshake.
    socket.write(`${HANDSHAKE}early `);
    const body = Buffer.alloc(1_000_000, 'z');
    socket.write(body);
    await until(() => balancer.getStats().held === 1);
    // A half-close: what the server has yet to send still comes.
    socket.end('late');
    await ended;
    const all = Buffer.concat(chunks).toString('latin1');
    const [head, ...rest] = all.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(head).toContain('X-Own: 1');
    expect(head?.match(/^connection:/gim)).toHaveLength(1);
    expect(rest.join('\r\n\r\n')).toBe(`early ${body}late`);
    expect(heads[0]).toContain('127.0.0.1');
    expect(heads[0]).not.toContain('6.6.6.6');
    expect(heads[0]).toContain('Sec-WebSocket-Key');
    await settled(balancer);
  });

  it('is broken on one side when it breaks on the other', async () => {
    const sockets: Duplex[] = [];
    const { port: back } = await upgrading((socket) => sockets.push(socket.resume()));
    const { port, balancer } = await proxied([back]);
    const first = await connected(port);
    first.write(HANDSHAKE);
    await new Promise((resolve) => first.once('data', resolve));
    const clientClosed = new Promise((resolve) => first.once('close', resolve));
    sockets[0]?.destroy();
    first.resume().on('end', () => first.destroy());
    await clientClosed;
    const second = await connected(port);
    second.write(HANDSHAKE);
    await new Promise((resolve) => second.once('data', resolve));
    const serverClosed = new Promise((resolve) => sockets[1]?.once('close', resolve));
    second.resetAndDestroy();
    await serverClosed;
    await settled(balancer);
  });

  it('ends when the proxy is stopped', async () => {
    const { port: back } = await upgrading(echo);
    const { port, proxy, balancer } = await proxied([back]);
    const socket = await connected(port);
    socket.write(HANDSHAKE);
    await new Promise((resolve) => socket.once('data', resolve));
    const closed = new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
    await proxy.stop();
    await closed;
    await settled(balancer);
  });
});

describe('a request to change it', () => {
  it('that the server declines is answered with the server’s answer', async () => {
    const { port: back } = await upgrading(echo);
    const { port, balancer } = await proxied([back]);
    const answer = await say(port, HANDSHAKE.replace('/chat', '/no'));
    expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    expect(answer).toContain('WWW-Authenticate: Basic');
    expect(answer.endsWith('\r\n\r\nno')).toBe(true);
    await settled(balancer);
  });

  it('that has a body is refused', async () => {
    const { port: back, heads } = await upgrading(echo);
    const { port } = await proxied([back]);
    const withBody = HANDSHAKE.replace('Host: x', 'Host: x\r\nContent-Length: 5');
    expect(await say(port, `${withBody}hello`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await say(port, HANDSHAKE.replace('GET', 'POST'))).toMatch(/^HTTP\/1\.1 400 /);
    expect(heads).toEqual([]);
  });

  it('to HTTP/2 is served as if it had not been made', async () => {
    const { port: back, heads } = await upgrading(echo);
    const { port, balancer } = await proxied([back]);
    const answer = await say(
      port,
      HANDSHAKE.replace('Upgrade: echo', 'Upgrade: h2c\r\nHTTP2-Settings: AAMA'),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain('plain');
    expect(heads).toEqual([]);
    await settled(balancer);
  });

  it('without a server is a 503', async () => {
    const { port } = await proxied([]);
    expect(await say(port, HANDSHAKE)).toMatch(/^HTTP\/1\.1 503 /);
  });
});
