/* Soon enough for a hiccup, rarely enough for what stays broken. */
const SHORTEST_MS = 1000;
const LONGEST_MS = 60_000;

/** Wait after so many failures in a row, in ms: 1 s, doubled each time up to a minute. */
export function retryDelayMs(attempts: number): number {
  return Math.min(LONGEST_MS, SHORTEST_MS * 2 ** (attempts - 1));
}
