/* Of a single-precision number, the exponent and this many bits of the mantissa make its step. */
const MANTISSA_BITS = 5;
const SHIFT = 23 - MANTISSA_BITS;
/* So that 1 is at step 0. */
const BIAS = 127 << MANTISSA_BITS;

/** Steps on the scale from a number to its double. */
export const STEPS_PER_OCTAVE = 1 << MANTISSA_BITS;

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/**
 * A positive number on a nearly logarithmic scale of whole steps: 0 for 1, 32 for 2, -32 for 1/2, linear in between.
 * The sum of two steps is the step of the product within 9 % of an octave, which is 6 %.
 */
export function logScale(value: number): number {
  float[0] = value;
  return ((bits[0] as number) >> SHIFT) - BIAS;
}
