import type { MetricReport, ReportAnomaly, ReportPoint, ReportRange } from '../../report.ts';
import { type Content, html, type Markup } from '../html/markup.ts';
import { digits, grouped } from '../text/number-text.ts';
import { readable, readableName } from '../text/printable.ts';
import { bandPath, linePath, type Place, tenth } from './paths.ts';
import { runsOf } from './runs.ts';
import { timeTicks } from './time-ticks.ts';
import { valueScale } from './value-scale.ts';

/* Drawn for a phone's width and enlarged from there, so that its writing is never too small. */
const WIDTH = 360;
const HEIGHT = 190;
const TOP = 16;
const BOTTOM = HEIGHT - 24;
const RIGHT = WIDTH - 12;
const CHARACTER = 6.4;

/** What is drawn: a metric over the range of the report. */
export interface Course {
  /** Unique within the page. */
  readonly id: string;
  readonly metric: MetricReport;
  readonly range: ReportRange;
  /** Those of the metric. */
  readonly anomalies: readonly ReportAnomaly[];
}

/**
 * A chart as inline SVG: the mean of each step as a line that is broken where values are missing, least to greatest as
 * a band, target and anomalies marked. Described in words for those who do not see it.
 */
export function lineChart(course: Course): Markup {
  const { id, metric, range, anomalies } = course;
  const { points, target } = metric;
  const bounds = boundsOf(points, target);
  const scale = valueScale(bounds.low, bounds.high);
  const labels = scale.ticks.map((tick) => grouped(digits(tick)));
  const left = Math.min(WIDTH / 3, 12 + CHARACTER * Math.max(1, ...labels.map((label) => label.length)));
  const length = range.to - range.from;
  const x = (time: number): number =>
    left + (length > 0 ? Math.min(1, Math.max(0, (time - range.from) / length)) : 0) * (RIGHT - left);
  const y = (value: number): number => BOTTOM - scale.place(value) * (BOTTOM - TOP);
  const at =
    (field: 'mean' | 'min' | 'max') =>
    (point: ReportPoint): Place => ({
      x: x(point.time),
      y: y(point[field]),
    });
  const { runs, gaps } = runsOf(points, range);
  return html`<svg class="chart" viewBox="0 0 ${tenth(WIDTH)} ${tenth(HEIGHT)}" role="img" aria-labelledby="${id}-title ${id}-description">
<title id="${id}-title">${title(metric)}</title><desc id="${id}-description">${description(metric, gaps.length, anomalies.length)}</desc>
<g class="grid">${scale.ticks.map((tick) => html`<path d="M${tenth(left)} ${tenth(y(tick))}H${tenth(RIGHT)}"/>`)}</g>
<g class="gap">${gaps.map(({ from, to }) => box(x(from), x(to)))}</g>
${anomalies.map((anomaly) => mark(anomaly, x(anomaly.from), x(anomaly.to)))}<g class="band">${runs.map(
    (run) => html`<path d="${bandPath(run.map(at('max')), run.map(at('min')))}"/>`,
  )}</g>
${targetLine(target, bounds, left, y)}<g class="line">${runs.map((run) => html`<path d="${linePath(run.map(at('mean')))}"/>`)}</g>
${bounds.isCut && html`<text class="cut" x="${tenth(RIGHT)}" y="11" text-anchor="end">▲ up to ${grouped(digits(metric.max))}</text>`}
<g class="axis" text-anchor="end">${scale.ticks.map(
    (tick, index) => html`<text x="${tenth(left - 6)}" y="${tenth(y(tick) + 3.5)}">${labels[index]}</text>`,
  )}</g>
<g class="axis" text-anchor="middle">${timeTicks(range.from, range.to).map(({ time, text }) => timeLabel(x(time), text))}</g>
</svg>
`;
}

interface Bounds {
  readonly low: number;
  readonly high: number;
  /** The band goes on beyond the top. */
  readonly isCut: boolean;
}

/*
 * How many times the greatest mean the band is followed. A single value can be a hundred times as great as the mean: it
 * would press the line flat, and what is to be seen with it.
 */
const BAND_REACH = 4;
/* A target farther away than this is told in words. */
const TARGET_REACH = 2;

function boundsOf(points: readonly ReportPoint[], target: number | undefined): Bounds {
  let [low, high, top, reach] = [Infinity, -Infinity, -Infinity, 0];
  for (const { mean, min, max } of points) {
    low = Math.min(low, min, mean);
    high = Math.max(high, mean);
    top = Math.max(top, max);
    reach = Math.max(reach, BAND_REACH * Math.abs(mean));
  }
  if (reach > 0) low = Math.max(low, -reach);
  const isCut = reach > 0 && top > reach;
  high = Math.max(high, isCut ? reach : top);
  if (target !== undefined && Math.abs(target) <= TARGET_REACH * Math.max(Math.abs(low), Math.abs(high))) {
    low = Math.min(low, target);
    high = Math.max(high, target);
  }
  return { low, high, isCut };
}

function targetLine(
  target: number | undefined,
  { low, high }: Bounds,
  left: number,
  y: (value: number) => number,
): Content {
  if (target === undefined || target < low || target > high) return undefined;
  return html`<g class="target"><path d="M${tenth(left)} ${tenth(y(target))}H${tenth(RIGHT)}"/><text x="${tenth(left + 4)}" y="${tenth(y(target) - 4)}">target ${grouped(digits(target))}</text></g>
`;
}

/** The time of an anomaly, with a triangle above it. */
function mark({ severity, message }: ReportAnomaly, from: number, to: number): Markup {
  const middle = (from + to) / 2;
  return html`<g class="anomaly ${severity}"><title>${message}</title>${box(from, to)}<path d="M${tenth(middle - 4)} ${tenth(TOP - 8)}h8l-4 7z"/></g>
`;
}

/* What lasts shorter than a pixel is still to be seen. */
const LEAST_WIDTH = 2;

function box(from: number, to: number): Markup {
  return html`<rect x="${tenth(from)}" y="${tenth(TOP)}" width="${tenth(Math.max(LEAST_WIDTH, to - from))}" height="${tenth(BOTTOM - TOP)}"/>`;
}

function timeLabel(x: number, text: string): Markup {
  const half = (CHARACTER * text.length) / 2;
  const inside = Math.min(WIDTH - half, Math.max(half, x));
  return html`<path d="M${tenth(x)} ${tenth(BOTTOM)}v4"/><text x="${tenth(inside)}" y="${tenth(BOTTOM + 17)}">${text}</text>`;
}

function title({ name, unit }: MetricReport): string {
  return unit === '' ? readableName(name) : `${readableName(name)}, ${readableName(unit)}`;
}

function description({ mean, min, max, count, unit }: MetricReport, gaps: number, anomalies: number): string {
  const shownUnit = unit === '' ? '' : ` ${readable(unit)}`;
  const parts = [
    `Mean of each step over time, with the band from least to greatest. ${count} values from ${min} to ${max}${shownUnit}, ${mean}${shownUnit} on average.`,
    gaps > 0 && `${gaps === 1 ? 'One stretch' : `${gaps} stretches`} without values.`,
    anomalies > 0 && `${anomalies === 1 ? 'One anomaly' : `${anomalies} anomalies`}.`,
  ];
  return parts.filter(Boolean).join(' ');
}
