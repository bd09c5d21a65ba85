import { option, readValue } from '../options/index.ts';
import { finiteSample, itemAt } from './sample.ts';

/**
 * How a series at even intervals correlates with itself shifted by 0, 1, … `maxLag` steps. The estimate is the
 * usual one of G. E. P. Box and G. M. Jenkins, "Time Series Analysis" (1976): products of deviations from the
 * one mean over the sum of their squares, so that it lies in [-1, 1] and long lags lean towards zero. Of white
 * noise, about 95 % of the values past lag 0 lie within ±1.96 / √n.
 *
 * Takes n × maxLag multiplications: with many lags of a long series, thin it out first.
 *
 * @param maxLag the longest shift, an integer from 0 on @defaultValue 10 × log10(n), as in R
 * @returns maxLag + 1 values, the first 1; NaN at lags that the series is too short for, and all NaN for a
 *   series that is constant, or has a value that is NaN or infinite
 * @throws ConfigurationError when `maxLag` is not an integer from 0 to 2^32 - 2
 */
export function autocorrelation(
  values: ArrayLike<number>,
  maxLag: number = usualLag(values.length),
): Float64Array {
  const lags = readValue('autocorrelation', 'maxLag', maxLag, option.integer({ min: 0, max: 2 ** 32 - 2 }));
  const result = new Float64Array(lags + 1).fill(Number.NaN);
  const deviations = finiteSample(values);
  if (deviations === undefined) return result;
  center(deviations);
  const n = deviations.length;
  const total = sumOfProducts(deviations, 0);
  if (!(total > 0)) return result;
  result[0] = 1;
  for (let lag = 1; lag <= Math.min(lags, n - 1); lag++) result[lag] = sumOfProducts(deviations, lag) / total;
  return result;
}

function usualLag(n: number): number {
  return n < 2 ? 0 : Math.min(n - 1, Math.floor(10 * Math.log10(n)));
}

/**
 * Turns values into deviations from their mean, scaled so that the largest is 1: no square over- or underflows.
 * The mean is taken of what is left after the first value, so that a huge level costs no precision.
 */
function center(values: Float64Array): void {
  const level = itemAt(values, 0);
  let sum = 0;
  for (const value of values) sum += value - level;
  const mean = sum / values.length;
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const deviation = itemAt(values, i) - level - mean;
    values[i] = deviation;
    largest = Math.max(largest, Math.abs(deviation));
  }
  if (largest > 0) for (let i = 0; i < values.length; i++) values[i] = itemAt(values, i) / largest;
}

function sumOfProducts(deviations: Float64Array, lag: number): number {
  let sum = 0;
  for (let i = lag; i < deviations.length; i++) sum += itemAt(deviations, i) * itemAt(deviations, i - lag);
  return sum;
}
