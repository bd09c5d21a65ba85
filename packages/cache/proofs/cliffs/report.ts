/** One thing that was measured, and what it must not exceed. */
export interface Finding {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The largest value that is right; none: it is only told. */
  readonly bound?: number;
  readonly note?: string;
}

export function print(findings: readonly Finding[]): void {
  for (const { what, value, unit, bound, note } of findings) {
    const verdict =
      bound === undefined ? '' : `${value <= bound ? 'ok' : 'MISSED'}, at most ${bound} ${unit}`;
    console.log(
      `${what.padEnd(58)} ${value.toFixed(digits(value)).padStart(9)} ${unit.padEnd(3)} ${verdict} ${note ?? ''}`.trimEnd(),
    );
  }
}

function digits(value: number): number {
  return Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 1 ? 2 : 3;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
