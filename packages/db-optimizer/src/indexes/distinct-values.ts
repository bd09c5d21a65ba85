import type { Column } from '../catalogue/catalogue.ts';

/** Distinct values of a column of a table of so many rows. */
export function distinctOf({ statistics }: Column, rows: number): number {
  if (!statistics) return rows;
  return Math.max(1, statistics.distinct < 0 ? -statistics.distinct * rows : statistics.distinct);
}
