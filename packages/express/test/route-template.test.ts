import { createRequire } from 'node:module';
import { performanceMiddleware } from '@evenkeel/express';
import { PerformanceSystem } from '@evenkeel/performance-system';
import type express from 'express';
import { describe, expect, it } from 'vitest';
import { measured } from './measured.ts';
import { send, serve } from './server.ts';

type Express = typeof express;
type Build = (app: ReturnType<Express>, express: Express) => void;

const require = createRequire(import.meta.url);
const VERSIONS = ['express', 'express-5-0', 'express-4'].map((name) => {
  const { version } = require(`${name}/package.json`) as { version: string };
  return { version, express: require(name) as Express };
});

const answer: express.RequestHandler = (_request, response) => void response.end('ok');

describe.each(VERSIONS)('routes of Express $version', ({ express }) => {
  /** The series that requests to the paths made, without the method and outcome that all share. */
  async function routesOf(build: Build, paths: readonly string[]): Promise<string[]> {
    const system = new PerformanceSystem({ environment: 'testing' });
    const app = express();
    // Errors of the routes are part of these tests; express prints them otherwise.
    app.set('env', 'test');
    app.use(performanceMiddleware(system));
    build(app, express);
    const { port, stop } = await serve(app);
    for (const path of paths) await send(port, 'GET', path);
    await stop();
    const series = Object.entries(measured(system));
    expect(series.reduce((sum, [, count]) => sum + count, 0)).toBe(paths.length);
    return series.map(([name]) => name.replace(/^GET | finished$/g, '')).sort();
  }

  it('have their pattern as label, whatever the parameters', async () => {
    const routes = await routesOf(
      (app) => {
        app.get('/', answer);
        app.get('/users/:id', answer);
        app.get('/users/:id/posts/:post', answer);
      },
      [
        '/',
        '/users/alice',
        '/users/bob?tab=1',
        '/users/%F0%9F%98%80',
        '/users/alice/posts/7',
        '/users/alice/',
      ],
    );
    expect(routes).toEqual(['/ 200', '/users/:id 200', '/users/:id/posts/:post 200']);
  });

  it('include the patterns of parameterised mounts', async () => {
    const routes = await routesOf(
      (app, { Router }) => {
        const items = Router();
        items.get('/', answer).get('/:id', answer);
        const api = Router();
        api.use('/shops/:shop/items', items);
        api.get('/status', answer);
        app.use('/api/:version', api);
      },
      [
        '/api/v1/status',
        '/api/v2/shops/s1/items/9',
        '/api/v3/shops/s2/items',
        '/api/api/shops/items/items/items',
      ],
    );
    expect(routes).toEqual([
      '/api/:version/shops/:shop/items 200',
      '/api/:version/shops/:shop/items/:id 200',
      '/api/:version/status 200',
    ]);
  });

  it('are told right where the parameter says what the mount says', async () => {
    const mount: Build = (app, { Router }) => app.use('/api/:version', Router().get('/x', answer));
    expect(await routesOf(mount, ['/api/api/x'])).toEqual(['/api/:version/x 200']);
  });

  it('are told apart where one router is mounted twice', async () => {
    const routes = await routesOf(
      (app, { Router }) => {
        const shared = Router();
        shared.get('/list/:id', answer);
        app.use('/old', shared);
        app.use('/new/:tenant', shared);
      },
      ['/old/list/1', '/new/acme/list/2', '/new/other/list/3', '/old/list/4'],
    );
    expect(routes).toEqual(['/new/:tenant/list/:id 200', '/old/list/:id 200']);
  });

  it('include the mounts of applications within applications', async () => {
    const routes = await routesOf(
      (app, make) => {
        const inner = make();
        inner.get('/rows/:row', answer);
        const outer = make();
        outer.use('/tables/:table', inner);
        outer.get('/login', answer);
        app.use('/admin', outer);
      },
      ['/admin/login', '/admin/tables/t1/rows/1', '/admin/tables/t2/rows/2'],
    );
    expect(routes).toEqual(['/admin/login 200', '/admin/tables/:table/rows/:row 200']);
  });

  it('keep their pattern when a handler fails, and when the application handles the error', async () => {
    const routes = await routesOf(
      (app, { Router }) => {
        const api = Router();
        api.get('/throws/:id', () => {
          throw new Error('no');
        });
        api.get('/passes/:id', (_request, _response, next) => next(new Error('no')));
        app.use('/api/:version', api);
        app.use(((_error, _request, response, _next) => {
          response.status(500).end();
        }) satisfies express.ErrorRequestHandler);
      },
      ['/api/v1/throws/1', '/api/v2/passes/2'],
    );
    expect(routes).toEqual(['/api/:version/passes/:id 500', '/api/:version/throws/:id 500']);
  });

  it('are one for all that no route takes, however many a scanner tries', async () => {
    const scanned = Array.from({ length: 50 }, (_, i) => `/wp-${i}/admin.php?x=${i}`);
    const routes = await routesOf(
      (app) => {
        app.use('/static', answer);
        app.get('/known', answer);
      },
      [...scanned, '/static/a.css', '/%zz', '//', '/known'],
    );
    expect(routes).toContain('__unmatched__ 404');
    expect(routes).toContain('__unmatched__ 200');
    expect(routes).toContain('/known 200');
    expect(routes.length).toBeLessThanOrEqual(4);
  });

  it('given as lists and regular expressions have these, not the paths', async () => {
    const routes = await routesOf(
      (app) => {
        app.get(['/colour', '/color'], answer);
        app.get(/^\/re(\d+)$/, answer);
      },
      ['/colour', '/color', '/re5', '/re77'],
    );
    const expressions = routes.filter((route) => route.startsWith('/^'));
    expect(expressions).toEqual(['/^\\/re(\\d+)$/ 200']);
    // Express tells which of a list it was since 5.3; the list as a whole is as good a bound.
    expect(['/color 200,/colour 200', '/colour,/color 200']).toContain(
      routes.filter((route) => !expressions.includes(route)).join(),
    );
  });

  it('added while the application runs are found', async () => {
    const routes = await routesOf(
      (app) => {
        app.get('/add', (_request, response) => {
          app.get('/late/:id', answer);
          response.end();
        });
      },
      ['/add', '/late/1', '/late/2'],
    );
    expect(routes).toEqual(['/add 200', '/late/:id 200']);
  });
});
