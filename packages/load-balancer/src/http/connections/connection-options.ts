import type { ConnectionOptions as TlsConnectionOptions } from 'node:tls';
import { type Duration, type Field, option } from '@evenkeel/core';

/** What is asked of the certificates of servers, and shown to them: as of `tls.connect`. */
export type TlsOptions = Pick<
  TlsConnectionOptions,
  'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'
>;

/** How servers are connected to. */
export interface ConnectionOptions {
  /** Most connections to a server at once; further requests wait for one. @defaultValue 256 */
  readonly connections?: number;
  /** How long connecting may take, to half a second. @defaultValue '2s' */
  readonly connectTimeout?: Duration;
  /** How long a connection waits for its next request. A server may ask for less. @defaultValue '4s' */
  readonly keepAliveTimeout?: Duration;
  /** For servers that speak https; `servername` where their names are not their `host`. @defaultValue {} */
  readonly tls?: TlsOptions;
}

/** {@link ConnectionOptions}, read. */
export interface ConnectionSettings {
  readonly connections: number;
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly tls: TlsOptions;
}

/** The rules for {@link ConnectionOptions}. */
export const CONNECTION_FIELDS = {
  connections: option.integer({ min: 1 }).default(256),
  connectTimeout: option.duration({ min: 1 }).default(2000),
  keepAliveTimeout: option.duration({ min: 1 }).default(4000),
  tls: option.withMethods<TlsOptions>().default({}),
};

type Read = {
  readonly [Name in keyof typeof CONNECTION_FIELDS]: FieldValue<(typeof CONNECTION_FIELDS)[Name]>;
};
type FieldValue<F> = F extends Field<infer T> ? T : never;

export function connectionSettings(read: Read): ConnectionSettings {
  return {
    connections: read.connections,
    connectTimeoutMs: read.connectTimeout,
    keepAliveMs: read.keepAliveTimeout,
    tls: read.tls,
  };
}
