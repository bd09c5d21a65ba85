import { CacheManager, STRATEGIES } from '@evenkeel/cache';
import {
  booleanField,
  bytesField,
  choiceField,
  durationField,
  integerField,
  section,
} from '../configuration/fields.ts';
import { componentRow } from './row.ts';

const TIER_ALERT = 'cache-tier-away';

export const cache = componentRow({
  name: 'cache',
  section: 'cacheManager',
  schema: section('The cache of the application.', {
    strategy: choiceField('Which entry goes when the cache is full.', STRATEGIES, 'adaptive'),
    maxSize: integerField('Most entries.', 10_000, { min: 1 }),
    maxBytes: bytesField('Most bytes of all entries.', '64mb', { min: 1 }),
    defaultTtl: durationField('How long an entry is fresh that says nothing else.', '5m', { min: 1 }),
    staleWhileRevalidate: durationField('How long a stale value is given while it is refreshed.', '0s'),
    staleIfError: durationField('How long a stale value is given where its refresh fails.', '0s'),
    enableCompression: booleanField('Pack large values that have not been read for a while.', false),
    compressionThreshold: bytesField('Smaller values are not packed.', '32kb', { min: 1 }),
  }),
  create: ({ config, clock, meter, cacheTier }) =>
    new CacheManager({ ...config, clock, meter, ...(cacheTier && { tier: cacheTier }) }),
  connect: (manager, { clock, raise, resolve }) => {
    manager.on('tier_changed', (state) => {
      if (state.kind === 'up') {
        resolve(TIER_ALERT);
        return;
      }
      raise({
        id: TIER_ALERT,
        name: 'cache tier away',
        severity: 'warning',
        message: `The cache goes on without its second tier: ${state.reason}`,
        since: clock.now(),
        labels: { component: 'cache' },
      });
    });
  },
});
