import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { VirtualClock } from '@evenkeel/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DeliveryError } from '../../src/channels/channel.ts';
import { webhookChannel } from '../../src/channels/webhook-channel.ts';
import { HttpReceiver } from './http-receiver.ts';
import { messageOf, NOON } from './message.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function receiver(...answer: Parameters<typeof HttpReceiver.start>): Promise<HttpReceiver> {
  const started = await HttpReceiver.start(...answer);
  closing.push(() => started.stop());
  return started;
}

/** A server that does with each connection what it is told, below HTTP. */
async function rawReceiver(accept: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    accept(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const never = new AbortController().signal;

async function failureOf(sending: Promise<void>): Promise<DeliveryError> {
  const error: unknown = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DeliveryError);
  return error as DeliveryError;
}

describe('answers of an HTTP receiver', () => {
  it.each([
    [200, undefined],
    [202, undefined],
    [204, undefined],
    [302, { isPermanent: true }],
    [400, { isPermanent: true }],
    [401, { isPermanent: true }],
    [404, { isPermanent: true }],
    [408, { isPermanent: false }],
    [410, { isPermanent: true }],
    [425, { isPermanent: false }],
    [429, { isPermanent: false }],
    [500, { isPermanent: false }],
    [503, { isPermanent: false }],
  ])('%i', async (status, failure) => {
    const { url, requests } = await receiver((response) => {
      response.writeHead(status, { location: 'http://127.0.0.1:1/elsewhere' }).end();
    });
    const sending = webhookChannel({ url }).send(messageOf(), never);
    if (failure === undefined) await sending;
    else expect(await failureOf(sending)).toMatchObject({ code: 'DELIVERY', status, ...failure });
    expect(requests).toHaveLength(1);
  });

  it('tells how long the receiver asks to wait, by seconds and by a date', async () => {
    const clock = new VirtualClock(NOON);
    const waits: (number | undefined)[] = [];
    for (const header of ['120', new Date(NOON + 90_000).toUTCString(), '1.5', 'soon', '-1']) {
      const { url } = await receiver((response) => response.writeHead(429, { 'retry-after': header }).end());
      waits.push((await failureOf(webhookChannel({ url, clock }).send(messageOf(), never))).retryAfterMs);
    }
    expect(waits).toEqual([120_000, 90_000, 1500, undefined, undefined]);
  });

  it('gives the reason in few words, on one line', async () => {
    const { url } = await receiver((response) =>
      response.writeHead(400).end(`in\nvalid\u001b[31m ${'x'.repeat(1e6)}`),
    );
    const { message } = await failureOf(webhookChannel({ url }).send(messageOf(), never));
    expect(message).toMatch(/^http:\/\/127\.0\.0\.1:\d+ answered with status 400: in valid \[31m x+…$/);
    expect(message.length).toBeLessThan(300);
  });

  it('knows the status of an answer whose body never ends', async () => {
    const clock = new VirtualClock(NOON);
    const url = await rawReceiver((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\n\r\n5\r\nno en\r\n');
        // The time of reading begins once the status is there: let it pass as often as it takes.
        const timer = setInterval(() => clock.advance(200), 20);
        socket.on('close', () => clearInterval(timer));
      });
    });
    const error = await failureOf(webhookChannel({ url, clock, timeout: '1h' }).send(messageOf(), never));
    expect(error).toMatchObject({ status: 403, isPermanent: true });
    expect(error.message).toContain('no en');
  });

  it('takes a status of 200 for an arrival, whatever happens to the body', async () => {
    const url = await rawReceiver((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort', () => socket.destroy());
      });
    });
    await webhookChannel({ url }).send(messageOf(), never);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => {}],
    [
      'drips headers without end',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => socket.write('x-drip: 1\r\n'), 5);
        socket.on('close', () => clearInterval(timer));
      },
    ],
  ])('gives up one that %s, and hangs up', async (_what, behave) => {
    const clock = new VirtualClock(NOON);
    let hungUp: Promise<unknown> | undefined;
    const url = await rawReceiver((socket) => {
      socket.once('data', () => {
        hungUp = new Promise((resolve) => socket.once('close', resolve));
        behave(socket);
      });
    });
    const failing = failureOf(webhookChannel({ url, clock, timeout: '7s' }).send(messageOf(), never));
    await vi.waitFor(() => expect(hungUp).toBeDefined(), { timeout: 10_000 });
    clock.advance(7000);
    expect(await failing).toMatchObject({ isPermanent: false, status: undefined });
    expect((await failing).message).toContain('within 7000 ms');
    await hungUp;
    expect(clock.pending).toBe(0);
  });

  it('lets the caller give up', async () => {
    const giveUp = new AbortController();
    const { url } = await receiver(() => giveUp.abort(new Error('shutting down')));
    const error = await failureOf(webhookChannel({ url }).send(messageOf(), giveUp.signal));
    expect(error.message).toContain('shutting down');
    expect(error.isPermanent).toBe(false);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['cut at once', (socket) => socket.destroy()],
    ['reset after the request', (socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['cut in the headers', (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 O'))],
    ['no HTTP', (socket) => socket.once('data', () => socket.end('220 mail.example.com ESMTP\r\n'))],
  ])('a connection that is %s may be tried again', async (_what, behave) => {
    const url = await rawReceiver(behave);
    expect(await failureOf(webhookChannel({ url }).send(messageOf(), never))).toMatchObject({
      isPermanent: false,
      status: undefined,
    });
  });

  it('says that a connection was refused', async () => {
    const { url, stop } = await HttpReceiver.start().then((started) => ({
      url: started.url,
      stop: () => started.stop(),
    }));
    await stop();
    const error = await failureOf(webhookChannel({ url }).send(messageOf(), never));
    expect(error.message).toMatch(/did not answer: connect ECONNREFUSED/);
    expect(error.isPermanent).toBe(false);
  });

  it('follows no redirect, so that headers and body go nowhere else', async () => {
    const elsewhere = await receiver();
    const { url } = await receiver((response) => response.writeHead(307, { location: elsewhere.url }).end());
    const channel = webhookChannel({ url, headers: { authorization: 'Bearer t0ps3cret' } });
    expect(await failureOf(channel.send(messageOf(), never))).toMatchObject({
      status: 307,
      isPermanent: true,
    });
    expect(elsewhere.requests).toEqual([]);
  });
});

describe('secrets of an HTTP channel', () => {
  const PASSWORD = 'p4ss/w0rd+%';
  const TOKEN = 'T0KENabcdef';
  const SIGNING = 'signing-secret-of-more-than-24-bytes';
  const BEARER = 'h3ader-token';

  it('are in no error, however the receiver repeats them', async () => {
    const { url, requests } = await receiver((response, { path, headers }) => {
      const said = [
        path,
        headers.authorization,
        headers['x-api-key'],
        PASSWORD,
        TOKEN.toLowerCase(),
        SIGNING,
      ];
      response.writeHead(403).end(`${said.join(' ')} ${JSON.stringify(said).replaceAll('/', '\\/')}`);
    });
    const target = new URL(`${url}/hooks/${TOKEN}?key=${TOKEN}`);
    target.username = 'user';
    target.password = PASSWORD;
    const channel = webhookChannel({ url: target, secret: SIGNING, headers: { 'x-api-key': BEARER } });
    const error = await failureOf(channel.send(messageOf(), never));

    const credentials = Buffer.from(`user:${PASSWORD}`).toString('base64');
    expect(requests[0]?.headers.authorization).toBe(`Basic ${credentials}`);
    for (const shown of [
      inspect(error, { showHidden: true, depth: 9 }),
      inspect(channel, { showHidden: true, depth: 9 }),
      JSON.stringify(channel),
      JSON.stringify(error),
      channel.description,
    ])
      for (const secret of [TOKEN, PASSWORD, SIGNING, BEARER, encodeURIComponent(PASSWORD)])
        expect(shown.toLowerCase()).not.toContain(secret.toLowerCase());
    expect(channel.description).toBe(`${url}/…`);
  });

  it('are in no error of the network', async () => {
    const { url } = await receiver();
    const channel = webhookChannel({
      url: `${url}/${TOKEN}`,
      headers: { authorization: `Bearer ${BEARER}` },
    });
    const aborted = AbortSignal.abort(new Error(`giving up ${url}/${TOKEN} with ${BEARER}`));
    const shown = inspect(await failureOf(channel.send(messageOf(), aborted)), {
      showHidden: true,
      depth: 9,
    });
    expect(shown).toContain('giving up');
    expect(shown).not.toContain(TOKEN);
    expect(shown).not.toContain(BEARER);
  });

  it.each<[string, object, string]>([
    ['a URL of another protocol', { url: `htps://x/${TOKEN}` }, 'url must be an absolute http or https URL'],
    [
      'a misspelt option',
      { url: 'http://x', secrets: TOKEN },
      'secrets must be absent (did you mean secret?)',
    ],
    [
      'a short secret',
      { url: 'http://x', secret: TOKEN },
      "secret must be a secret, or a list of secrets: 'whsec_'",
    ],
    [
      'a header with a line break',
      { url: 'http://x', headers: { authorization: `${TOKEN}\r\n` } },
      'headers.authorization must be a text without line breaks',
    ],
    [
      'a header that is no text',
      { url: 'http://x', headers: { a: { b: TOKEN } } },
      'headers.a must be a text',
    ],
  ])('are not told by the error for %s', (_what, options, expected) => {
    // @ts-expect-error: that is what is tested
    const create = () => webhookChannel(options);
    expect(create).toThrow(expected);
    try {
      create();
    } catch (error) {
      expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(TOKEN);
    }
  });

  it.each([undefined, null, 'http://x/T0KENabcdef', 7, {}, { url: '' }, { url: null }])(
    '%j are no options',
    (options) => {
      // @ts-expect-error: that is what is tested
      const create = () => webhookChannel(options);
      expect(create).toThrow(/^webhookChannel: /);
      expect(create).not.toThrow(TOKEN);
    },
  );
});
