/** A server for shedding-cost.mjs, a process of its own: `cost-server.mjs VARIANT`. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { AdmissionController } from '@evenkeel/allocator';
import { RequestAdmission, shedLoad } from '@evenkeel/allocator/node';
import express from 'express';
import overloadProtection from 'overload-protection';

/** The first request is started, and as no turn ever comes, each further one takes the place of the one before. */
const refusing = () => new AdmissionController({ maxQueue: 1, nextTurn: () => {} });

const VARIANTS = {
  bare: () => createServer(withExpress()),
  idle: () => createServer(shedLoad(new AdmissionController(), withExpress())),
  refused: () => createServer(shedLoad(refusing(), withExpress())),
  'refused by middleware': () => {
    const requests = new RequestAdmission('benchmark', refusing(), undefined);
    return createServer(withExpress((request, response, next) => requests.admit(request, response, next)));
  },
  // Its limit on memory is exceeded from the first check on.
  'overload-protection': () =>
    createServer(withExpress(overloadProtection('express', { production: true, maxRssBytes: 1 }))),
};

const [variant] = process.argv.slice(2);
process.on('disconnect', () => process.exit());
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system });
});
const server = VARIANTS[variant]();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send({ port: server.address().port });

function withExpress(middleware) {
  const app = express();
  if (middleware) app.use(middleware);
  app.get('/', (_request, response) => void response.end('ok'));
  return app;
}
