import { itemAt } from './sample.ts';

/** How many values there are in each group of equal ones, groups of one left out. */
export function tieGroups(values: Float64Array): number[] {
  const sorted = values.slice().sort();
  const groups: number[] = [];
  let start = 0;
  for (let i = 1; i <= sorted.length; i++) {
    if (i < sorted.length && itemAt(sorted, i) === itemAt(sorted, start)) continue;
    if (i - start > 1) groups.push(i - start);
    start = i;
  }
  return groups;
}
