import { option, readOptions, toError } from '@evenkeel/core';
import type { Request, RequestHandler, Response } from 'express';
import { ABORTED, ERROR, FINISHED, type MeasuredSystem, RequestRecorder } from './request-recorder.ts';
import { RouteTemplates } from './route-template.ts';

export interface PerformanceMiddlewareOptions {
  /**
   * Requests for which it returns true are not measured. One that throws is reported, and the request measured.
   * @defaultValue every request is measured
   */
  readonly ignore?: (request: Request) => boolean;
}

/**
 * Measures every request of an Express application: duration, route pattern, status, and whether the response
 * was finished, aborted by the client or broken off by an error. Use it before all other middleware.
 *
 * @throws ConfigurationError when the options can't be used
 */
export function performanceMiddleware(
  system: MeasuredSystem,
  options: PerformanceMiddlewareOptions = {},
): RequestHandler {
  const { ignore } = readOptions('performanceMiddleware', options, {
    ignore: option.callback<(request: Request) => unknown>().optional(),
  });
  const recorder = new RequestRecorder(system);
  let templates: RouteTemplates | undefined;
  let reported = false;

  const isIgnored = (request: Request): boolean => {
    if (!ignore) return false;
    try {
      return ignore(request) === true;
    } catch (thrown) {
      if (!reported) process.emitWarning(`performanceMiddleware: ignore threw: ${toError(thrown).message}`);
      reported = true;
      return false;
    }
  };

  return function performanceMiddleware(request, response, next) {
    if (isIgnored(request)) return next();
    templates ??= new RouteTemplates(request.app);
    const routes = templates;
    const startedMs = performance.now();
    recorder.begin();
    // `close` comes once for every response, after `finish` where it was finished, and also without it.
    response.on('close', () => {
      const durationMs = performance.now() - startedMs;
      const status = response.headersSent ? response.statusCode : 0;
      recorder.end(request.method, routes.of(request), status, outcomeOf(response), durationMs);
    });
    next();
  };
}

function outcomeOf(response: Response): number {
  if (response.writableFinished) return FINISHED;
  return response.errored ? ERROR : ABORTED;
}
