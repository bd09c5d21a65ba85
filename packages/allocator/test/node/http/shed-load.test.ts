import { AsyncLocalStorage } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '@evenkeel/core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundle } from '../../../proofs/bundle.mjs';
import { AdmissionController } from '../../../src/admission/admission-controller.ts';
import type { RequestClass } from '../../../src/admission/request-class.ts';
import { shedLoad } from '../../../src/node/http/shed-load.ts';
import { answer, serve, until } from './serve.ts';

const ok = (_request: unknown, response: { end(body: string): unknown }) => response.end('served');

/** Has one request started and so many more wait. */
async function crowd(service: Awaited<ReturnType<typeof serve>>, waiting: number) {
  const answers = [service.get('/first')];
  await service.arrivals(1);
  for (let count = 0; count < waiting; count++) {
    answers.push(service.get(`/${count}`));
    await service.arrivals(count + 2);
  }
  return answers;
}

describe('what is refused', () => {
  it('gets 503 with Retry-After, and the handler never sees it', async () => {
    const service = await serve(ok, { maxQueue: 1 });
    const answers = await crowd(service, 2);
    const refused = await answers[1];
    expect(refused).toEqual({
      status: 503,
      body: '{"error":"the service is overloaded, try again later"}\n',
      headers: {
        'content-type': 'application/json',
        'content-length': '55',
        'cache-control': 'no-store',
        'retry-after': expect.stringMatching(/^[123]$/),
        connection: 'close',
      },
    });
    service.turns();
    expect(await answers[2]).toMatchObject({ status: 200, body: 'served' });
    expect(service.handled).toEqual(['/first', '/1']);
  });

  it('gets no body where it asks with HEAD', async () => {
    const service = await serve(ok, { maxQueue: 1 });
    await crowd(service, 0);
    const head = service.send({ path: '/head', method: 'HEAD' });
    head.end();
    const refused = answer(head);
    await service.arrivals(2);
    const last = service.get('/last');
    expect(await refused).toMatchObject({ status: 503, body: '', headers: { 'content-length': '55' } });
    service.turns();
    await last;
  });

  it('may have a large body that nobody reads: the connection can be used for the next', async () => {
    const service = await serve(ok, { maxQueue: 1 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await crowd(service, 0);
    const post = service.send({
      path: '/post',
      method: 'POST',
      agent,
      headers: { 'content-length': 4_000_000 },
    });
    let port: number | undefined;
    post.on('socket', (socket) => socket.on('connect', () => (port = socket.localPort)));
    post.write(Buffer.alloc(1_000_000));
    const refused = answer(post);
    await service.arrivals(2);
    const evicting = service.get('/evicting');
    expect(await refused).toMatchObject({ status: 503, headers: { connection: 'keep-alive' } });
    post.end(Buffer.alloc(3_000_000));
    service.turns();
    await evicting;
    const next = service.send({ path: '/next', agent });
    next.end();
    const served = answer(next);
    await service.arrivals(4);
    service.turns();
    expect(await served).toMatchObject({ status: 200 });
    expect(next.reusedSocket).toBe(true);
    expect(next.socket?.localPort).toBe(port);
    agent.destroy();
  });
});

describe('exempt requests', () => {
  it.each([
    ['/health', true],
    ['/health/live', true],
    ['/health?verbose=1', true],
    ['/healthz', true],
    ['/livez', true],
    ['/readyz', true],
    ['/metrics', true],
    ['/metrics?format=json', true],
    ['/healthy', false],
    ['/metricsx', false],
    ['/api/health', false],
    ['/', false],
  ])('%s: %s', async (path, isExempt) => {
    const service = await serve(ok);
    await crowd(service, 1);
    const sent = service.get(path);
    await until(() => service.handled.length === 2 || service.admission.statistics().arrived === 3);
    expect(service.handled).toEqual(isExempt ? ['/first', path] : ['/first']);
    service.turns();
    expect(await sent).toMatchObject({ status: 200 });
    expect(service.admission.statistics().arrived).toBe(isExempt ? 2 : 3);
  });

  it('are event streams, too, as they last for as long as a page is open', async () => {
    const service = await serve(ok);
    await crowd(service, 1);
    expect(await service.get('/stream', { accept: 'text/event-stream' })).toMatchObject({ status: 200 });
    expect(service.admission.statistics()).toMatchObject({ arrived: 2, queued: 1 });
  });

  it('are those that the host says, and no others', async () => {
    const service = await serve(ok, { shedding: { exempt: ({ url }) => url === '/vital' } });
    await crowd(service, 0);
    expect(await service.get('/vital')).toMatchObject({ status: 200 });
    service.get('/health');
    await service.arrivals(2);
    expect(service.handled).toEqual(['/first', '/vital']);
  });
});

describe('callbacks of the host', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  afterEach(() => warn.mockClear());
  afterAll(() => warn.mockRestore());

  it('classify: essential requests go first', async () => {
    const classes: Record<string, RequestClass> = { '/e': 'essential', '/b': 'background' };
    const service = await serve(ok, { shedding: { classify: ({ url = '' }) => classes[url] ?? 'normal' } });
    const answers = [service.get('/first')];
    await service.arrivals(1);
    for (const [index, path] of ['/b', '/n', '/e'].entries()) {
      answers.push(service.get(path));
      await service.arrivals(index + 2);
    }
    service.turns();
    await Promise.all(answers);
    expect(service.handled).toEqual(['/first', '/e', '/n', '/b']);
    expect(warn).not.toHaveBeenCalled();
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no user');
      },
      'classify threw: no user',
    ],
    ['gives junk', () => 'vip', 'classify must return one of essential, normal, background, got vip'],
    [
      'gives a promise',
      () => Promise.resolve('essential'),
      'classify must return one of essential, normal, background, got [object Promise]',
    ],
    [
      'gives what cannot be told',
      () => Object.create(null),
      'classify threw: Cannot convert object to primitive value',
    ],
  ])('classify that %s: reported once, the request is normal', async (_, classify, message) => {
    const service = await serve(ok, { shedding: { classify: classify as never } });
    service.turns();
    for (let count = 0; count < 3; count++) {
      expect(await service.get('/')).toMatchObject({ status: 200 });
      service.turns();
    }
    expect(service.admission.statistics().classes.normal.started).toBe(3);
    expect(warn.mock.calls).toEqual([[`load shedding: ${message}`]]);
  });

  it('exempt that throws: reported once, the request is not exempt', async () => {
    const service = await serve(ok, {
      shedding: {
        exempt: () => {
          throw new Error('oops');
        },
      },
    });
    await crowd(service, 1);
    expect(service.handled).toEqual(['/first']);
    expect(warn.mock.calls).toEqual([['load shedding: exempt threw: oops']]);
  });

  it.each([
    [undefined, undefined, /shedLoad.*handler must be a function/],
    [ok, { exempt: true }, /exempt must be a function/],
    [ok, { classify: 'normal' }, /classify must be a function/],
    [ok, { exemptions: [] }, /exemptions/],
  ])('wrong ones are named: %#', (handler, options, message) => {
    const create = () => shedLoad(new AdmissionController(), handler as never, options as never);
    expect(create).toThrow(ConfigurationError);
    expect(create).toThrow(message);
  });
});

describe('what the client says', () => {
  it('is heeded: what would be late is not started', async () => {
    const service = await serve(ok);
    await crowd(service, 0);
    const late = service.get('/late', { 'x-envoy-expected-rq-timeout-ms': '1' });
    const patient = service.get('/patient', { prefer: 'wait=100' });
    await service.arrivals(3);
    await new Promise((resolve) => setTimeout(resolve, 5));
    service.turns();
    expect(await late).toMatchObject({ status: 503 });
    expect(await patient).toMatchObject({ status: 200 });
    expect(service.handled).toEqual(['/first', '/patient']);
    expect(service.admission.statistics().classes.normal.rejected.deadline).toBe(1);
  });
});

describe('clients that leave', () => {
  it('while they wait: the handler is not called', async () => {
    const service = await serve(ok);
    await crowd(service, 0);
    const leaving = service.send({ path: '/leaving' });
    leaving.on('error', () => {});
    leaving.end();
    await service.arrivals(2);
    leaving.destroy();
    const staying = service.get('/staying');
    await service.arrivals(3);
    await until(() => service.connections() === 1);
    service.turns();
    await staying;
    expect(service.handled).toEqual(['/first', '/staying']);
    expect(service.admission.statistics()).toMatchObject({ abandoned: 1, started: 2, queued: 0 });
    await until(() => service.admission.statistics().inFlight === 0);
  });

  it('before the end of the response: the slot is free again', async () => {
    const service = await serve((_request, response) => response.write('part'));
    const sent = service.send({ path: '/' });
    sent.on('error', () => {});
    sent.end();
    await new Promise((resolve) => {
      sent.on('response', (response) => response.on('error', () => {}).once('data', resolve));
    });
    expect(service.admission.statistics()).toMatchObject({ started: 1, inFlight: 1 });
    sent.destroy();
    await until(() => service.admission.statistics().inFlight === 0);
  });

  it('before they are offered, as a slow step before this one may let happen: the handler is not called', async () => {
    const admission = new AdmissionController();
    const handler = vi.fn();
    const shed = shedLoad(admission, handler);
    const service = await serve(async (request, response) => {
      await until(() => request.destroyed);
      await new Promise((resolve) => setTimeout(resolve, 5));
      shed(request, response);
    });
    const sent = service.send({ path: '/' });
    sent.on('error', () => {});
    sent.end();
    await service.arrivals(1);
    sent.destroy();
    await until(() => admission.statistics().arrived === 1);
    expect(handler).not.toHaveBeenCalled();
    expect(admission.statistics()).toMatchObject({ abandoned: 1, inFlight: 0 });
  });
});

describe('pipelined requests', () => {
  const requests = (...paths: string[]) =>
    paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`).join('');

  it('are answered in the order in which they came', async () => {
    const service = await serve((request, response) => response.end(`served ${request.url}`));
    const socket = service.connect();
    let received = '';
    socket.on('data', (chunk) => (received += chunk));
    socket.write(requests('/1', '/2', '/3'));
    await service.arrivals(3);
    service.turns();
    await until(() => received.includes('/3'));
    expect(received.match(/served \/\d/g)).toEqual(['served /1', 'served /2', 'served /3']);
    await until(() => service.admission.statistics().inFlight === 0);
  });

  it('leave nothing in flight where the connection breaks off', async () => {
    const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const service = await serve(() => {});
    const socket = service.connect();
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
    socket.write(requests(...paths));
    await service.arrivals(20);
    service.turns();
    expect(service.admission.statistics().inFlight).toBe(20);
    socket.destroy();
    await until(() => service.admission.statistics().inFlight === 0);
    expect(service.admission.statistics().completed).toBe(20);
    expect(warnings).not.toHaveBeenCalled();
    warnings.mockRestore();
  });

  it('leave no listener on the connection that they have all been answered on', async () => {
    const responses: { end(): void }[] = [];
    const service = await serve((_request, response) => responses.push(response));
    const listeners = new Promise<() => number>((resolve) =>
      service.server.once('connection', (socket) => resolve(() => socket.listenerCount('close'))),
    );
    const socket = service.connect();
    socket.resume();
    const count = await listeners;
    const before = count();
    socket.write(requests('/1', '/2', '/3', '/4'));
    await service.arrivals(4);
    service.turns();
    for (const response of responses) response.end();
    await until(() => service.admission.statistics().inFlight === 0);
    expect(count()).toBe(before);
  });
});

describe('HTTP/2', () => {
  async function serveHttp2(handler: (path: string) => string, maxQueue = 10) {
    const waiting: (() => void)[] = [];
    const admission = new AdmissionController({ nextTurn: (next) => waiting.push(next), maxQueue });
    // The compatibility API stands in for that of node:http, which is what it is there for.
    const shed = shedLoad(admission, (request, response) => response.end(handler(request.url ?? '')));
    const server = http2.createServer(shed as unknown as Parameters<typeof http2.createServer>[1] & object);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const get = (path: string) => {
      const stream = session.request({ ':path': path });
      const answered = new Promise<[number | undefined, string]>((resolve) => {
        let status: number | undefined;
        let body = '';
        stream.on('response', (headers) => (status = headers[':status']));
        stream.on('data', (chunk) => (body += chunk));
        stream.on('error', () => {}).on('close', () => resolve([status, body]));
      });
      return { stream, answered };
    };
    const turns = () => {
      while (waiting.length > 0) for (const next of waiting.splice(0)) next();
    };
    const arrivals = (count: number) => until(() => admission.statistics().arrived >= count);
    const close = async () => {
      session.destroy();
      await new Promise((resolve) => server.close(resolve));
    };
    return { admission, get, turns, arrivals, close };
  }

  it('is served, refused and given up like HTTP/1', async () => {
    const handled: string[] = [];
    const service = await serveHttp2((path) => {
      handled.push(path);
      return `served ${path}`;
    }, 2);
    const first = service.get('/first');
    await service.arrivals(1);
    const refused = service.get('/refused');
    await service.arrivals(2);
    const leaving = service.get('/leaving');
    await service.arrivals(3);
    const staying = service.get('/staying');
    await service.arrivals(4);
    expect(await refused.answered).toEqual([503, '{"error":"the service is overloaded, try again later"}\n']);
    leaving.stream.close(http2.constants.NGHTTP2_CANCEL);
    await leaving.answered;
    await new Promise((resolve) => setTimeout(resolve, 20));
    service.turns();
    expect(await first.answered).toEqual([200, 'served /first']);
    expect(await staying.answered).toEqual([200, 'served /staying']);
    expect(handled).toEqual(['/first', '/staying']);
    await until(() => service.admission.statistics().inFlight === 0);
    expect(service.admission.statistics()).toMatchObject({
      arrived: 4,
      started: 2,
      rejected: 1,
      abandoned: 1,
    });
    await service.close();
  });
});

it('the handler runs in the asynchronous context of its own request, whoever caused the turn', async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const admission = new AdmissionController();
  const inner = shedLoad(admission, async (_request, response) => {
    seen.push(storage.getStore());
    await new Promise((resolve) => setTimeout(resolve, 1));
    seen.push(storage.getStore());
    response.end(`${storage.getStore()}`);
  });
  const service = await serve(
    (request, response) => storage.run(request.url ?? '', () => inner(request, response)),
    {
      nextTurn: setImmediate,
    },
  );
  const paths = Array.from({ length: 30 }, (_, index) => `/${index}`);
  const answers = await Promise.all(paths.map((path) => service.get(path)));
  expect(answers.map(({ body }) => body)).toEqual(paths);
  expect(seen.filter((path) => path === undefined)).toEqual([]);
  expect(new Set(seen).size).toBe(30);
});

it('a server that is closed while requests wait answers them first', async () => {
  const service = await serve(ok, { nextTurn: setImmediate });
  const answers = Array.from({ length: 20 }, (_, index) => service.get(`/${index}`));
  await service.arrivals(20);
  const closed = new Promise((resolve) => service.server.close(resolve));
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(new Array(20).fill(200));
  await closed;
  expect(service.admission.statistics()).toMatchObject({ queued: 0, started: 20 });
});

it('a handler that throws leaves its slot when the connection goes', async () => {
  const service = await serve(() => {
    throw new Error('of the handler');
  });
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
  const sent = service.send({ path: '/' });
  sent.on('error', () => {});
  sent.end();
  expect(await thrown).toEqual(new Error('of the handler'));
  for (const other of others) process.on('uncaughtException', other);
  expect(service.admission.statistics()).toMatchObject({ started: 1, inFlight: 1 });
  sent.destroy();
  await until(() => service.admission.statistics().inFlight === 0);
});

describe('the process', () => {
  let directory: URL;
  beforeAll(async () => {
    directory = await bundle(['../test/node/http/programs/service.ts']);
  }, 60_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const run = (kind: string, behaviour: string) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      const path = fileURLToPath(new URL('service.mjs', directory));
      execFile(process.execPath, [path, kind, behaviour], { timeout: 15_000 }, (error, stdout, stderr) => {
        resolve({ code: error ? error.code : 0, stdout, stderr });
      });
    });

  it.each(['throws', 'rejects'])('dies as with plain http of a handler that %s', async (behaviour) => {
    const [plain, shed] = [await run('plain', behaviour), await run('shed', behaviour)];
    const message = behaviour === 'throws' ? 'thrown by the handler' : 'rejected by the handler';
    for (const { code, stderr } of [plain, shed]) {
      expect(code).toBe(1);
      expect(stderr).toContain(message);
    }
    expect(shed.stdout).toBe('handled 3\n');
  });

  it('ends by itself when its server is closed', async () => {
    expect(await run('shed', 'ends')).toEqual({ code: 0, stdout: 'handled 5\n', stderr: '' });
  });
});

it('tells before the first request that it has no admission control', () => {
  expect(() => shedLoad(undefined as never, () => {})).toThrow(
    'shedLoad: admission must be an object with offer(), finish(), retryAfterMs(), got undefined',
  );
});
