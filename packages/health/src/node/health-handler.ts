import type { IncomingMessage, ServerResponse } from 'node:http';
import { callWithTimeout, type Duration, option, readOptions } from '@evenkeel/core';
import type { HealthKind } from '../check.ts';
import { HEALTH_KINDS } from '../check.ts';
import type { HealthChecker } from '../health-checker.ts';
import { type ProbeRequest, readProbeRequest } from '../http/probe-request.ts';
import { type RenderedHealth, renderHealth, type ServiceInfo } from '../http/render-health.ts';

/** Options of {@link healthHandler}. All are optional. */
export interface HealthHandlerOptions {
  /** Answers every path for this kind. @defaultValue by the path */
  readonly kind?: HealthKind | 'all';
  /**
   * Whether the sender of a request may see messages and details. One that throws, hangs or returns anything
   * but `true` allows nothing. @defaultValue nobody
   */
  readonly authorise?: (request: IncomingMessage) => boolean | PromiseLike<boolean>;
  /** Accepts results up to this age besides those that `cacheFor` covers; never critical ones, in ms. @defaultValue 1000 */
  readonly maxAge?: Duration;
  /** What health+json says of the service. @defaultValue nothing */
  readonly service?: ServiceInfo;
}

/** A handler for `node:http`, and for Connect and Express, which pass `next`. Never rejects. */
export type HealthHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: () => void,
) => Promise<void>;

/**
 * Answers probes: `/health` all checks, `/health/live`, `/health/ready` and `/health/startup` those of a kind
 * (also `/healthz`, `/livez`, `/readyz`, `/startupz`, and the same below a mount point), by GET and HEAD. 200 where
 * the summary is `ok`, else 503, within the checker's `totalBudget`; 405 for other methods. Other paths go to
 * `next`, or are 404. `?verbose` lists the checks in text; `?format=` takes `health+json`, `json`, `text` or
 * `microprofile` and outweighs the Accept header.
 *
 * @throws ConfigurationError
 */
export function healthHandler(checker: HealthChecker, options: HealthHandlerOptions = {}): HealthHandler {
  const { kind, authorise, maxAge, service } = readOptions('healthHandler', options, {
    kind: option.oneOf([...HEALTH_KINDS, 'all']).optional(),
    authorise: option.callback<NonNullable<HealthHandlerOptions['authorise']>>().default(() => false),
    maxAge: option.duration().default(1000),
    service: option.withMethods<ServiceInfo>().default({}),
  });

  const isAuthorised = async (request: IncomingMessage): Promise<boolean> => {
    try {
      const call = { timeoutMs: checker.totalBudget, what: 'authorise' };
      return (await callWithTimeout(() => authorise(request), call)) === true;
    } catch (thrown) {
      checker.reportFailure('authorise of the health handler', thrown);
      return false;
    }
  };

  const answer = async (request: IncomingMessage, probe: ProbeRequest): Promise<RenderedHealth> => {
    const only = probe.kind === 'all' ? undefined : probe.kind;
    const [summary, authorised] = await Promise.all([
      checker.runHealthChecks({ kind: only, maxAge }),
      isAuthorised(request),
    ]);
    const { verbose, format } = probe;
    return renderHealth(summary, { accept: request.headers.accept, verbose, format, authorised, service });
  };

  return async (request, response, next) => {
    const probe = readProbeRequest(request.url ?? '/', kind);
    if (!probe && next) return next();
    if (!probe) return send(request, response, plain(404, 'not found'));
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return send(request, response, plain(405, 'method not allowed', { allow: 'GET, HEAD' }));
    }
    try {
      send(request, response, await answer(request, probe));
    } catch (thrown) {
      checker.reportFailure('the health handler', thrown);
      send(request, response, plain(503, 'failed'));
    }
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function plain(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const common = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
  return { status, headers: { ...common, ...headers }, body };
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}
