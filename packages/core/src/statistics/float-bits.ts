const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * A view of one integer: the upper 32 bits of the last of these floats. They hold the sign, the exponent and
 * the first 20 bits of the fraction; for positive floats they grow with the float.
 */
export function highWordOfLast(floats: Float64Array): Int32Array {
  return new Int32Array(floats.buffer, (floats.length - 1) * 8 + (IS_LITTLE_ENDIAN ? 4 : 0), 1);
}

const float = new Float64Array(1);
const highWord = highWordOfLast(float);

/** The upper 32 bits of a float. */
export function highBits(value: number): number {
  float[0] = value;
  return highWord[0] ?? 0;
}

/** The float that has these upper 32 bits, and zeros below. */
export function fromHighBits(bits: number): number {
  float[0] = 0;
  highWord[0] = bits;
  return float[0] ?? 0;
}
