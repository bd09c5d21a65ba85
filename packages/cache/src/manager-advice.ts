import type { Recommendation } from '@evenkeel/core';
import type { CacheManagerStats } from './manager-statistics.ts';

/* Less says nothing of an application. */
const MIN_READS = 10_000;

/* Below it, what is pushed out is worth a look; above, more room would gain little. */
const GOOD_HIT_RATIO = 0.9;

/* Of all stored, so much pushed out is more than a long tail of keys. */
const MANY_PUSHED_OUT = 0.2;

/** What the statistics of a cache give reason to advise. */
export function adviseOn(stats: CacheManagerStats, maxSize: number): Recommendation[] {
  const advice: Recommendation[] = [];
  const { hits, misses, hitRatio, removed, sets, refused, entries, bytes } = stats;
  if (hits + misses >= MIN_READS && hitRatio < GOOD_HIT_RATIO && removed.capacity > MANY_PUSHED_OUT * sets) {
    advice.push({
      id: 'cache-too-small',
      component: 'cache',
      priority: 'medium',
      message: `${percent(1 - hitRatio)} of the reads miss, while ${percent(removed.capacity / sets)} of what is stored is pushed out for want of room: raise maxSize or maxBytes.`,
      evidence: { hitRatio, pushedOut: removed.capacity, sets, entries, bytes, maxSize },
      automated: false,
    });
  }
  if (refused.oversize > 0) {
    advice.push({
      id: 'cache-oversize-values',
      component: 'cache',
      priority: 'low',
      message: `${refused.oversize} values were too large to be stored: raise maxEntryBytes, or cache their parts.`,
      evidence: { refused: refused.oversize, stored: sets },
      automated: false,
    });
  }
  if (stats.loads >= 100 && stats.loadErrors > stats.loads / 10) {
    advice.push({
      id: 'cache-loads-fail',
      component: 'cache',
      priority: 'high',
      message: `${percent(stats.loadErrors / stats.loads)} of the loads fail: look at the source, and let staleIfError bridge its outages.`,
      evidence: { loads: stats.loads, failed: stats.loadErrors },
      automated: false,
    });
  }
  return advice;
}

function percent(ratio: number): string {
  return `${Math.round(100 * ratio)} %`;
}
