/**
 * A back end of the demo: a process of its own that quotes deliveries over HTTP, `node worker.js ID`, until it is
 * killed or its parent is gone. It listens at any free port of the loopback interface, and tells its parent which.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { quoteDelivery, quoteRequest } from './delivery-quote.ts';
import type { WorkerMessage, WorkerOrder } from './worker-messages.ts';

/* So many quotes have the code compiled. */
const WARM_UP_QUOTES = 100;

const [id = ''] = process.argv.slice(2);
let delayMs = 0;

process.on('message', (order: WorkerOrder) => {
  delayMs = order.delayMs;
});
process.on('disconnect', () => process.exit());
// The parent may have gone before anybody listened.
if (process.connected === false) process.exit();
// Ctrl-C reaches the whole group; the parent ends its workers once the last request is answered.
process.on('SIGINT', () => {});

// Who begins cold is measured to be slow, and left aside.
for (let quote = 0; quote < WARM_UP_QUOTES; quote++) {
  const postcode = String(quote * 1000).padStart(5, '0');
  quoteDelivery({ name: 'Red Oak Chair', priceCents: 1000, postcode });
}

const server = createServer((request, response) => void answer(request, response));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ port } satisfies WorkerMessage);
});

async function answer({ url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(url, 'http://worker');
  if (pathname === '/health') return reply(response, 200, { worker: id });
  if (pathname !== '/quote') return reply(response, 404, { error: 'there is nothing here' });
  const query = quoteRequest.safeParse(Object.fromEntries(searchParams));
  if (!query.success) return reply(response, 400, { error: z.prettifyError(query.error) });
  if (delayMs > 0) await sleep(delayMs);
  reply(response, 200, { worker: id, options: quoteDelivery(query.data) });
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
