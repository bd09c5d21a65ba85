import type { IncomingMessage } from 'node:http';
import { ConfigurationError, option, readOptions } from '@evenkeel/core';
import { healthHandler } from '@evenkeel/health/node';
import type { ExportFormat, PerformanceSystem } from '@evenkeel/performance-system';
import { type RequestHandler, Router } from 'express';

/** The part of a `PerformanceSystem` that the router serves. */
export type ServedSystem = Pick<PerformanceSystem, 'getComponent' | 'exportMetrics'>;

export interface PerformanceRouterOptions {
  /**
   * Whether a request may see why a check fails and what it measured; everybody may see which checks fail.
   * One that throws or rejects is a no.
   * @defaultValue nobody may
   */
  readonly authorise?: (request: IncomingMessage) => boolean | Promise<boolean>;
}

/**
 * The routes of a service that others watch: `/health`, `/health/live`, `/health/ready`, `/health/startup` and
 * `/metrics?format=prometheus|json|csv`. Mount it where they should be.
 *
 * @throws ConfigurationError when the options can't be used
 */
export function performanceRouter(system: ServedSystem, options: PerformanceRouterOptions = {}): Router {
  const { authorise } = readOptions('performanceRouter', options, {
    authorise: option.callback<NonNullable<PerformanceRouterOptions['authorise']>>().optional(),
  });
  const checker = system.getComponent('health');
  const health = (kind: 'all' | 'liveness' | 'readiness' | 'startup'): RequestHandler =>
    healthHandler(checker, { kind, ...(authorise ? { authorise } : {}) });

  const router = Router();
  router.all('/health', health('all'));
  router.all('/health/live', health('liveness'));
  router.all('/health/ready', health('readiness'));
  router.all('/health/startup', health('startup'));
  router.all('/metrics', metricsHandler(system));
  return router;
}

function metricsHandler(system: ServedSystem): RequestHandler {
  return (request, response) => {
    response.set('Cache-Control', 'no-store');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response
        .set('Allow', 'GET, HEAD')
        .status(405)
        .type('text')
        .send('only GET and HEAD are answered here\n');
      return;
    }
    const { format = 'prometheus' } = request.query;
    try {
      // The export itself judges the format.
      const text = system.exportMetrics(format as ExportFormat);
      response.set('Content-Type', system.getComponent('metrics').contentType(format as ExportFormat));
      response.send(text);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      response.status(400).type('text').send(`${error.message}\n`);
    }
  };
}
