/* Of what a report says of chance, no more than one in twenty is to be chance. */
const FALSE_DISCOVERY_RATE = 0.05;

/**
 * The largest p-value that still counts, where many tests are made at once: Y. Benjamini and Y. Hochberg, "Controlling
 * the False Discovery Rate", Journal of the Royal Statistical Society B 57 (1995). Below 0 where none counts.
 */
export function significanceLimit(pValues: readonly number[]): number {
  const sorted = pValues.filter((p) => !Number.isNaN(p)).sort((a, b) => a - b);
  let limit = -1;
  for (const [index, p] of sorted.entries()) {
    if (p <= ((index + 1) / sorted.length) * FALSE_DISCOVERY_RATE) limit = p;
  }
  return limit;
}
