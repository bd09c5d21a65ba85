import type { IncomingMessage } from 'node:http';
import { option, readOptions } from '@evenkeel/core';
import type { RequestClass } from '../../admission/request-class.ts';

export interface LoadSheddingOptions {
  /**
   * Requests that are started at once whatever the load. One that throws is reported, and the request is not exempt.
   * @defaultValue probes, metrics (`/health…`, `/healthz`, `/livez`, `/readyz`, `/metrics`) and event streams
   */
  readonly exempt?: (request: IncomingMessage) => boolean;
  /**
   * How much a request matters: an essential one is started before all others. One that throws or returns
   * something else is reported, and the request is normal.
   * @defaultValue all are normal
   */
  readonly classify?: (request: IncomingMessage) => RequestClass;
}

export interface LoadSheddingSettings {
  readonly exempt: (request: IncomingMessage) => unknown;
  readonly classify: ((request: IncomingMessage) => unknown) | undefined;
}

export function readLoadSheddingOptions(
  owner: string,
  options: LoadSheddingOptions | undefined,
): LoadSheddingSettings {
  return readOptions<LoadSheddingSettings>(owner, options, {
    exempt: option.callback<LoadSheddingSettings['exempt']>().default(isProbeOrStream),
    classify: option.callback<(request: IncomingMessage) => unknown>().optional(),
  });
}

const PROBES = /^\/(?:health|healthz|livez|readyz|metrics)(?:[/?]|$)/;

/** What an orchestrator must hear from a service that is busy, and what lasts for as long as a page is open. */
function isProbeOrStream({ url, headers }: IncomingMessage): boolean {
  return (url !== undefined && PROBES.test(url)) || headers.accept === 'text/event-stream';
}
