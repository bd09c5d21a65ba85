import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigurationError, type QueryResult } from '@evenkeel/core';
import { HealthChecker } from '@evenkeel/health';
import { type HttpCheckOptions, httpCheck, postgresCheck, redisCheck } from '@evenkeel/health/checks';
import { afterEach, describe, expect, it } from 'vitest';
import { never } from '../checks-in-virtual-time.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
}

const run = (check: (signal: AbortSignal) => unknown): unknown => check(new AbortController().signal);

function database(answer: () => Promise<QueryResult<never>>) {
  const asked: string[] = [];
  return {
    asked,
    query: (text: string) => {
      asked.push(text);
      return answer();
    },
  };
}

describe('postgresCheck', () => {
  it('asks SELECT 1, or what it is told to', async () => {
    const fake = database(async () => ({ rows: [] }));
    expect(await run(postgresCheck(fake))).toMatchObject({
      status: 'healthy',
      message: expect.stringMatching(/^answered after /),
      details: { responseTimeMs: expect.any(Number) },
    });
    await run(postgresCheck(fake, { query: 'SELECT count(*) FROM pg_class' }));
    expect(fake.asked).toEqual(['SELECT 1', 'SELECT count(*) FROM pg_class']);
  });

  it('warns of an answer that took long', async () => {
    const fake = database(async () => ({ rows: [] }));
    expect(await run(postgresCheck(fake, { warnAfter: 0 }))).toMatchObject({
      status: 'warning',
      message: expect.stringMatching(/^answered only after /),
    });
  });

  it('is critical when the query fails, throws or hangs', async () => {
    const checker = new HealthChecker({ totalBudget: 20 });
    const refused = database(() => Promise.reject(new Error('ECONNREFUSED')));
    const broken = database(() => {
      throw new Error('pool has ended');
    });
    checker.registerHealthCheck('refused', postgresCheck(refused));
    checker.registerHealthCheck('broken', postgresCheck(broken));
    checker.registerHealthCheck('hanging', postgresCheck(database(() => never())));
    expect((await checker.runHealthChecks()).checks).toMatchObject({
      refused: { status: 'critical', reason: 'error', message: 'ECONNREFUSED', componentType: 'datastore' },
      broken: { status: 'critical', reason: 'error', message: 'pool has ended' },
      hanging: { status: 'critical', reason: 'timeout' },
    });
  });

  it('refuses what is no database, and never is a liveness check', () => {
    // @ts-expect-error: there is no query()
    expect(() => postgresCheck({})).toThrow('database must be an object with query()');
    const check = postgresCheck(database(() => never()));
    expect(() => new HealthChecker().registerHealthCheck('db', check, { kind: 'liveness' })).toThrow(
      ConfigurationError,
    );
  });
});

describe('redisCheck', () => {
  it.each([
    ['a string', 'PONG'],
    ['a buffer', Buffer.from('PONG')],
  ])('is healthy when PING is answered with PONG as %s', async (_name, answer) => {
    expect(await run(redisCheck({ ping: async () => answer }))).toMatchObject({ status: 'healthy' });
  });

  it('is critical for other answers, errors and clients that hang', async () => {
    const checker = new HealthChecker({ totalBudget: 20 });
    const loading = new Error('LOADING Redis is loading the dataset in memory');
    checker.registerHealthCheck('odd', redisCheck({ ping: async () => 'NOPE' }));
    checker.registerHealthCheck('loading', redisCheck({ ping: () => Promise.reject(loading) }));
    checker.registerHealthCheck('offline', redisCheck({ ping: () => never() }));
    expect((await checker.runHealthChecks()).checks).toMatchObject({
      odd: { status: 'critical', message: 'answered PING with "NOPE"', componentType: 'datastore' },
      loading: { status: 'critical', message: loading.message },
      offline: { status: 'critical', reason: 'timeout' },
    });
  });

  it('warns of an answer that took long, and refuses what is no client', async () => {
    expect(await run(redisCheck({ ping: async () => 'PONG' }, { warnAfter: 0 }))).toMatchObject({
      status: 'warning',
    });
    // @ts-expect-error: there is no ping()
    expect(() => redisCheck({})).toThrow('client must be an object with ping()');
  });
});

describe('httpCheck', () => {
  it('is healthy for 2xx, by the method and with the headers it is given', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      seen.push([request.method, request.headers['x-probe']]);
      response.writeHead(204).end();
    });
    expect(await run(httpCheck(url, { method: 'HEAD', headers: { 'x-probe': 'yes' } }))).toMatchObject({
      status: 'healthy',
    });
    expect(seen).toEqual([['HEAD', 'yes']]);
  });

  it.each<[number, HttpCheckOptions, boolean]>([
    [500, {}, false],
    [404, {}, false],
    [302, {}, false],
    [302, { expectedStatus: [301, 302] }, true],
    [401, { expectedStatus: 401 }, true],
    [200, { expectedStatus: 204 }, false],
  ])('takes status %i with %j for healthy: %s', async (status, options, isHealthy) => {
    const url = await serve((_request, response) =>
      response.writeHead(status, { location: '/' }).end('body'),
    );
    const outcome = run(httpCheck(url, options));
    if (isHealthy) expect(await outcome).toMatchObject({ status: 'healthy' });
    else await expect(outcome).rejects.toThrow(`answered with status ${status}`);
  });

  it('gives up on a slow server by its own time-out and by the signal of the check', async () => {
    let open = 0;
    const url = await serve((request) => {
      open += 1;
      request.socket.once('close', () => {
        open -= 1;
      });
    });
    await expect(run(httpCheck(url, { timeout: 20 }))).rejects.toThrow('did not finish within 20 ms');
    const checker = new HealthChecker({ totalBudget: 20 });
    checker.registerHealthCheck('slow', httpCheck(url));
    expect((await checker.runHealthChecks()).checks.slow).toMatchObject({
      status: 'critical',
      reason: 'timeout',
    });
    // Both requests were aborted, so that no connection is left behind.
    await expect.poll(() => open, { timeout: 10_000 }).toBe(0);
    expect(checker.getHealthSummary().checks.slow?.lateRuns).toBe(0);
  });

  it('says why a request failed: connection reset, connection refused', async () => {
    const url = await serve((request) => request.socket.destroy());
    await expect(run(httpCheck(url))).rejects.toMatchObject({
      code: 'REQUEST_FAILED',
      message: expect.stringMatching(/other side closed|ECONNRESET/),
    });
    const closed = await serve(() => {});
    servers.pop()?.close();
    await expect(run(httpCheck(closed))).rejects.toMatchObject({
      message: expect.stringMatching(/ECONNREFUSED/),
    });
  });

  it('does not wait for a body that never ends', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200);
      response.write('the beginning');
    });
    expect(await run(httpCheck(url))).toMatchObject({ status: 'healthy' });
  });

  it.each(['nonsense', '/relative', 'ftp://host/', 'http://user:secret@host/'])(
    'refuses the URL %s',
    (url) => {
      expect(() => httpCheck(url)).toThrow(
        'url must be an absolute http or https URL without user and password',
      );
      expect(() => httpCheck(url)).not.toThrow(/secret/);
    },
  );

  it('refuses bad options', () => {
    expect(() => httpCheck('http://host/', { expectedStatus: [200, 700] })).toThrow('expectedStatus[1]');
    expect(() => httpCheck('http://host/', { expectedStatus: 99 })).toThrow('expectedStatus');
  });
});
