import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { readResponseHead } from '../headers/response-head.ts';
import type { Upgraded } from './own-exchange.ts';

/* Neither side may ever say anything again: the system finds out whether it is still there. */
const PROBE_AFTER_MS = 30_000;

/**
 * Tells the client that the protocol is another, and joins both connections. Each direction ends on its own; what
 * breaks one connection breaks the other.
 */
export function tunnel(client: Duplex, { response, socket: server, first }: Upgraded): void {
  const { headers } = readResponseHead(101, response.statusMessage ?? '', response.rawHeaders);
  headers.push('Connection', 'Upgrade', 'Upgrade', response.headers.upgrade ?? '');
  let text = 'HTTP/1.1 101 Switching Protocols\r\n';
  for (let index = 0; index < headers.length; index += 2)
    text += `${headers[index]}: ${headers[index + 1]}\r\n`;
  client.write(`${text}\r\n`, 'latin1');
  if (first.length > 0) client.write(first);
  join(client, server);
  join(server, client);
}

function join(from: Duplex, to: Duplex): void {
  if (from instanceof Socket) from.setTimeout(0).setNoDelay(true).setKeepAlive(true, PROBE_AFTER_MS);
  from.on('error', () => breakOff(to));
  from.on('close', () => {
    // Gone both ways: what it has sent may still be delivered, and nothing else.
    if (!from.readableEnded) breakOff(to);
    else if (to instanceof Socket) to.destroySoon();
    else to.end(() => to.destroy());
  });
  from.pipe(to);
}

/** The other side must not take it for an orderly end. */
export function breakOff(socket: Duplex): void {
  // TLS tells by itself: the end that it announces is missing.
  if (socket instanceof Socket && !('encrypted' in socket)) socket.resetAndDestroy();
  else socket.destroy();
}
