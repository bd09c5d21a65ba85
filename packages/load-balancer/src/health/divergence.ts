/**
 * How surprising it is that requests fail at a rate of `rate` which are expected to fail at another, in nats for each
 * request: Kullback and Leibler's divergence of two coins. By Chernoff's bound, n requests fail at this rate or above
 * it with probability exp(-n × divergence) at most.
 */
export function divergence(rate: number, expected: number): number {
  const ofFailures = rate === 0 ? 0 : rate * Math.log(rate / expected);
  const ofSuccesses = rate === 1 ? 0 : (1 - rate) * Math.log((1 - rate) / (1 - expected));
  return ofFailures + ofSuccesses;
}

/** So much surprise is no chance: a false alarm once in 5e8 looks, which is years of traffic. */
export const SURPRISE = 20;
