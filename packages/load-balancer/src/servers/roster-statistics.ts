import type { CheckStatus } from '../health/server-checker.ts';
import type { ServerState } from './server.ts';

/** What is known of one server. Counts are from when it was added. */
export interface ServerStatistics {
  readonly state: ServerState;
  /** As it was set. */
  readonly weight: number;
  /** What counts of it now: less in the slow start, 0 where nothing is sent. */
  readonly effectiveWeight: number;
  /** Requests under way, those included that wait for a connection or for the end of a body. */
  readonly inFlight: number;
  /** Requests whose outcome is known. */
  readonly requests: number;
  readonly failures: number;
  /** How often it was taken out for failures, failed trials included. */
  readonly ejections: number;
  /** Failures since the last success, requests that were not sent counted twice. */
  readonly consecutiveFailures: number;
  /** Part of about 40 recent requests that failed, 0 to 1. */
  readonly failureRate: number;
  /** `none`: there is no active check. */
  readonly check: CheckStatus | 'none';
  /** The delay that is expected of a request, in ms; `undefined` where the strategy goes by other things. */
  readonly expectedMs: number | undefined;
}

/** What is known of the servers. */
export interface RosterStatistics {
  /** By id. */
  readonly servers: Readonly<Record<string, ServerStatistics>>;
  /** How many servers there are in each kind of state. */
  readonly census: Readonly<Record<ServerState['kind'], number>>;
  /** Whether so few are healthy that health is left out of account. */
  readonly panic: boolean;
  /** Servers that were removed with requests under way which have not ended yet. */
  readonly abandoned: number;
}
