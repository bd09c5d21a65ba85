import { request as httpRequest } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { ConfigurationError, VirtualClock } from '@evenkeel/core';
import { performanceMiddleware } from '@evenkeel/express';
import { PerformanceSystem } from '@evenkeel/performance-system';
import express, { type Express } from 'express';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { inFlight, measured } from './measured.ts';
import { send, sendRaw, serve, type TestServer } from './server.ts';

const running: TestServer[] = [];

interface Fixture extends TestServer {
  readonly system: PerformanceSystem;
}

async function start(
  build: (app: Express) => void,
  options?: Parameters<typeof performanceMiddleware>[1],
): Promise<Fixture> {
  const system = new PerformanceSystem({ environment: 'testing' });
  const app = express().set('env', 'test');
  app.use(performanceMiddleware(system, options));
  build(app);
  const server = await serve(app);
  running.push(server);
  return { ...server, system };
}

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(running.splice(0).map(({ stop }) => stop()));
});

describe('performanceMiddleware', () => {
  it('records in the metrics and in the monitor', async () => {
    const { port, system } = await start((app) =>
      app.get('/items/:id', (_request, response) => void response.end()),
    );
    await send(port, 'GET', '/items/1');
    await send(port, 'HEAD', '/items/2');
    expect(measured(system)).toEqual({
      'GET /items/:id 200 finished': 1,
      'HEAD /items/:id 200 finished': 1,
    });
    const { endpoints, totals } = system.getComponent('performance').getPerformanceSummary();
    expect(endpoints.map(({ endpoint }) => endpoint).sort()).toEqual(['GET /items/:id', 'HEAD /items/:id']);
    expect(totals).toMatchObject({ requests: 2, errors: 0 });
  });

  it('counts answers from 500 on as errors, and no others', async () => {
    const { port, system } = await start((app) => {
      app.get(
        '/status/:code',
        (request, response) => void response.status(Number(request.params.code)).end(),
      );
    });
    for (const status of [200, 304, 404, 499, 500, 503]) await send(port, 'GET', `/status/${status}`);
    const { totals } = system.getComponent('performance').getPerformanceSummary();
    expect(totals).toMatchObject({ requests: 6, errors: 2 });
  });

  it('gives methods that are not known one label', async () => {
    const { port, system } = await start((app) => app.use((_request, response) => void response.end()));
    for (const method of ['PROPFIND', 'M-SEARCH', 'MKCALENDAR']) await send(port, method, '/');
    await sendRaw(port, 'TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(measured(system)).toEqual({
      '_OTHER __unmatched__ 200 finished': 3,
      'TRACE __unmatched__ 200 finished': 1,
    });
  });

  it('tells a response given up before its headers from one given up in the middle', async () => {
    const arrivals: (() => void)[] = [];
    const { port, system } = await start((app) => {
      app.get('/silent', () => arrivals.pop()?.());
      app.get('/stream', (_request, response) => {
        response.write('first');
        arrivals.pop()?.();
      });
    });
    for (const path of ['/silent', '/stream']) {
      const arrived = new Promise<void>((resolve) => {
        arrivals.push(resolve);
      });
      const outgoing = httpRequest({ port, path, agent: false }).on('error', () => {});
      outgoing.end();
      await arrived;
      expect(inFlight(system)).toBe(1);
      outgoing.destroy();
      await vi.waitFor(() => expect(inFlight(system)).toBe(0));
    }
    expect(measured(system)).toEqual({
      'GET /silent none aborted': 1,
      'GET /stream 200 aborted': 1,
    });
    expect(system.getComponent('performance').getPerformanceSummary().totals).toMatchObject({ errors: 0 });
  });

  it('measures a stream to its end, and once', async () => {
    const { port, system } = await start((app) => {
      app.get('/stream', async (_request, response) => {
        for (let part = 0; part < 5; part++) {
          response.write(`${part}`);
          await nextTurn();
        }
        response.end();
      });
    });
    expect(await send(port, 'GET', '/stream')).toEqual({ status: 200, body: '01234' });
    expect(measured(system)).toEqual({ 'GET /stream 200 finished': 1 });
  });

  it('tells a response that the server broke off', async () => {
    const { port, system } = await start((app) => {
      app.get('/broken', (_request, response) => {
        response.write('half');
        setImmediate(() => response.destroy(new Error('source failed')));
      });
    });
    await send(port, 'GET', '/broken').catch(() => {});
    expect(measured(system)).toEqual({ 'GET /broken 200 error': 1 });
    expect(system.getComponent('performance').getPerformanceSummary().totals).toMatchObject({ errors: 1 });
  });

  it('leaves out what is to be ignored, and measures what it cannot tell', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const ignore = (request: express.Request): boolean => {
      if (request.path === '/odd') throw new Error('cannot tell');
      return request.path === '/probe';
    };
    const { port, system } = await start((app) => app.use((_request, response) => void response.end()), {
      ignore,
    });
    for (const path of ['/probe', '/odd', '/odd', '/real']) await send(port, 'GET', path);
    expect(measured(system)).toEqual({ 'GET __unmatched__ 200 finished': 3 });
    expect(warn.mock.calls).toEqual([['performanceMiddleware: ignore threw: cannot tell']]);
  });

  it('refuses bad options', () => {
    const system = new PerformanceSystem({}, { clock: new VirtualClock() });
    expect(() => performanceMiddleware(system, { ignore: 'all' } as never)).toThrow(ConfigurationError);
    expect(() => performanceMiddleware(system, { ingore: () => true } as never)).toThrow(
      /ingore must be absent/,
    );
  });

  it('counts every request once: finished + aborted + in flight = sent, over 200 connections', async () => {
    const random = fc
      .sample(fc.double({ min: 0, max: 1, noNaN: true }), { seed: 7, numRuns: 20_000 })
      .values();
    const next = (): number => random.next().value ?? 0.5;
    let arrived = 0;
    const { port, system } = await start((app) => {
      app.use((_request, _response, proceed) => {
        arrived += 1;
        proceed();
      });
      app.get('/quick', (_request, response) => void response.end('ok'));
      app.get('/slow', async (_request, response) => {
        await sleep(next() * 8);
        response.write('first');
        await sleep(next() * 8);
        response.end('last');
      });
    });
    const attempt = async (): Promise<'finished' | 'aborted'> => {
      const before = arrived;
      const outgoing = httpRequest({ port, path: next() < 0.5 ? '/quick' : '/slow', agent: false });
      outgoing.end();
      const ended = new Promise<'finished' | 'aborted'>((resolve) => {
        outgoing.on('response', (response) =>
          response
            .resume()
            .on('end', () => resolve('finished'))
            .on('error', () => {}),
        );
        outgoing.on('close', () => resolve('aborted')).on('error', () => {});
      });
      if (next() < 0.4) {
        // A request that never reaches the server can't be counted there.
        await vi.waitFor(() => expect(arrived).toBeGreaterThan(before), { interval: 1 });
        await sleep(next() * 12);
        outgoing.destroy();
      }
      return ended;
    };
    const connections = Array.from({ length: 200 }, async () => {
      for (let turn = 0; turn < 10; turn++) await attempt();
    });
    await Promise.all(connections);
    await vi.waitFor(() => expect(inFlight(system)).toBe(0));
    const counts = Object.entries(measured(system));
    expect(counts.reduce((sum, [, count]) => sum + count, 0)).toBe(arrived);
    expect(counts.filter(([name]) => name.endsWith('aborted')).length).toBeGreaterThan(0);
    expect(system.getComponent('performance').getPerformanceSummary().totals.requests).toBe(arrived);
  });
});
