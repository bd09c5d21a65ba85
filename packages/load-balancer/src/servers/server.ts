import type { Duration } from '@evenkeel/core';
import type { ServerCheck } from '../health/server-check.ts';

/** A server, as it is added. */
export interface ServerOptions<Metadata = unknown> {
  /** Name or address. @defaultValue 'localhost' */
  readonly host?: string;
  /** @defaultValue 80 */
  readonly port?: number;
  /** How `./http` speaks to it. @defaultValue 'http' */
  readonly protocol?: 'http' | 'https';
  /** Its share of the traffic relative to the others', above 0, at most 1000. @defaultValue 1 */
  readonly weight?: number;
  /** Most requests at once; further ones go elsewhere or wait. @defaultValue no limit */
  readonly maxInFlight?: number;
  /** Its own active check. @defaultValue the balancer's */
  readonly check?: ServerCheck | undefined;
  /** Whatever the caller's function needs to know of the server; the balancer passes it on. */
  readonly metadata?: Metadata;
}

/** A server, as the caller's function gets it. Frozen; an update makes another. */
export interface Server<Metadata = unknown> {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly protocol: 'http' | 'https';
  readonly weight: number;
  readonly maxInFlight: number;
  readonly metadata: Metadata | undefined;
}

/**
 * Why a server gets traffic or not.
 * - `up`: gets traffic, its share still growing while `rampUntil` is ahead
 * - `unchecked`: has an active check that has not passed yet
 * - `down`: its active check fails
 * - `ejected`: has failed too often with requests, until a time (epoch ms)
 * - `trial`: was ejected, and is tried with a request at a time
 * - `draining`: finishes what it has, then is gone
 */
export type ServerState =
  | { readonly kind: 'up'; readonly rampUntil?: number }
  | { readonly kind: 'unchecked' }
  | { readonly kind: 'down'; readonly since: number; readonly reason: string }
  | { readonly kind: 'ejected'; readonly since: number; readonly until: number; readonly reason: string }
  | { readonly kind: 'trial'; readonly since: number; readonly reason: string }
  | { readonly kind: 'draining'; readonly since: number };

export type DrainOptions = {
  /** How long requests in flight may take; then the server goes all the same. @defaultValue '30s' */
  readonly timeout?: Duration;
};
