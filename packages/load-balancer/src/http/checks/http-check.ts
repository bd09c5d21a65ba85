import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ConfigurationError, EvenkeelError, option, readOptions } from '@evenkeel/core';
import type { ServerCheck } from '../../health/server-check.ts';
import type { Server } from '../../servers/server.ts';
import type { TlsOptions } from '../connections/connection-options.ts';
import { serverNameOf } from '../connections/server-pools.ts';

/** Options of {@link httpCheck}. All are optional. */
export interface HttpCheckOptions {
  /** @defaultValue '/health' */
  readonly path?: string;
  /** @defaultValue 'GET' */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS';
  /** Status or statuses that pass. @defaultValue 200 to 299 */
  readonly expect?: number | readonly number[];
  /** @defaultValue the server's host and port as Host, and nothing else */
  readonly headers?: Readonly<Record<string, string>>;
  /** For servers that speak https. @defaultValue {} */
  readonly tls?: TlsOptions;
}

/**
 * Asks a server over a connection of its own, so that it is seen whether connections are accepted. Only the status
 * counts; redirects are not followed, and the body is not read.
 *
 * @throws ConfigurationError
 */
export function httpCheck(options?: HttpCheckOptions): ServerCheck {
  const status = option.integer({ min: 100, max: 599 });
  const { path, method, expect, headers, tls } = readOptions('httpCheck', options, {
    path: option.string().default('/health'),
    method: option.oneOf(['GET', 'HEAD', 'OPTIONS']).default('GET'),
    expect: (Array.isArray(options?.expect) ? option.listOf(status) : status).optional(),
    headers: option.withMethods<Readonly<Record<string, string>>>().default({}),
    tls: option.withMethods<TlsOptions>().default({}),
  });
  if (!/^\/[\x21-\x7e]*$/.test(path)) {
    const expected = 'a path that begins with / and has no spaces, such as "/health"';
    throw new ConfigurationError('httpCheck', [{ path: 'path', value: path, expected }]);
  }
  const accepted = expect === undefined ? undefined : [expect].flat();
  return async (server, signal) => {
    const got = await ask(server, { path, method, headers, tls, signal });
    if (accepted?.includes(got) ?? (got >= 200 && got < 300)) return;
    throw new EvenkeelError(`answered with status ${got}`, { code: 'UNEXPECTED_ANSWER' });
  };
}

interface Question {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsOptions;
  readonly signal: AbortSignal;
}

function ask(server: Server, { tls, ...question }: Question): Promise<number> {
  const { host, port, protocol } = server;
  return new Promise((resolve, reject) => {
    const read = (response: IncomingMessage): void => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    };
    const address = { ...question, host, port, agent: false };
    const request =
      protocol === 'https'
        ? httpsRequest({ ...address, ...tls, servername: serverNameOf(server, tls) }, read)
        : httpRequest(address, read);
    // Also for what comes of it once it is destroyed.
    request.on('error', reject);
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      resolve(101);
    });
    request.end();
  });
}
