import { performanceRouter } from '@evenkeel/express';
import { PerformanceSystem } from '@evenkeel/performance-system';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve, type TestServer } from './server.ts';

let server: TestServer;
let isUp = true;
const system = new PerformanceSystem({ environment: 'testing' });

beforeAll(async () => {
  await system.initialize({
    query: async () => {
      if (!isUp) throw new Error('password=hunter2 refused');
      return { rows: [] };
    },
  });
  await system.start();
  await system.getComponent('health').runHealthChecks();
  const app = express();
  app.use(
    '/ops',
    performanceRouter(system, { authorise: (request) => request.headers['x-key'] === 'open sesame' }),
  );
  app.use(performanceRouter(system));
  server = await serve(app);
});

afterAll(async () => {
  await server.stop();
  await system.stop();
});

function get(path: string, init?: RequestInit): Promise<Response> {
  return fetch(new URL(path, server.address), init);
}

describe('performanceRouter', () => {
  it.each([
    '/health',
    '/health/live',
    '/health/ready',
    '/health/startup',
    '/ops/health?verbose',
    '/health/live/?x=1',
  ])('answers %s', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toContain('no-store');
    expect(await response.text()).not.toBe('');
  });

  it('takes the service out, but does not have it killed, when a dependency is away', async () => {
    isUp = false;
    await system.getComponent('health').runHealthChecks();
    const statuses = await Promise.all(
      ['/health', '/health/ready', '/health/live'].map(async (path) => (await get(path)).status),
    );
    const publicBody = await (await get('/health')).text();
    const privateBody = await (await get('/ops/health', { headers: { 'x-key': 'open sesame' } })).text();
    isUp = true;
    await system.getComponent('health').runHealthChecks();
    expect(statuses).toEqual([503, 503, 200]);
    expect(publicBody).not.toContain('hunter2');
    expect(privateBody).toContain('hunter2');
  });

  it('exports the metrics in every format, with its type', async () => {
    const types = await Promise.all(
      [
        '/metrics',
        '/metrics?format=prometheus',
        '/metrics?format=json',
        '/metrics?format=csv',
        '/ops/metrics',
      ].map(async (path) => (await get(path)).headers.get('content-type')),
    );
    expect(types).toEqual([
      expect.stringMatching(/^text\/plain; ?version=0\.0\.4/),
      expect.stringMatching(/^text\/plain; ?version=0\.0\.4/),
      expect.stringMatching(/^application\/json/),
      expect.stringMatching(/^text\/csv/),
      expect.stringMatching(/^text\/plain/),
    ]);
    expect(await (await get('/metrics')).text()).toMatch(/^# TYPE evenkeel_/m);
    JSON.parse(await (await get('/metrics?format=json')).text());
  });

  it.each(['/metrics?format=xml', '/metrics?format=', '/metrics?format=json&format=csv'])(
    'says what %s should have been',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(400);
      expect(await response.text()).toMatch(/format must be one of .*"prometheus"/);
    },
  );

  it('answers HEAD without a body, and other methods with what is allowed', async () => {
    for (const path of ['/metrics', '/health']) {
      const head = await get(path, { method: 'HEAD' });
      expect([head.status, await head.text()]).toEqual([200, '']);
      const post = await get(path, { method: 'POST' });
      expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
  });
});
