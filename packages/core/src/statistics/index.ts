export { autocorrelation } from './autocorrelation.ts';
export {
  type BootstrapOptions,
  type BootstrapResult,
  bootstrapConfidenceInterval,
  type Statistic,
} from './bootstrap.ts';
export type { ConfidenceInterval } from './confidence-interval.ts';
export { Ewma, type EwmaOptions } from './ewma.ts';
export { hodgesLehmann } from './hodges-lehmann.ts';
export { type MannKendallResult, mannKendall } from './mann-kendall.ts';
export { type MannWhitneyOptions, type MannWhitneyResult, mannWhitney } from './mann-whitney.ts';
export { median } from './median.ts';
export {
  MAD_NORMAL_SCALE,
  type MedianAbsoluteDeviationOptions,
  medianAbsoluteDeviation,
} from './median-absolute-deviation.ts';
export { normalCdf } from './normal-cdf.ts';
export { normalQuantile } from './normal-quantile.ts';
export { quantile, quantileOfSorted } from './quantile.ts';
export type { QuantileSketchOptions } from './quantile-sketch.ts';
export { QuantileSketch } from './quantile-sketch.ts';
export type { QuantileSketchData } from './quantile-sketch-data.ts';
export { RunningStatistics } from './running-statistics.ts';
export { seededRandom } from './seeded-random.ts';
export { type TheilSenOptions, type TheilSenResult, theilSen } from './theil-sen.ts';
