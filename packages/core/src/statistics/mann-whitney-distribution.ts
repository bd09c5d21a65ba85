import { itemAt } from './sample.ts';

/**
 * The probability of each value of U, from 0 to m × n, where two samples of m and n values without ties come
 * from one distribution.
 *
 * Goes through the m + n ranks and lets the next one belong to the first sample with the probability that it
 * has when what remains is drawn without replacement; U grows by the ranks of the second sample passed so far.
 * Only sums and products of positive numbers: nothing cancels. O((m + n) × m² × n).
 */
export function mannWhitneyDistribution(m: number, n: number): Float64Array {
  const width = m * n + 1;
  const states = Array.from({ length: m + 1 }, () => new Float64Array(width));
  const empty = new Float64Array(width);
  const state = (taken: number): Float64Array => states[taken] ?? empty;
  state(0)[0] = 1;
  for (let rank = 0; rank < m + n; rank++) {
    for (let taken = Math.min(rank, m - 1); taken >= Math.max(0, rank - n); taken--) {
      const probability = (m - taken) / (m + n - rank);
      const passed = rank - taken;
      const here = state(taken);
      const next = state(taken + 1);
      for (let u = 0; u <= taken * n; u++) {
        const mass = itemAt(here, u);
        if (mass === 0) continue;
        next[u + passed] = itemAt(next, u + passed) + mass * probability;
        here[u] = mass * (1 - probability);
      }
    }
  }
  return state(m);
}
