import type { RetryReason } from './execution/execution-counts.ts';
import type { TryRecord } from './execution/request.ts';
import type { ServerState } from './servers/server.ts';

/** What a balancer tells of. */
export interface LoadBalancerEvents {
  server_added: { readonly id: string };
  /** It is gone, with its requests or because they took too long. */
  server_removed: { readonly id: string };
  /** A server's state is another. */
  server_changed: { readonly id: string; readonly from: ServerState; readonly to: ServerState };
  /** So few servers are healthy that their health is left out of account, or it counts again. */
  panic: { readonly active: boolean; readonly healthy: number; readonly servers: number };
  /** A request is tried again, on another server. */
  retry: {
    /** Where it failed. */
    readonly server: string;
    /** Where it goes now. */
    readonly to: string;
    /** Number of the new try, from 2. */
    readonly number: number;
    readonly reason: RetryReason;
  };
  /** A request has failed for good; its caller has the same error, or the value that was judged a failure. */
  request_failed: {
    readonly key: string | undefined;
    readonly error: unknown;
    readonly durationMs: number;
    /** In the order in which they ended; those given up when another ended the request are left out. */
    readonly tries: readonly TryRecord[];
  };
  /** Requests begin to be refused because the servers fail, or are refused no more. */
  throttled: { readonly active: boolean; readonly ratio: number };
}
