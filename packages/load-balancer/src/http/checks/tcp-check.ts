import { connect } from 'node:net';
import type { ServerCheck } from '../../health/server-check.ts';

/**
 * Passes when a server accepts a connection, which is then closed. A process that hangs passes too: the system accepts
 * for it.
 */
export function tcpCheck(): ServerCheck {
  return ({ host, port }, signal) =>
    new Promise<void>((resolve, reject) => {
      const socket = connect({ host, port });
      const giveUp = (): void => {
        socket.destroy();
        reject(signal.reason);
      };
      const end = (settle: () => void): void => {
        signal.removeEventListener('abort', giveUp);
        socket.destroy();
        settle();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      socket.on('connect', () => end(resolve));
      socket.on('error', (error) => end(() => reject(error)));
      if (signal.aborted) giveUp();
    });
}
