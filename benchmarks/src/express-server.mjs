/**
 * A server for express-overhead.mjs, a process of its own: `express-server.mjs empty NAME` measures as NAME
 * does, `express-server.mjs database` serves the demo's catalogue twice, bare and measured.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { performanceMiddleware } from '@evenkeel/express';
import { PerformanceSystem } from '@evenkeel/performance-system';
import express from 'express';
import { Catalogue, catalogueRoutes, openDatabase, prepareCatalogue } from 'express-demo/catalogue';
import promBundle from 'express-prom-bundle';

const system = new PerformanceSystem();

const MIDDLEWARE = {
  bare: () => undefined,
  evenkeel: () => performanceMiddleware(system),
  // With the labels that ours has, as its users set it up.
  'express-prom-bundle': () => promBundle({ includeMethod: true, includePath: true }),
  // It wants to know the CommonJS module that loads it.
  'prometheus-api-metrics': () => createRequire(import.meta.url)('prometheus-api-metrics')(),
};

const COMMANDS = {
  cpu: () => {
    const { user, system: kernel } = process.cpuUsage();
    return user + kernel;
  },
  // What begins with it has to be over: it would be charged to a few thousand requests rather than to a day.
  start: async () => {
    await system.start();
    await sleep(500);
  },
  stop: () => system.stop(),
};

const [route, name] = process.argv.slice(2);
process.on('message', async (command) => process.send({ result: await COMMANDS[command]() }));
process.on('disconnect', () => process.exit());
process.send({ ports: route === 'database' ? await serveCatalogue() : { [name]: await serveEmpty() } });

async function serveEmpty() {
  if (name === 'evenkeel') await system.start();
  return serve(name, (app) => app.get('/empty/:id', (_request, response) => void response.end('ok')));
}

async function serveCatalogue() {
  const { pool } = await openDatabase({});
  await prepareCatalogue(pool, 50_000);
  const catalogue = (app) => app.use(catalogueRoutes(new Catalogue(pool)));
  return { evenkeel: await serve('evenkeel', catalogue), bare: await serve('bare', catalogue) };
}

async function serve(measuredBy, addRoutes) {
  const app = express();
  const middleware = MIDDLEWARE[measuredBy]();
  if (middleware) app.use(middleware);
  addRoutes(app);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}
