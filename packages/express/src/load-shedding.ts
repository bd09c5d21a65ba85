import { type LoadSheddingOptions, RequestAdmission } from '@evenkeel/allocator/node';
import type { PerformanceSystem } from '@evenkeel/performance-system';
import type { RequestHandler } from 'express';

/** The part of a `PerformanceSystem` that load is shed with. */
export type SheddingSystem = Pick<PerformanceSystem, 'getComponent'>;

/**
 * Has requests wait for their turn, and answers 503 with `Retry-After` to those that come in faster than they can be
 * served, so that the others are. Use it after {@link performanceMiddleware} and before everything else; refusing
 * costs a fifth of that where `shedLoad` of `@evenkeel/allocator/node` is put before the whole application.
 *
 * @throws ConfigurationError when the options can't be used
 */
export function loadShedding(system: SheddingSystem, options?: LoadSheddingOptions): RequestHandler {
  const requests = new RequestAdmission('loadShedding', system.getComponent('allocator').admission, options);
  return function loadShedding(request, response, next) {
    requests.admit(request, response, next);
  };
}
