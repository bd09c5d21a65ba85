import type { HealthSummary } from '../health-summary.ts';
import { healthJson, overallWord } from './health-json.ts';
import { microprofile } from './microprofile.ts';
import { type HealthFormat, negotiate } from './negotiate.ts';
import { plainText } from './plain-text.ts';

/** What health+json says of the service as a whole. Everyone sees it. */
export interface ServiceInfo {
  readonly version?: string;
  readonly releaseId?: string;
  readonly serviceId?: string;
  readonly description?: string;
}

/** How to show a summary. All are optional. */
export interface RenderOptions {
  /** The request's Accept header. @defaultValue anything goes: JSON */
  readonly accept?: string | undefined;
  /** The form, whatever `accept` says. @defaultValue by `accept` */
  readonly format?: HealthFormat | undefined;
  /** Whether each check is listed. @defaultValue in JSON true, as text only when the probe fails */
  readonly verbose?: boolean | undefined;
  /** Whether messages and details are shown: they may tell of hosts, users and queries. @defaultValue false */
  readonly authorised?: boolean;
  /** @defaultValue nothing */
  readonly service?: ServiceInfo;
}

/** A response, for any HTTP framework. */
export interface RenderedHealth {
  readonly status: 200 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const CONTENT_TYPES: Readonly<Record<HealthFormat, string>> = {
  'health+json': 'application/health+json; charset=utf-8',
  json: 'application/json; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  microprofile: 'application/json; charset=utf-8',
};

/**
 * The HTTP response to a probe. JSON and health+json have the same body (draft-inadarei-api-health-check-06),
 * text is that of the Kubernetes API server, and microprofile is that of MicroProfile Health 4.
 */
export function renderHealth(
  summary: HealthSummary,
  { accept, format, verbose, authorised = false, service = {} }: RenderOptions = {},
): RenderedHealth {
  const form = format ?? negotiate(accept);
  return {
    status: summary.ok ? 200 : 503,
    headers: {
      'content-type': CONTENT_TYPES[form],
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      vary: 'accept',
    },
    body: renderBody(summary, form, { verbose, authorised, service }),
  };
}

interface BodyOptions {
  readonly verbose: boolean | undefined;
  readonly authorised: boolean;
  readonly service: ServiceInfo;
}

function renderBody(
  summary: HealthSummary,
  format: HealthFormat,
  { verbose, authorised, service }: BodyOptions,
): string {
  if (format === 'text') return plainText(summary, { authorised, verbose: verbose ?? !summary.ok });
  if (format === 'microprofile') return JSON.stringify(microprofile(summary, { authorised }));
  const body =
    verbose === false ? { status: overallWord(summary) } : healthJson(summary, { authorised, service });
  return JSON.stringify(body);
}
