import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { toError } from '@evenkeel/core';
import type { Server } from '../../servers/server.ts';
import type { ConnectionSettings } from '../connections/connection-options.ts';
import { serverNameOf } from '../connections/server-pools.ts';
import { passableTrailers } from '../headers/hop-by-hop.ts';
import type { RequestHead } from '../headers/request-head.ts';
import { UpstreamError } from '../upstream-error.ts';
import type { Exchange, ExchangeListener } from './exchange.ts';
import type { RequestBody } from './request-body.ts';

/** A connection whose server has changed to the other protocol. */
export interface Upgraded {
  readonly response: IncomingMessage;
  readonly socket: Duplex;
  /** What has come already. */
  readonly first: Buffer;
}

/**
 * An exchange on a connection of its own, for what undici's pool can't do: trailers of a request, and upgrades that
 * the server may decline.
 */
export class OwnExchange implements Exchange {
  readonly #listener: ExchangeListener;
  readonly #onUpgrade: ((upgraded: Upgraded) => void) | undefined;
  #request: ClientRequest | undefined;
  #response: IncomingMessage | undefined;
  #isOver = false;

  constructor(listener: ExchangeListener, onUpgrade?: (upgraded: Upgraded) => void) {
    this.#listener = listener;
    this.#onUpgrade = onUpgrade;
  }

  /** @param body what is sent, with the trailers of `source`, once there is a connection @defaultValue nothing */
  start(
    server: Server,
    head: RequestHead,
    host: string,
    settings: ConnectionSettings,
    body?: RequestBody,
    source?: IncomingMessage,
  ): void {
    const headers = ['Host', host, ...head.headers];
    const protocol = this.#onUpgrade && head.upgrade;
    if (protocol !== undefined) headers.push('Connection', 'Upgrade', 'Upgrade', protocol);
    else headers.push('Connection', 'close');
    if (head.body === 'chunked') headers.push('Transfer-Encoding', 'chunked');
    if (head.body === 'chunked' && head.trailer !== undefined) headers.push('Trailer', head.trailer);
    const options: RequestOptions & { servername: string; allowHalfOpen: boolean } = {
      host: server.host,
      port: server.port,
      method: head.method,
      path: head.path,
      headers,
      agent: false,
      // Either side of an upgraded connection may end before the other.
      allowHalfOpen: true,
      timeout: settings.connectTimeoutMs,
      ...(server.protocol === 'https' ? settings.tls : {}),
      servername: serverNameOf(server, settings.tls),
    };
    const request = server.protocol === 'https' ? httpsRequest(options) : httpRequest(options);
    this.#request = request;
    request.on('socket', (socket) => {
      socket.setNoDelay(true);
      socket.once(server.protocol === 'https' ? 'secureConnect' : 'connect', () => {
        socket.setTimeout(0);
        if (this.#isOver) return;
        this.#listener.connected();
        if (body && source) this.#send(request, body, source);
      });
    });
    request.on('timeout', () =>
      this.abort(new UpstreamError('no connection in time', 'not-sent', { isTimeout: true })),
    );
    request.on('finish', () => this.#listener.sent());
    request.on('information', ({ statusCode, rawHeaders }) =>
      this.#listener.informed(statusCode, rawHeaders),
    );
    request.on('response', (response) => this.#answer(response));
    request.on('error', (error) => this.#fail(error));
    request.on('upgrade', (response, socket, first) => {
      if (!this.#onUpgrade || this.#isOver) {
        socket.destroy();
        this.#fail(new Error('the server has changed the protocol unasked'));
        return;
      }
      this.#isOver = true;
      this.#onUpgrade({ response, socket, first });
    });
    if (!body) request.end();
  }

  resume(): void {
    this.#response?.resume();
  }

  abort(reason: Error): void {
    this.#request?.destroy(reason);
  }

  #send(request: ClientRequest, body: RequestBody, source: IncomingMessage): void {
    body.on('data', (chunk) => {
      if (!request.write(chunk)) body.pause();
    });
    request.on('drain', () => body.resume());
    body.on('end', () => {
      addTrailers(request, passableTrailers(source.rawTrailers));
      request.end();
    });
    body.on('error', (error) => this.abort(error));
  }

  #answer(response: IncomingMessage): void {
    if (this.#isOver) {
      response.destroy();
      return;
    }
    this.#response = response;
    const { statusCode = 0, statusMessage = '', rawHeaders } = response;
    response.on('error', (error) => this.#fail(error));
    response.on('close', () => {
      if (!response.complete) this.#fail(new Error('the server has closed the connection'));
    });
    response.on('data', (chunk) => {
      if (!this.#listener.data(chunk)) response.pause();
    });
    response.on('end', () => {
      if (this.#isOver || !response.complete) return;
      this.#isOver = true;
      this.#listener.complete(response.rawTrailers);
    });
    try {
      if (!this.#listener.head(statusCode, statusMessage, rawHeaders)) response.pause();
    } catch (error) {
      this.#fail(toError(error));
    }
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#request?.destroy();
    this.#listener.failed(error);
  }
}

/** Adds trailers, names and values in turn. Those that can't be sent are left out. */
export function addTrailers(message: Pick<ClientRequest, 'addTrailers'>, trailers: readonly string[]): void {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < trailers.length; index += 2) {
    const pair: [string, string] = [trailers[index] as string, trailers[index + 1] as string];
    try {
      validateHeaderName(pair[0]);
      validateHeaderValue(...pair);
      pairs.push(pair);
    } catch {
      // What it would break off is worth more.
    }
  }
  if (pairs.length > 0) message.addTrailers(pairs);
}
