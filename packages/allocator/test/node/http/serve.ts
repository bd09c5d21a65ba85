import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  type RequestOptions,
  request,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach } from 'vitest';
import { AdmissionController } from '../../../src/admission/admission-controller.ts';
import type { AdmissionOptions } from '../../../src/admission/admission-options.ts';
import type { LoadSheddingOptions } from '../../../src/node/http/load-shedding-options.ts';
import { shedLoad } from '../../../src/node/http/shed-load.ts';

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Service {
  readonly admission: AdmissionController;
  readonly port: number;
  /** URLs that the handler was called for. */
  readonly handled: string[];
  readonly server: ReturnType<typeof createServer>;
  /** Takes turns of the event loop until no more are asked for: until then whoever is not the first waits. */
  turns(): void;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  send(options: RequestOptions): ClientRequest;
  /** Until so many requests have come in. */
  arrivals(count: number): Promise<void>;
  /** Connections that the server has. */
  connections(): number;
  /** A connection that is written to by hand. */
  connect(): ReturnType<typeof connect>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Starts a handler behind admission control on a port of this machine, until the test is over. */
export async function serve(
  handler: Handler,
  { shedding, ...options }: AdmissionOptions & { readonly shedding?: LoadSheddingOptions } = {},
): Promise<Service> {
  const waiting: (() => void)[] = [];
  const admission = new AdmissionController({ nextTurn: (next) => waiting.push(next), ...options });
  const handled: string[] = [];
  const listener = shedLoad(
    admission,
    (incoming, response) => {
      handled.push(incoming.url ?? '');
      return handler(incoming, response);
    },
    shedding,
  );
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    socket.on('close', () => {
      connections -= 1;
    });
  });
  const sockets: ReturnType<typeof connect>[] = [];
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  });
  const send: Service['send'] = (given) => request({ host: '127.0.0.1', port, agent: false, ...given });
  return {
    admission,
    port,
    handled,
    server,
    send,
    turns: () => {
      while (waiting.length > 0) for (const next of waiting.splice(0)) next();
    },
    get: (path, headers = {}) => {
      const sent = send({ path, headers });
      sent.end();
      const answered = answer(sent);
      // Those that still wait when the test is over are cut off.
      answered.catch(() => {});
      return answered;
    },
    arrivals: (count) => until(() => admission.statistics().arrived >= count),
    connections: () => connections,
    connect: () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      sockets.push(socket);
      return socket;
    },
  };
}

export function answer(sent: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    sent.on('error', reject).on('response', (response) => {
      let body = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => (body += chunk))
        .on('error', reject)
        .on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
  });
}

/** Real sockets take what time they take. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
