/**
 * The wait after another failure: random between the shortest and three times the one before, so that those who failed
 * together do not come back together. "Decorrelated jitter" of M. Brooker, "Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015.
 *
 * @param lastMs the wait before; 0 after the first failure
 */
export function nextDelay(
  lastMs: number,
  {
    firstMs,
    longestMs,
    random,
  }: { readonly firstMs: number; readonly longestMs: number; readonly random: () => number },
): number {
  const most = 3 * Math.max(firstMs, lastMs);
  return Math.min(longestMs, firstMs + random() * (most - firstMs));
}
