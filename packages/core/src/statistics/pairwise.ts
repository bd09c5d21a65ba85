import { seededRandom } from './seeded-random.ts';

/*
 * With this many pairs the error of the sampling is far below that of the sample itself, and what is measured
 * of them takes 4 MB and a few milliseconds.
 */
const MAX_PAIRS = 500_000;

/* Any fixed number will do: the same sample is to give the same result. */
const SEED = 1;

/**
 * What `measure` says of the pairs, NaN left out: all `rows` × `columns` of them, or, as `half`, those with
 * row < column. Past `MAX_PAIRS`, a repeatable random choice of that many stands for all: an incomplete
 * U-statistic (G. Blom, "Some Properties of Incomplete U-Statistics", Biometrika 63, 1976). The choice takes
 * no heed of the order within a pair, so a `half` measure has to be symmetric.
 */
export function measurePairs(
  rows: number,
  columns: number,
  measure: (row: number, column: number) => number,
  half = false,
): Float64Array {
  const total = half ? (rows * (rows - 1)) / 2 : rows * columns;
  const measures = new Float64Array(Math.min(total, MAX_PAIRS));
  let count = 0;
  const keep = (value: number): void => {
    if (!Number.isNaN(value)) measures[count++] = value;
  };
  if (total > MAX_PAIRS) {
    const random = seededRandom(SEED);
    for (let i = 0; i < MAX_PAIRS; i++) {
      keep(measure(Math.floor(random() * rows), Math.floor(random() * columns)));
    }
  } else {
    for (let row = 0; row < rows; row++) {
      for (let column = half ? row + 1 : 0; column < columns; column++) keep(measure(row, column));
    }
  }
  return measures.subarray(0, count);
}
