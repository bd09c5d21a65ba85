import type { Clock } from '@evenkeel/core';
import type { ServerState } from './server.ts';

/** What a request said of the server it was sent to. */
export type Observation =
  | { readonly verdict: 'success' }
  /** `sent` is false where the server never got the request, as when the connection was refused. */
  | { readonly verdict: 'failure'; readonly reason: string; readonly sent: boolean };

/** What is to be chosen for. */
export interface PickRequest {
  /** Slots it was tried on. */
  readonly tried?: readonly number[] | undefined;
  /** What it is about; `hash` sends equal keys to the same server. */
  readonly key?: string | undefined;
  /** Whether it can be repeated elsewhere if it fails. */
  readonly mayTry: boolean;
}

/** What the roster tells its balancer. None may throw. */
export interface RosterHooks {
  readonly clock: Clock;
  /** A server's state is another. */
  changed(id: string, from: ServerState, to: ServerState): void;
  /** So few servers are healthy that their health is left out of account, or it is taken into account again. */
  panicked(active: boolean, healthy: number, servers: number): void;
  /** A server that could not be chosen can be again: requests that wait may be sent. Never called within `pick`. */
  capacity(): void;
  /** A failure that belongs to nobody's call. */
  failed(source: string, error: unknown): void;
}
