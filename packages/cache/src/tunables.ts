import type { NumericTunable } from '@evenkeel/core';
import type { Cache } from './cache.ts';

/* Beyond four times what was configured, whoever configured it should be asked. */
const FACTOR = 4;

/** The number of entries of a cache as an optimizer may turn it. */
export function sizeTunable(cache: Pick<Cache, 'maxSize'>, configured: number): NumericTunable {
  return {
    name: 'cache.maxSize',
    get: () => cache.maxSize,
    set: (size) => {
      cache.maxSize = Math.round(size);
    },
    min: Math.max(1, Math.round(configured / FACTOR)),
    max: configured * FACTOR,
    move: { kind: 'scale', by: 1.25 },
  };
}

/** The share of newcomers; turning it keeps the strategy from turning it itself. */
export function windowTunable(cache: Pick<Cache, 'window' | 'pinWindow'>, otherwise: number): NumericTunable {
  return {
    name: 'cache.window',
    get: () => cache.window ?? otherwise,
    set: (share) => cache.pinWindow(share),
    min: 0.01,
    max: 0.9,
    move: { kind: 'scale', by: 1.5 },
  };
}
