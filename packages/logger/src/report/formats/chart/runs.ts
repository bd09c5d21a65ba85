import type { ReportPoint, ReportRange } from '../../report.ts';

/** Points that follow each other, and the times between them of which nothing is known. */
export interface Runs {
  readonly runs: readonly (readonly ReportPoint[])[];
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
}

/* Neighbours may stand a little apart where steps are rounded; a missing one is twice as far. */
const MISSING = 1.6;

/**
 * Parts points where values are missing. How far apart they usually are is the median distance of neighbours: a
 * metric that is measured rarely has no gaps for that.
 */
export function runsOf(points: readonly ReportPoint[], { from, to }: ReportRange): Runs {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return { runs: [], gaps: to > from ? [{ from, to }] : [] };
  const step = usualDistance(points) ?? to - from;
  const runs: ReportPoint[][] = [[first]];
  const gaps: { from: number; to: number }[] = [];
  if (first.time - from > MISSING * step) gaps.push({ from, to: first.time });
  let before = first;
  for (const point of points.slice(1)) {
    if (point.time - before.time > MISSING * step) {
      gaps.push({ from: before.time, to: point.time });
      runs.push([point]);
    } else {
      runs.at(-1)?.push(point);
    }
    before = point;
  }
  // A point stands for the step that begins with it.
  if (to - last.time > (1 + MISSING) * step) gaps.push({ from: last.time, to });
  return { runs, gaps };
}

function usualDistance(points: readonly ReportPoint[]): number | undefined {
  const distances = points.slice(1).map((point, index) => point.time - (points[index]?.time ?? point.time));
  distances.sort((a, b) => a - b);
  return distances[Math.floor((distances.length - 1) / 2)];
}
