import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { PATIENCE_MS } from './until.ts';

/** Connects, and ends with the test. */
export async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  onTestFinished(() => {
    socket.destroy();
  });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return socket;
}

/** All that comes back for some bytes, up to the end of the connection or a silence. */
export async function say(port: number, bytes: string | Buffer, silenceMs = 400): Promise<string> {
  const socket = await connected(port);
  const chunks: Buffer[] = [];
  const done = new Promise<void>((resolve) => {
    // A machine that is busy with other tests may take its time; where nothing is to come, so does this.
    let timer = setTimeout(resolve, PATIENCE_MS);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(resolve, silenceMs);
    });
    socket.on('close', resolve).on('end', resolve);
  });
  socket.write(bytes);
  await done;
  socket.destroy();
  return Buffer.concat(chunks).toString('latin1');
}

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly trailers: IncomingMessage['trailers'];
}

/** A request by `node:http`, on a connection of its own unless an agent is given. */
export async function ask(
  port: number,
  options: RequestOptions = {},
  body?: string | Buffer | AsyncIterable<Buffer>,
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: '127.0.0.1', agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0, statusMessage = '', rawHeaders, headers, trailers } = response;
        resolve({
          status: statusCode,
          statusText: statusMessage,
          rawHeaders,
          headers,
          trailers,
          body: Buffer.concat(chunks),
        });
      });
    });
    request.on('error', reject);
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) request.end(body);
    else void send(request, body).catch(reject);
  });
}

async function send(request: ReturnType<typeof httpRequest>, body: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of body) {
    if (!request.write(chunk)) await new Promise((resolve) => request.once('drain', resolve));
  }
  request.end();
}
