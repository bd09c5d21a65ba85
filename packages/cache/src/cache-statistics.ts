/** Why an entry is no longer there. */
export type RemovalReason = 'capacity' | 'expired' | 'invalidated' | 'deleted';

/** What a cache has done since it was made. */
export interface CacheStats {
  /** Entries that are there, expired ones that are not yet swept among them. */
  readonly entries: number;
  /** Their bytes; 0 unless `maxBytes`, `maxEntryBytes`, `sizeOf` or `enableCompression` is given. */
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  /** Hits to hits and misses; 0 when there was neither. */
  readonly hitRatio: number;
  readonly sets: number;
  readonly removed: Readonly<Record<RemovalReason, number>>;
  /** Values that were not stored: larger than an entry may be, or loaded before an invalidation. */
  readonly refused: Readonly<Record<'oversize' | 'fenced', number>>;
  /** Values packed because they were not read, and packed ones that were read again. */
  readonly packed: number;
  readonly unpacked: number;
}

/** The counts that are off the fast path. */
export class CacheStatistics {
  misses = 0;
  readonly removed: Record<RemovalReason, number> = { capacity: 0, expired: 0, invalidated: 0, deleted: 0 };
  readonly refused = { oversize: 0, fenced: 0 };
}
