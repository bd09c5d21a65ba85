/** The server behind the proxies of proxy-throughput.mjs, a process of its own. */
import { once } from 'node:events';
import { createServer } from 'node:http';

const SMALL = Buffer.from('hello world\n');
const LARGE = Buffer.alloc(65_536, 'x');

process.on('disconnect', () => process.exit());
const server = createServer((request, response) => {
  if (request.url === '/small') send(response, SMALL);
  else if (request.url === '/large') send(response, LARGE);
  else request.pipe(response);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send({ port: server.address().port });

function send(response, body) {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length });
  response.end(body);
}
