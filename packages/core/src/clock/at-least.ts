/** A delay as timers take it: no less than `leastMs`, which NaN counts as too. */
export function atLeast(leastMs: number, ms: number): number {
  return Number.isNaN(ms) ? leastMs : Math.max(leastMs, ms);
}
