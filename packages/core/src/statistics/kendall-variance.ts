/** n(n-1)(2n+5): the term of Kendall's variance for n values, or for n tied ones. */
function term(n: number): number {
  return n * (n - 1) * (2 * n + 5);
}

/**
 * The variance of Kendall's score S of n pairs where there is no association, less what ties take away:
 * M. G. Kendall, "Rank Correlation Methods" (1975), without its terms of joint ties, as is usual in trend tests.
 */
export function kendallVariance(n: number, ...ties: readonly (readonly number[])[]): number {
  let sum = term(n);
  for (const groups of ties) for (const size of groups) sum -= term(size);
  return Math.max(0, sum) / 18;
}
