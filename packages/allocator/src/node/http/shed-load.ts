import type { IncomingMessage, ServerResponse } from 'node:http';
import { option, readValue } from '@evenkeel/core';
import type { AdmissionController } from '../../admission/admission-controller.ts';
import type { LoadSheddingOptions } from './load-shedding-options.ts';
import { RequestAdmission } from './request-admission.ts';

type RequestHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * Puts admission control in front of a handler of `node:http`: an Express or Koa application, a router, or a
 * function. What is refused gets 503 with `Retry-After`, and the handler never sees it.
 *
 * @throws ConfigurationError when `admission` or the options can't be used, or `handler` is no function
 * @example
 * createServer(shedLoad(manager.admission, app)).listen(3000);
 */
export function shedLoad(
  admission: AdmissionController,
  handler: RequestHandler,
  options?: LoadSheddingOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const handle = readValue('shedLoad', 'handler', handler, option.callback<RequestHandler>());
  const requests = new RequestAdmission('shedLoad', admission, options);
  return (request, response) => requests.admit(request, response, () => handle(request, response));
}
