import { Adaptive } from './adaptive.ts';
import { Fifo } from './fifo.ts';
import { Lfu } from './lfu.ts';
import { Lru } from './lru.ts';
import type { EvictionPolicy } from './policy.ts';
import { S3Fifo } from './s3-fifo.ts';
import { Sieve } from './sieve.ts';
import { type Expiring, SoonestToExpire } from './ttl.ts';

/** The ways to choose what goes when the cache is full. */
export const STRATEGIES = ['adaptive', 'lru', 'lfu', 'fifo', 'ttl', 'sieve', 's3-fifo'] as const;

export type Strategy = (typeof STRATEGIES)[number];

/** Makes the policy of a strategy. */
export function createPolicy<Entry extends Expiring>(strategy: Strategy): EvictionPolicy<Entry> {
  switch (strategy) {
    case 'adaptive':
      return new Adaptive();
    case 'lru':
      return new Lru();
    case 'lfu':
      return new Lfu();
    case 'fifo':
      return new Fifo();
    case 'ttl':
      return new SoonestToExpire();
    case 'sieve':
      return new Sieve();
    case 's3-fifo':
      return new S3Fifo();
  }
}
