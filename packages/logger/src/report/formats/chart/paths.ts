/** A place in a drawing. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Places joined by straight lines; a single one is a line of no length, which a round cap makes a dot. */
export function linePath(places: readonly Place[]): string {
  if (places.length === 1) return `M${places.map(coordinates).join('')}h0`;
  return `M${places.map(coordinates).join('L')}`;
}

/** The area between two lines with the same number of places. */
export function bandPath(upper: readonly Place[], lower: readonly Place[]): string {
  return `M${[...upper, ...lower.toReversed()].map(coordinates).join('L')}Z`;
}

/** A tenth of a pixel is finer than anybody sees. */
export function tenth(value: number): string {
  return String(Math.round(value * 10) / 10 + 0);
}

function coordinates({ x, y }: Place): string {
  return `${tenth(x)} ${tenth(y)}`;
}
