import { type Fields, option, readOptions } from '@evenkeel/core';
import type { ServerCheck } from '../health/server-check.ts';
import type { Server, ServerOptions } from './server.ts';

/* A server that gets less than a thousandth of another's traffic is measured too seldom to know anything of it. */
const WEIGHTS = { min: 0.001, max: 1000 };

/** What a server is, read: a `maxInFlight` of `Infinity` is no limit. */
export interface ServerSettings {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'http' | 'https';
  readonly weight: number;
  readonly maxInFlight: number;
  readonly check: ServerCheck | undefined;
  readonly metadata: unknown;
}

/** What holds where nothing is said. */
export const INITIAL_SETTINGS: ServerSettings = {
  host: 'localhost',
  port: 80,
  protocol: 'http',
  weight: 1,
  maxInFlight: Number.POSITIVE_INFINITY,
  check: undefined,
  metadata: undefined,
};

/**
 * Reads the options of a server; what is not given stays as it was.
 *
 * @throws ConfigurationError
 */
export function readServerOptions(
  options: Partial<ServerOptions> | undefined,
  before: ServerSettings,
): ServerSettings {
  return readOptions<ServerSettings>('server', options, {
    host: option.string().default(before.host),
    port: option.integer({ min: 1, max: 65_535 }).default(before.port),
    protocol: option.oneOf(['http', 'https']).default(before.protocol),
    weight: option.number(WEIGHTS).default(before.weight),
    maxInFlight: option.integer({ min: 1 }).default(before.maxInFlight),
    check: option.callback<ServerCheck>().optional().default(before.check),
    metadata: new option.Field('anything', (value) => value).default(before.metadata),
  } satisfies Fields<ServerSettings>);
}

/** The server as callers' functions get it. */
export function describeServer(id: string, settings: ServerSettings): Server {
  const { host, port, protocol, weight, maxInFlight, metadata } = settings;
  return Object.freeze({ id, host, port, protocol, weight, maxInFlight, metadata });
}

/** Whether both are the same machine, as far as one can tell. */
export function isSameAddress(a: ServerSettings, b: ServerSettings): boolean {
  return a.host === b.host && a.port === b.port && a.protocol === b.protocol;
}
