/**
 * The bits of floats. Made by a function, because constants of a function stay constants in the built file,
 * where those of a module become variables: the engine folds the former, and they are on hot paths.
 */
function createFloatBits() {
  const float = new Float64Array(1);
  const words = new Int32Array(float.buffer);
  const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  const high = isLittleEndian ? 1 : 0;
  return {
    /**
     * The upper 32 bits of a float: the sign, the exponent and the first 20 bits of the fraction. For positive
     * floats they grow with the float.
     */
    highBits(value: number): number {
      float[0] = value;
      // The element is there; a check would cost as much as the rest.
      return words[high] as number;
    },
    /** The float that has these upper 32 bits, and zeros below. */
    fromHighBits(bits: number): number {
      float[0] = 0;
      words[high] = bits;
      return float[0];
    },
  };
}

export const { highBits, fromHighBits } = /* @__PURE__ */ createFloatBits();
