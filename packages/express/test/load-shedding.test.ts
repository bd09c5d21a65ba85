import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { loadShedding, performanceMiddleware, performanceRouter } from '@evenkeel/express';
import { PerformanceSystem } from '@evenkeel/performance-system';
import express, { type RequestHandler } from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { serve, type TestServer } from './server.ts';

const express4: typeof express = createRequire(import.meta.url)('express-4');

const cleanUp: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

interface Answer {
  readonly method: string;
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** An open connection, which asks once. */
async function open(port: number): Promise<(method: string, path: string) => Promise<Answer>> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  await once(socket, 'connect');
  return async (method, path) => {
    socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`);
    const [text] = (await once(socket, 'data')) as [string];
    socket.destroy();
    return {
      method,
      status: Number(text.slice(9, 12)),
      retryAfter: /^retry-after: (.*)$/im.exec(text)?.[1],
    };
  };
}

/** An application whose one route keeps the event loop busy for 5 ms. */
async function start(
  makeApp: typeof express,
  handler?: RequestHandler,
): Promise<{ server: TestServer; system: PerformanceSystem; served: string[] }> {
  const system = new PerformanceSystem({ environment: 'testing' });
  const served: string[] = [];
  const app = makeApp();
  app.use(performanceMiddleware(system));
  app.use(
    loadShedding(system, {
      classify: ({ method }) => (method === 'POST' ? 'essential' : 'normal'),
    }),
  );
  app.use(performanceRouter(system));
  app.all(
    '/work/:id',
    handler ??
      ((request, response) => {
        served.push(`${request.method} ${request.params.id}`);
        const end = performance.now() + 5;
        while (performance.now() < end);
        response.send('done');
      }),
  );
  const server = await serve(app);
  await system.start();
  cleanUp.push(
    () => system.stop(),
    () => server.stop(),
  );
  return { server, system, served };
}

describe.each([
  ['5', express],
  ['4', express4],
])('loadShedding, Express %s', (_version, makeApp) => {
  it('lets requests through that can be served', async () => {
    const { server, system, served } = await start(makeApp);
    const responses = await Promise.all(
      Array.from({ length: 10 }, (_, id) => fetch(`${server.address}/work/${id}`)),
    );
    expect(responses.map(({ status }) => status)).toEqual(new Array(10).fill(200));
    expect(served.length).toBe(10);
    const { started, completed, rejected } = system.getComponent('allocator').admission.statistics();
    expect({ started, completed, rejected }).toEqual({ started: 10, completed: 10, rejected: 0 });
  });

  it('refuses of a crowd what could only be served too late, and serves the essential first', async () => {
    const { server, served } = await start(makeApp);
    const connections = await Promise.all(Array.from({ length: 400 }, () => open(server.port)));
    // All are there before the first is looked at: this process is server and client in one.
    const answers = await Promise.all(
      connections.map((ask, id) => ask(id % 100 === 99 ? 'POST' : 'GET', `/work/${id}`)),
    );
    const refused = answers.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(100);
    expect(refused.every(({ retryAfter }) => /^[123]$/.test(retryAfter ?? ''))).toBe(true);
    expect(served.length).toBe(400 - refused.length);
    expect(answers.filter(({ method }) => method === 'POST').map(({ status }) => status)).toEqual([
      200, 200, 200, 200,
    ]);
  });

  it('refuses at once what the client would not wait for, and measures that', async () => {
    const { server, system, served } = await start(makeApp);
    const response = await fetch(`${server.address}/work/1`, {
      headers: { 'x-envoy-expected-rq-timeout-ms': '0' },
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ error: 'the service is overloaded, try again later' });
    expect(served).toEqual([]);
    await expect
      .poll(() => system.exportMetrics('prometheus'))
      .toMatch(/http_request_duration_seconds_count\{.*route="__unmatched__",status_code="503"/);
  });

  it('answers probes and metrics while nothing else is started', async () => {
    const { server, system } = await start(makeApp, () => {});
    const { admission } = system.getComponent('allocator');
    const never = fetch(`${server.address}/work/1`).catch(() => 'cut off');
    await expect.poll(() => admission.statistics().inFlight).toBe(1);
    const headers = { 'x-envoy-expected-rq-timeout-ms': '0' };
    for (const path of ['/health/live', '/metrics?format=json']) {
      expect((await fetch(`${server.address}${path}`, { headers })).status).toBe(200);
    }
    await server.stop();
    expect(await never).toBe('cut off');
  });

  it('keeps an error of a handler where Express deals with it, and frees its slot', async () => {
    const { server, system } = await start(makeApp, () => {
      throw new Error('broken');
    });
    expect((await fetch(`${server.address}/work/1`)).status).toBe(500);
    await expect.poll(() => system.getComponent('allocator').admission.statistics().inFlight).toBe(0);
  });
});

it('tells of options that cannot be used', () => {
  const system = new PerformanceSystem({ environment: 'testing' });
  expect(() => loadShedding(system, { classify: 'all' as never })).toThrow(
    'loadShedding: classify must be a function, got "all"',
  );
  const without = { getComponent: () => ({}) } as never;
  expect(() => loadShedding(without)).toThrow('loadShedding: admission must be an object with offer()');
});
