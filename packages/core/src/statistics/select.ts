import { itemAt } from './sample.ts';

/**
 * Puts the k-th smallest value (from 0) at position `k`, none larger before it and none smaller after it, and
 * returns it. Changes the order of `values`.
 *
 * C. A. R. Hoare, "Algorithm 65: Find", Communications of the ACM 4 (1961), with the median of three as pivot
 * and a plain sort of what is left where the pivots turn out badly: O(n), at worst O(n log n).
 */
export function selectSmallest(values: Float64Array, k: number): number {
  let left = 0;
  let right = values.length - 1;
  let rounds = 2 * Math.ceil(Math.log2(values.length + 1));
  while (left < right) {
    rounds -= 1;
    if (rounds < 0) {
      values.subarray(left, right + 1).sort();
      break;
    }
    const pivot = medianOfThree(
      itemAt(values, left),
      itemAt(values, (left + right) >> 1),
      itemAt(values, right),
    );
    let low = left;
    let high = right;
    while (low <= high) {
      while (itemAt(values, low) < pivot) low += 1;
      while (itemAt(values, high) > pivot) high -= 1;
      if (low <= high) {
        const swapped = itemAt(values, low);
        values[low] = itemAt(values, high);
        values[high] = swapped;
        low += 1;
        high -= 1;
      }
    }
    if (k <= high) right = high;
    else if (k >= low) left = low;
    else break;
  }
  return itemAt(values, k);
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}
