export type { DemandTrend } from './demand-forecast.ts';
export { LoadHistory, type LoadHistoryOptions } from './load-history.ts';
export type { LoadReading, LoadSample, RequestLoad, RequestTotals } from './load-sample.ts';
export { recommendReplicas, type ScalingOptions, type ScalingRecommendation } from './recommend-replicas.ts';
export { exportRecommendation } from './scaling-metrics.ts';
