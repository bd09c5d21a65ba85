import type { DatabaseOptimizer } from '@evenkeel/db-optimizer';
import type { RequestHandler } from 'express';

/**
 * Handles each request as one to the optimizer, so that it notices what a single request asks the database again and
 * again. Which route takes a request is not known yet: numbers in its path are taken for parameters.
 */
export function watchRequests(optimizer: DatabaseOptimizer): RequestHandler {
  return ({ method, path }, _response, next) => {
    optimizer.request(`${method} ${path.replaceAll(/\/\d+(?=\/|$)/g, '/:id')}`, next);
  };
}
