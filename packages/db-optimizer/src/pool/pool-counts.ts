/** How full a pool is: `pg`'s Pool satisfies it. */
export interface PoolCounts {
  /** Connections, in use or not. */
  readonly totalCount: number;
  readonly idleCount: number;
  /** Those who wait for one. */
  readonly waitingCount: number;
  readonly options: { readonly max: number };
}
