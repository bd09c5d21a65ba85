import type { WorkloadQuery } from '../../src/advice/workload.ts';

/** A query's texts with the values of each of its samples as literals in place of `$n`. */
export function literalTexts({ text, samples = [[]] }: WorkloadQuery): string[] {
  return samples.map((values) =>
    text.replaceAll(/\$(\d+)/g, (_, number) => literal(values[Number(number) - 1])),
  );
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') return String(value);
  return `'${String(value).replaceAll(`'`, `''`)}'`;
}
