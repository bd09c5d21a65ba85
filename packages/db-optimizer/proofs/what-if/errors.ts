import { quantile } from '@evenkeel/core/statistics';

/** How far off estimates were, as shares of the truth. */
export class Errors {
  readonly #errors: { error: number; of: string }[] = [];

  add(estimate: number, truth: number, of: string): void {
    this.#errors.push({ error: estimate / truth - 1, of });
  }

  get count(): number {
    return this.#errors.length;
  }

  /** Of the errors' sizes. */
  at(share: number): number {
    const sizes = this.#errors.map(({ error }) => Math.abs(error));
    return sizes.length === 0 ? Number.NaN : quantile(sizes, share);
  }

  /** The largest ones, with what they are of. */
  worst(count: number): { error: number; of: string }[] {
    return [...this.#errors].sort((a, b) => Math.abs(b.error) - Math.abs(a.error)).slice(0, count);
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** Prints a line for each kind of estimate. */
export function printErrors(rows: ReadonlyMap<string, Errors>): void {
  console.log(
    `${'error against built'.padEnd(28)}${['n', 'median', 'p95', 'max'].map((h) => h.padStart(12)).join('')}`,
  );
  for (const [name, errors] of rows) {
    const numbers = [
      String(errors.count),
      percent(errors.at(0.5)),
      percent(errors.at(0.95)),
      percent(errors.at(1)),
    ];
    console.log(`${name.padEnd(28)}${numbers.map((each) => each.padStart(12)).join('')}`);
  }
}

export function printWorst(name: string, errors: Errors, count: number): void {
  for (const { error, of } of errors.worst(count))
    console.log(`  ${name} ${percent(error).padStart(10)}  ${of}`);
}
