import { connect, type NetConnectOpts } from 'node:net';

/* PostgreSQL's protocol, "CancelRequest": in the place of a version, 1234 and 5678. */
const LENGTH = 16;
const CODE = (1234 << 16) | 5678;

/* Who does not answer in this time will not. */
const TIMEOUT_MS = 5000;

/**
 * Asks a server to stop what one of its connections runs. The key proves that the connection is ours, through poolers
 * too. Nothing is answered; servers take it without encryption, as older clients always send it.
 *
 * @param done called once, when the server has closed: it has sent all its signals then, and what is run next on that
 *   connection cannot be hit any more (libpq's `PQcancel` waits for the same). Also when it could not be reached.
 */
export function sendCancelRequest(
  to: NetConnectOpts,
  processId: number,
  secretKey: number,
  done: () => void,
): void {
  const message = Buffer.alloc(LENGTH);
  message.writeInt32BE(LENGTH, 0);
  message.writeInt32BE(CODE, 4);
  message.writeInt32BE(processId, 8);
  message.writeInt32BE(secretKey, 12);
  const socket = connect(to);
  socket.unref();
  socket.once('close', done);
  // The statement is given up in any case.
  socket.on('error', () => socket.destroy());
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
  socket.end(message);
  socket.resume();
}
