/** One of the servers of processes.mjs, a process of its own: `back-end PORT`; it is told what is wrong with it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const SERVICE_MS = 5;
const SLOW_MS = 300;

let fault: string | undefined;
process.on('disconnect', () => process.exit());
process.on('message', (message: { fault: string }) => {
  ({ fault } = message);
});
const server = createServer((request, response) => {
  if (fault === 'resets') request.socket.resetAndDestroy();
  else setTimeout(() => response.end('done'), fault === 'slow' ? SLOW_MS : SERVICE_MS);
});
server.listen(Number(process.argv[2]), '127.0.0.1');
await once(server, 'listening');
process.send?.({ port: (server.address() as AddressInfo).port });
