import type { Channel } from '@evenkeel/alerts';
import type { SecondTier } from '@evenkeel/cache';
import { type Clock, option, readOptions, systemClock } from '@evenkeel/core';
import type { WhatIfFactory } from '@evenkeel/db-optimizer';
import type { DumpTarget, Sink } from '@evenkeel/logger';

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
  /**
   * Who is told of alerts: `webhookChannel()`, `slackChannel()` and others of `@evenkeel/alerts`, `emailChannel()` of
   * `@evenkeel/alerts/email`. @defaultValue nobody
   */
  readonly alertChannels?: readonly Channel[] | undefined;
  /** Where all that is recorded is written: `ndjsonFile()` of `@evenkeel/logger/file`. @defaultValue nowhere */
  readonly logSinks?: readonly Sink[] | undefined;
  /**
   * Where the last minutes are put when an alert is critical: `ndjsonDumps()` of `@evenkeel/logger/file`.
   * @defaultValue nowhere
   */
  readonly dumps?: DumpTarget | undefined;
}

/** What a host has given, checked, with its defaults. */
export type HostParts = ReturnType<typeof readHost>;

/** @throws ConfigurationError that names each part that cannot be used */
export function readHost(host: PerformanceSystemHost) {
  return readOptions('PerformanceSystem', host, {
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout', 'setInterval').default(systemClock),
    cacheTier: option.withMethods<SecondTier>('read', 'write').optional(),
    twin: option.callback<WhatIfFactory>().optional(),
    alertChannels: option.listOf(option.withMethods<Channel>('send')).default([]),
    logSinks: option.listOf(option.withMethods<Sink>('write')).default([]),
    dumps: option.withMethods<DumpTarget>('write').optional(),
  });
}
