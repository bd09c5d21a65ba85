/**
 * A copy of the sample as floats, or `undefined` when one of its values is NaN or infinite: no statistic of
 * such a sample means anything, and every function here answers it with NaN.
 */
export function finiteSample(values: ArrayLike<number>): Float64Array | undefined {
  const sample = new Float64Array(values.length);
  for (let i = 0; i < sample.length; i++) {
    const value = values[i];
    if (value === undefined || !Number.isFinite(value)) return undefined;
    sample[i] = value;
  }
  return sample;
}

/** The item of a typed array that is known to be there. */
export function itemAt(items: Float64Array, index: number): number {
  return items[index] ?? Number.NaN;
}
