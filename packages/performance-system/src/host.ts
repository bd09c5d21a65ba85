import type { SecondTier } from '@evenkeel/cache';
import type { Clock } from '@evenkeel/core';
import type { WhatIfFactory } from '@evenkeel/db-optimizer';

/** What a system takes from the program that hosts it, besides its configuration. */
export interface PerformanceSystemHost {
  /** @defaultValue the system's own time */
  readonly clock?: Clock;
  /**
   * What the caches of all instances share: `redisTier()` of `@evenkeel/cache/redis`. The system starts and stops
   * it. @defaultValue none
   */
  readonly cacheTier?: SecondTier | undefined;
  /**
   * How indexes are costed in a database without HypoPG: `statisticsTwin()` of `@evenkeel/db-optimizer/twin`.
   * @defaultValue none
   */
  readonly twin?: WhatIfFactory | undefined;
}
