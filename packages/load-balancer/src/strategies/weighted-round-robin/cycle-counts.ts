/* A longer cycle isn't worth the time: at most 10 ms for its schedule, in which nothing else runs. */
const LONGEST_CYCLE = 2 ** 16;
/* Weights are multiples of the least one's half, third, ... or this part, or they are rounded: all integers to 1000. */
const MOST_PARTS = 1000;
/* Where weights are rounded: turns in a cycle, by server and at least. */
const TURNS_PER_SERVER = 16;
const LEAST_TURNS = 1024;
/* Weights that were computed, as 0.1 + 0.2, count as the multiples they were meant to be. */
const TOLERANCE = 1e-9;

/**
 * How many turns each server has in a cycle. In proportion to the weights exactly, where they have a common part that
 * makes the cycle no longer than 65,536 turns; otherwise rounded to about a sixteenth of the mean server's turns (less
 * where there are few servers), with one turn for each at least.
 */
export function cycleCounts(weights: readonly number[]): number[] {
  let total = 0;
  let least = Infinity;
  for (const weight of weights) {
    total += weight;
    least = Math.min(least, weight);
  }
  for (let parts = 1; parts <= MOST_PARTS && (total / least) * parts <= LONGEST_CYCLE + 0.5; parts++) {
    const part = least / parts;
    if (weights.every((weight) => isMultiple(weight, part))) {
      return weights.map((weight) => Math.round(weight / part));
    }
  }
  const turns = Math.min(LONGEST_CYCLE, Math.max(LEAST_TURNS, TURNS_PER_SERVER * weights.length));
  return weights.map((weight) => Math.max(1, Math.round((weight / total) * turns)));
}

function isMultiple(weight: number, part: number): boolean {
  const times = weight / part;
  return Math.abs(times - Math.round(times)) <= TOLERANCE * times;
}
