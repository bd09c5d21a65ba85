import { type Disposer, option, readValue } from '@evenkeel/core';
import type { Attempt } from '../execution/attempt.ts';
import type { RequestOptions } from '../execution/request-options.ts';
import type { Server } from '../servers/server.ts';

/** What sends requests to one server or another, and tells when a server has gone: a `LoadBalancer`. */
export interface RequestBalancer {
  executeRequest<T>(
    call: (server: Server, attempt: Attempt) => Promise<T>,
    options?: RequestOptions,
  ): Promise<T>;
  on(type: 'server_removed', listener: (event: { readonly id: string }) => unknown): Disposer;
}

/** @throws ConfigurationError where it is none */
export function readBalancer(owner: string, balancer: unknown): void {
  readValue(owner, 'balancer', balancer, option.withMethods<RequestBalancer>('executeRequest', 'on'));
}
