import { once } from 'node:events';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HealthChecker } from '@evenkeel/health';
import { type HealthHandlerOptions, healthHandler } from '@evenkeel/health/node';
import { afterEach, describe, expect, it } from 'vitest';
import { critical, healthy, never } from '../checks-in-virtual-time.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serve(options?: HealthHandlerOptions, checker = new HealthChecker({ totalBudget: 50 })) {
  const errors: string[] = [];
  checker.on('error', ({ source, error }) => errors.push(`${source}: ${error.message}`));
  const origin = await listen(healthHandler(checker, options));
  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(origin + path, init);
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  return { checker, errors, origin, get };
}

describe('must-have 5 and 9: probes over HTTP', () => {
  it('answers each path by its kind, with query strings, uncached', async () => {
    const { checker, get } = await serve();
    checker.registerHealthCheck('loop', () => healthy, { kind: 'liveness' });
    checker.registerHealthCheck('database', () => critical);
    checker.registerHealthCheck('migrations', () => healthy, { kind: 'startup' });
    const statuses: Record<string, number> = {};
    for (const path of [
      '/health?x=1',
      '/health/live?x=1',
      '/livez',
      '/health/ready',
      '/readyz?verbose',
      '/health/startup',
      '/health/started',
      '/other',
    ]) {
      const { status, headers } = await get(path);
      statuses[path] = status;
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('etag')).toBeNull();
    }
    expect(statuses).toEqual({
      '/health?x=1': 503,
      '/health/live?x=1': 200,
      '/livez': 200,
      '/health/ready': 503,
      '/readyz?verbose': 503,
      '/health/startup': 200,
      '/health/started': 200,
      '/other': 404,
    });
  });

  it('does not let one path tell of the checks of another', async () => {
    const { checker, get } = await serve();
    checker.registerHealthCheck('loop', () => healthy, { kind: 'liveness' });
    checker.registerHealthCheck('database', () => healthy);
    const keys = async (path: string) => Object.keys(JSON.parse((await get(path)).body).checks);
    expect(await keys('/health/ready')).toEqual(['database:responseTime']);
    expect(await keys('/health/live')).toEqual(['loop:responseTime']);
    expect(await keys('/health')).toEqual(['loop:responseTime', 'database:responseTime']);
  });

  it('serves the form that is asked for by Accept or by ?format=', async () => {
    const { checker, get } = await serve({ service: { releaseId: '1.2.3' } });
    checker.registerHealthCheck('database', () => healthy);
    const accept = (type: string) => get('/health', { headers: { accept: type } });
    expect((await accept('text/plain')).body).toBe('ok');
    expect((await get('/health?format=text&verbose')).body).toBe('[+]database ok\nall check passed\n');
    expect(JSON.parse((await get('/health?format=microprofile')).body)).toMatchObject({ status: 'UP' });
    const draft = await accept('application/health+json');
    expect(draft.headers.get('content-type')).toBe('application/health+json; charset=utf-8');
    expect(JSON.parse(draft.body)).toMatchObject({ status: 'pass', releaseId: '1.2.3' });
  });

  it('answers HEAD as GET without a body, and other methods with 405', async () => {
    const { checker, get } = await serve();
    checker.registerHealthCheck('database', () => critical);
    const got = await get('/health/ready?verbose=false');
    const head = await get('/health/ready?verbose=false', { method: 'HEAD' });
    expect(head).toMatchObject({ status: 503, body: '' });
    expect(head.headers.get('content-length')).toBe(String(got.body.length));
    for (const method of ['POST', 'DELETE', 'OPTIONS']) {
      const refused = await get('/health', { method });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
  });

  it('answers every path for one kind where it is given', async () => {
    const { checker, get } = await serve({ kind: 'liveness' });
    checker.registerHealthCheck('database', () => critical);
    expect((await get('/anything/at/all')).status).toBe(200);
  });

  it('passes other paths on to the next handler', async () => {
    const handler = healthHandler(new HealthChecker());
    const origin = await listen((incoming, response) => {
      void handler(incoming, response, () => response.writeHead(418).end());
    });
    expect((await fetch(`${origin}/products`)).status).toBe(418);
    expect((await fetch(`${origin}/health`)).status).toBe(200);
  });

  it('answers within the budget while a check hangs, and 20 probes share one run', async () => {
    const { checker, get } = await serve();
    let runs = 0;
    checker.registerHealthCheck('database', () => {
      runs += 1;
      return never();
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => get('/health/ready')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(runs).toBe(1);
    expect((await get('/health/live')).status).toBe(200);
  });

  it('runs a check that passes no more than once a second, unless told otherwise', async () => {
    const { checker, get } = await serve();
    let runs = 0;
    checker.registerHealthCheck('database', () => {
      runs += 1;
      return healthy;
    });
    // On a slow machine a second may pass between two probes, but not between all of them.
    for (let probe = 0; probe < 10; probe++) await get('/health/ready');
    expect(runs).toBeLessThan(10);
    const eager = await serve({ maxAge: 0 }, checker);
    const before = runs;
    await eager.get('/health/ready');
    expect(runs).toBe(before + 1);
  });

  it('survives a prober that goes away', async () => {
    const { checker, errors, origin, get } = await serve();
    let release = (): void => {};
    const asked = new Promise<void>((resolve) => {
      checker.registerHealthCheck('database', () => {
        resolve();
        return new Promise((end) => {
          release = () => end(healthy);
        });
      });
    });
    const gone = request(`${origin}/health/ready`).on('error', () => {});
    gone.end();
    await asked;
    gone.destroy();
    release();
    expect((await get('/health/ready')).status).toBe(200);
    expect(errors).toEqual([]);
  });
});

describe('must-have 10: redaction over HTTP', () => {
  const allow = (incoming: { headers: Record<string, unknown> }): boolean =>
    incoming.headers.authorization === 'Bearer operator';

  it('shows output only to those whom the hook lets see it', async () => {
    const { checker, get } = await serve({ authorise: allow });
    checker.registerHealthCheck('database', () => critical);
    const authorization = 'Bearer operator';
    expect((await get('/health')).body).not.toContain('internal');
    expect((await get('/health', { headers: { authorization } })).body).toContain('refused by db-7.internal');
  });

  it.each([
    ['throws', () => raise('no session store'), ['no session store']],
    ['rejects', () => Promise.reject(new Error('expired')), ['expired']],
    ['hangs', () => never(), ['authorise did not finish within 50 ms']],
    ['returns junk', () => 'yes', []],
  ])('shows nothing where the hook %s, and reports it', async (_name, authorise, reported) => {
    const { checker, errors, get } = await serve({ authorise: authorise as unknown as () => boolean });
    checker.registerHealthCheck('database', () => critical);
    const { status, body } = await get('/health');
    expect(status).toBe(503);
    expect(body).not.toMatch(/internal|session|expired/);
    expect(errors).toEqual(reported.map((message) => `authorise of the health handler: ${message}`));
  });

  it('leaks nothing of an error of its own', async () => {
    const checker = new HealthChecker();
    checker.runHealthChecks = () => Promise.reject(new Error('secret'));
    const { errors, get } = await serve({}, checker);
    expect(await get('/health')).toMatchObject({ status: 503, body: 'failed' });
    expect(errors).toEqual(['the health handler: secret']);
  });

  it('refuses bad options', () => {
    // @ts-expect-error: there is no such kind
    expect(() => healthHandler(new HealthChecker(), { kind: 'dead' })).toThrow('kind must be one of');
  });
});

function raise(message: string): never {
  throw new Error(message);
}
