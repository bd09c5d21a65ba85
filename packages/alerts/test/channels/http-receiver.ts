import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = (response: ServerResponse, request: ReceivedRequest) => unknown;

/** A real HTTP server that keeps what it receives and answers as it is told. */
export class HttpReceiver {
  readonly requests: ReceivedRequest[] = [];
  readonly url: string;
  readonly #server;

  /** Starts one on a free port of the loopback interface. */
  static async start(answer: Answer = (response) => response.end('ok')): Promise<HttpReceiver> {
    const requests: ReceivedRequest[] = [];
    const server = createServer(async (incoming, response) => {
      response.on('error', () => {});
      let body = '';
      try {
        for await (const chunk of incoming.setEncoding('utf8')) body += chunk;
      } catch {
        // The sender has given up.
        return;
      }
      const request = { method: incoming.method, path: incoming.url, headers: incoming.headers, body };
      requests.push(request);
      await answer(response, request);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HttpReceiver(server, requests);
  }

  private constructor(server: ReturnType<typeof createServer>, requests: ReceivedRequest[]) {
    this.#server = server;
    this.requests = requests;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
