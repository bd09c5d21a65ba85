import { rounded } from './analysis/rounded.ts';
import type { SeriesValues } from './analysis/series-values.ts';
import type { ReportPoint } from './report.ts';

/* As many as a chart of a report is wide, more or less. */
const MAX_POINTS = 240;

/** The course of a series for its chart: its steps, or several in one where they are too many. */
export function pointsOf({ steps, means, stepMs }: SeriesValues): ReportPoint[] {
  const first = steps[0];
  const last = steps.at(-1);
  if (!first || !last) return [];
  const perPoint = Math.ceil(((last.time - first.time) / stepMs + 1) / MAX_POINTS);
  const points: (ReportPoint & { readonly count: number })[] = [];
  for (const [index, { time, min, max, count }] of steps.entries()) {
    const slot = Math.floor((time - first.time) / stepMs / perPoint);
    const start = Math.round(first.time + slot * perPoint * stepMs);
    const mean = means[index] ?? Number.NaN;
    const open = points.at(-1);
    if (open?.time === start) {
      const total = open.count + count;
      points[points.length - 1] = {
        time: start,
        mean: open.mean * (open.count / total) + mean * (count / total),
        min: Math.min(open.min, min),
        max: Math.max(open.max, max),
        count: total,
      };
    } else {
      points.push({ time: start, mean, min, max, count });
    }
  }
  return points.map(({ time, mean, min, max }) => ({
    time,
    mean: rounded(mean),
    min: rounded(min),
    max: rounded(max),
  }));
}
