/** An invalidation of all keys of a kind, and when it was made, as a count of loads and invalidations. */
export interface Rule {
  readonly at: number;
  /** Whether what it matches is only marked stale. */
  readonly soft: boolean;
  matches(key: string): boolean;
}
