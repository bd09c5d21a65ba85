import type { ReportPoint, ReportRange } from '../../report.ts';
import { html, type Markup } from '../html/markup.ts';
import { linePath, tenth } from './paths.ts';
import { runsOf } from './runs.ts';

const WIDTH = 112;
const HEIGHT = 28;
const MARGIN = 3;

/** The means in the size of a word, without axes: for a table whose other cells have the numbers. */
export function sparkline(points: readonly ReportPoint[], range: ReportRange): Markup {
  const low = points.reduce((least, { mean }) => Math.min(least, mean), Infinity);
  const high = points.reduce((greatest, { mean }) => Math.max(greatest, mean), -Infinity);
  const height = high / 2 - low / 2;
  const length = range.to - range.from;
  const place = ({ time, mean }: ReportPoint) => ({
    x: MARGIN + fraction(time - range.from, length) * (WIDTH - 2 * MARGIN),
    y: HEIGHT - MARGIN - fraction(mean / 2 - low / 2, height) * (HEIGHT - 2 * MARGIN),
  });
  const last = points.at(-1);
  const dot = last && place(last);
  return html`<svg class="sparkline" viewBox="0 0 ${tenth(WIDTH)} ${tenth(HEIGHT)}" aria-hidden="true" focusable="false">${runsOf(
    points,
    range,
  ).runs.map((run) => html`<path d="${linePath(run.map(place))}"/>`)}${
    dot && html`<circle cx="${tenth(dot.x)}" cy="${tenth(dot.y)}" r="2.2"/>`
  }</svg>`;
}

/** In the middle where all are the same. */
function fraction(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0.5;
}
