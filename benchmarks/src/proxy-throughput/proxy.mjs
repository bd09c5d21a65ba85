/** A proxy for proxy-throughput.mjs, a process of its own: `proxy.mjs VARIANT BACK_END_PORT`. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { pipeline } from 'node:stream';
import { LoadBalancer } from '@evenkeel/load-balancer';
import { reverseProxy } from '@evenkeel/load-balancer/http';
import { Pool } from 'undici';

const [variant, port] = process.argv.slice(2);

const VARIANTS = {
  bare: () => {
    const pool = new Pool(`http://127.0.0.1:${port}`);
    return async (request, response) => {
      const answer = await pool.request({
        path: request.url,
        method: request.method,
        body: request.method === 'GET' ? null : request,
      });
      pipeline(answer.body, response, () => {});
    };
  },
  evenkeel: () => balanced(1),
  'evenkeel, 8 servers': () => balanced(8),
};

process.on('disconnect', () => process.exit());
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system });
});
const server = createServer(VARIANTS[variant]());
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send({ port: server.address().port });

/** They are all the same one: what more servers cost the proxy, not what they bring. */
function balanced(servers) {
  const balancer = new LoadBalancer();
  for (let index = 0; index < servers; index++) {
    balancer.addServer(`server-${index}`, { host: '127.0.0.1', port: Number(port) });
  }
  return reverseProxy(balancer);
}
