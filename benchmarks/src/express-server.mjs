/** A server for express-overhead.mjs, a process of its own: `express-server.mjs NAME ROUTE`. */
import { createRequire } from 'node:module';
import { performanceMiddleware } from '@evenkeel/express';
import { PerformanceSystem } from '@evenkeel/performance-system';
import express from 'express';
import promBundle from 'express-prom-bundle';

const MIDDLEWARE = {
  bare: async () => undefined,
  evenkeel: async () => {
    const system = new PerformanceSystem();
    await system.start();
    return performanceMiddleware(system);
  },
  // With the labels that ours has, as its users set it up.
  'express-prom-bundle': async () => promBundle({ includeMethod: true, includePath: true }),
  // It wants to know the CommonJS module that loads it.
  'prometheus-api-metrics': async () => createRequire(import.meta.url)('prometheus-api-metrics')(),
};

const [name, route] = process.argv.slice(2);
const app = express();
const middleware = await MIDDLEWARE[name]();
if (middleware) app.use(middleware);
app.get('/empty/:id', (_request, response) => void response.end('ok'));
if (route === 'database') {
  const { openDatabase, prepareCatalogue, Catalogue, catalogueRoutes } = await import(
    'express-demo/catalogue'
  );
  const { pool } = await openDatabase(undefined);
  await prepareCatalogue(pool, 50_000);
  app.use(catalogueRoutes(new Catalogue(pool)));
}
const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ microseconds: user + system });
});
process.on('disconnect', () => process.exit());
