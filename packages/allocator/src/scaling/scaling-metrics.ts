import type { Disposer, Meter } from '@evenkeel/core';
import type { ScalingRecommendation } from './recommend-replicas.ts';

/** Exports a recommendation as a gauge that an autoscaler can read, refreshed before each export. */
export function exportRecommendation(meter: Meter, recommend: () => ScalingRecommendation): Disposer {
  const replicas = meter.gauge('evenkeel_allocator_replicas_recommended', {
    description: 'Replicas that the load needs, by horizon: now, forecast.',
    labels: ['horizon'],
  });
  const now = replicas.labels({ horizon: 'now' });
  const forecast = replicas.labels({ horizon: 'forecast' });
  return meter.onCollect(() => {
    const recommendation = recommend();
    now.set(recommendation.replicas.now);
    forecast.set(recommendation.replicas.forecast);
  });
}
