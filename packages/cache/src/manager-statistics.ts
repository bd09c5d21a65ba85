import type { CacheStats } from './cache-statistics.ts';

/** What a cache manager has done since it was made. */
export interface CacheManagerStats extends CacheStats {
  /** Stale values given: while they were refreshed, or because that failed. */
  readonly stale: number;
  /** Calls of loaders that have ended, and how many of them failed. */
  readonly loads: number;
  readonly loadErrors: number;
  /** Mean time of a loader, in ms; 0 when none has ended. */
  readonly meanLoadMs: number;
  /** Loads, and writes to the second tier, that are under way. */
  readonly inFlight: number;
  /** The second tier: `undefined` where there is none. */
  readonly tier:
    | {
        readonly state: 'up' | 'away';
        readonly reads: Readonly<Record<'hit' | 'miss', number>>;
        /** `fenced`: refused, because the value was loaded before an invalidation. */
        readonly writes: Readonly<Record<'stored' | 'fenced' | 'away', number>>;
      }
    | undefined;
}

/** The counts that the first tier does not keep itself. */
export class ManagerStatistics {
  stale = 0;
  loads = 0;
  loadErrors = 0;
  loadMs = 0;
  readonly tier = {
    reads: { hit: 0, miss: 0 },
    writes: { stored: 0, fenced: 0, away: 0 },
  };

  loaded(ms: number, failed: boolean): void {
    this.loads++;
    this.loadMs += ms;
    if (failed) this.loadErrors++;
  }
}
