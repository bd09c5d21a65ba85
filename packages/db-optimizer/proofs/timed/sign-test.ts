/**
 * How likely it is that at least so many of the pairs would come out this way if both ways were as likely: the
 * one-sided sign test. Small is proof.
 */
export function signTest(ones: number, pairs: number): number {
  let probability = 0;
  let term = 0.5 ** pairs;
  // From all of them down, each term of the binomial distribution by the one before it.
  for (let count = pairs; count >= ones; count--) {
    probability += term;
    term *= count / (pairs - count + 1);
  }
  return Math.min(1, probability);
}
