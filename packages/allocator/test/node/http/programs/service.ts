// A service that gets a few requests at once: service.mjs <plain|shed> <throws|rejects|ends>
import { createServer, get, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AdmissionController } from '../../../../src/index.ts';
import { shedLoad } from '../../../../src/node/index.ts';

const [, , kind, behaviour] = process.argv;
const admission = new AdmissionController();
let handled = 0;

const handler: RequestListener = (_request, response) => {
  handled += 1;
  if (behaviour === 'ends') response.end('served');
  else if (handled < 3) response.end('served');
  else if (behaviour === 'throws') throw new Error('thrown by the handler');
  else return Promise.reject(new Error('rejected by the handler'));
  return undefined;
};

const server = createServer(kind === 'shed' ? shedLoad(admission, handler) : handler);
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  let answered = 0;
  for (let count = 0; count < 5; count++) {
    get({ port, host: '127.0.0.1', agent: false }, (response) => {
      response.resume().on('end', () => {
        answered += 1;
        if (answered === 5) server.close();
      });
    }).on('error', () => {});
  }
});
process.on('exit', () => process.stdout.write(`handled ${handled}\n`));
