/** What is removed, or marked stale, at once: on this instance and on every other. */
export type Invalidation =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'tag'; readonly tag: string; readonly soft?: boolean }
  | { readonly kind: 'prefix'; readonly prefix: string; readonly soft?: boolean }
  /** `source` and `flags` of a regular expression that keys are tested with. */
  | { readonly kind: 'pattern'; readonly source: string; readonly flags: string; readonly soft?: boolean }
  | { readonly kind: 'all' };

/** An entry as the second tier keeps it. */
export interface TierRecord {
  /** The value, encoded: the tier does not look inside. */
  readonly payload: Uint8Array;
  /** How much longer it is fresh, in ms; negative once it is stale, `Infinity` for ever. */
  readonly freshMs: number;
  /** How much longer it may be kept, stale time included, in ms; `Infinity` for ever. */
  readonly keepMs: number;
  /** How long its load took, in ms: early refresh needs to know. */
  readonly loadMs: number;
  readonly tags: readonly string[];
}

/**
 * A point in the order of invalidations: a write that began at a fence is refused if its key, one of its tags or
 * everything was invalidated after it. Opaque to all but the tier that gave it.
 */
export interface Fence {
  readonly tier: unknown;
}

/** What a look into the second tier gives. */
export type TierRead =
  | { readonly kind: 'hit'; readonly record: TierRecord; readonly fence: Fence }
  /** Nothing there: load it, and write with the fence. */
  | { readonly kind: 'miss'; readonly fence: Fence }
  /** Another instance loads it (only where `fleetSingleFlight` was asked for): wait, then read again. */
  | { readonly kind: 'loading'; readonly retryAfterMs: number }
  /** Refused, frozen, too slow, or not trusted yet: load, and write nothing. Never throws instead. */
  | { readonly kind: 'away' };

/** What the second tier tells the cache manager. All synchronous; they never throw. */
export interface TierListener {
  /** Another instance has invalidated: apply it to the first tier and to loads in flight. */
  invalidated(invalidation: Invalidation): void;
  /** Messages may have been missed (a connection was lost): drop the first tier and fence all loads in flight. */
  reset(): void;
  /** It has come or gone; `reason` says why it is away. */
  changed(state: { readonly kind: 'up' } | { readonly kind: 'away'; readonly reason: string }): void;
  /** A failure that belongs to nobody's call. */
  failed(source: string, error: unknown): void;
}

/**
 * A store shared by several instances, behind the first tier in the process. What it promises, and the manager
 * builds on: an invalidation that it has acknowledged is seen by every later read of it and refuses every write
 * that began before; other instances hear of it, or `trustedUntil()` runs out on them.
 */
export interface SecondTier {
  /** For metrics and messages: `redis`. */
  readonly name: string;
  /** Connects, and returns at once: the first tier works meanwhile. Idempotent. */
  start(listener: TierListener): void;
  /** Disconnects; waits for commands in flight, up to their deadline. Idempotent. */
  stop(): Promise<void>;
  /**
   * Until when, on the clock's monotonic time, entries of the first tier may be used without asking: all
   * invalidations acknowledged more than the staleness bound before now have arrived. `-Infinity` when away
   * from the start.
   */
  trustedUntil(): number;
  /** The staleness bound in ms: an entry from the source itself may be used that long after its load began. */
  readonly staleBound: number;
  read(key: string): Promise<TierRead>;
  /**
   * Stores what was loaded since `fence`, or, without a fence, what the user sets: that is an invalidation of the
   * key too, and other instances hear of it. Never throws: `fenced` was refused, `away` was not stored (and a
   * set without fence is then remembered as an invalidation to be made when the tier is back).
   */
  write(key: string, record: TierRecord, fence?: Fence): Promise<'stored' | 'fenced' | 'away'>;
  /** Gives back a lease of `fleetSingleFlight` after a load that failed. Never throws. */
  release(key: string, fence: Fence): void;
  /**
   * Resolves with true when the tier has acknowledged. False: it is away; the invalidations are remembered
   * and made before the tier is read again.
   */
  invalidate(invalidations: readonly Invalidation[]): Promise<boolean>;
}
