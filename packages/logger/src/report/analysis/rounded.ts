/* What a reader compares; more would only look exact. */
const SIGNIFICANT_DIGITS = 4;

/** A statistic as reports carry it: four significant digits, finite as long as it was, never -0. */
export function rounded(value: number): number {
  const short = Number(value.toPrecision(SIGNIFICANT_DIGITS));
  // The largest floats round up to infinity.
  return (Number.isFinite(short) ? short : value) + 0;
}
