/**
 * A server for overload.mjs, a process of its own: `server.mjs VARIANT HANDLER`. The handler `cpu` keeps the CPU
 * busy for 5 ms; `io` uses it for 0.3 ms and waits for one of the 4 places of a pool that takes 20 ms.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdmissionController } from '@evenkeel/allocator';
import { shedLoad } from '@evenkeel/allocator/node';
import underPressure from '@fastify/under-pressure';
import express from 'express';
import fastify from 'fastify';
import overloadProtection from 'overload-protection';
import toobusy from 'toobusy-js';
import { gradient2 } from './gradient2.mjs';

const HANDLERS = { cpu: () => busy(5), io: io() };
const classify = (request) => (request.headers['x-class'] === 'essential' ? 'essential' : 'normal');

const VARIANTS = {
  bare: (handle) => createServer(withExpress(handle)),
  evenkeel: (handle) => createServer(shedLoad(new AdmissionController(), withExpress(handle), { classify })),
  'overload-protection': (handle) =>
    createServer(withExpress(handle, overloadProtection('express', { production: true }))),
  toobusy: (handle) => createServer(withExpress(handle, refuseWhen(toobusy))),
  'toobusy 20/50': (handle) => {
    toobusy.maxLag(20);
    toobusy.interval(50);
    return createServer(withExpress(handle, refuseWhen(toobusy)));
  },
  'under-pressure 1000': (handle) => withFastify(handle, { maxEventLoopDelay: 1000 }),
  'under-pressure 50': (handle) => withFastify(handle, { maxEventLoopDelay: 50 }),
  'gradient2 (sketch)': (handle) => createServer(withExpress(handle, gradient2())),
};

const [variant, handler] = process.argv.slice(2);
process.on('disconnect', () => process.exit());
const server = await VARIANTS[variant](HANDLERS[handler]);
// A connection that is closed for being idle just when a request is on its way would count as a failure.
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send({ port: server.address().port });

function withExpress(handle, middleware) {
  const app = express();
  if (middleware) app.use(middleware);
  app.get('/', async (_request, response) => {
    await handle();
    response.end('ok');
  });
  return app;
}

async function withFastify(handle, options) {
  const app = fastify();
  await app.register(underPressure, options);
  app.get('/', async () => {
    await handle();
    return 'ok';
  });
  await app.ready();
  return app.server;
}

function refuseWhen(isBusy) {
  return (_request, response, next) => {
    if (isBusy()) response.writeHead(503, { 'Retry-After': 1 }).end();
    else next();
  };
}

function busy(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function io() {
  let free = 4;
  const waiting = [];
  return async () => {
    busy(0.3);
    if (free > 0) free -= 1;
    else await new Promise((resolve) => waiting.push(resolve));
    await sleep(20);
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
}
