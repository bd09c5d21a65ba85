import type { AreaReport, Comparison, MetricReport, PerformanceReport } from '../../report.ts';
import { lineChart } from '../chart/line-chart.ts';
import { sparkline } from '../chart/sparkline.ts';
import { readableName } from '../text/printable.ts';
import { verdictBadge } from './badges.ts';
import { change, changeOf, interval, name, number, quantity, table, time, unitName } from './elements.ts';
import { type Content, html, type Markup } from './markup.ts';

/** The chapter of an area: a table of its metrics, then a chart of each. */
export function areaSection(
  report: PerformanceReport,
  { area, title, verdict, summary, metrics }: AreaReport,
): Markup {
  return html`<section id="area-${area}" aria-labelledby="area-${area}-heading">
<div class="heading"><h2 id="area-${area}-heading">${name(title)}</h2>${verdictBadge(verdict)}</div>
<p class="lead">${summary}</p>
${metrics.length > 0 && overview(report, `Metrics of ${readableName(title)}`, metrics)}<div class="charts">${metrics.map(
    (metric, index) => metricFigure(report, metric, `chart-${area}-${index}`, area),
  )}</div>
</section>
`;
}

/** The signs used in charts, explained once. */
export const LEGEND: Markup = html`<section id="legend" aria-labelledby="legend-heading" class="legend">
<h2 id="legend-heading" class="unseen">How to read the charts</h2>
<ul>
<li><svg viewBox="0 0 32 16" aria-hidden="true" focusable="false"><g class="band"><path d="M0 3C8 1 14 6 32 2V12C20 15 10 9 0 13z"/></g><g class="line"><path d="M1 8C10 5 18 10 31 7"/></g></svg>mean of each step, with the band from least to greatest</li>
<li><svg viewBox="0 0 32 16" aria-hidden="true" focusable="false"><g class="gap"><rect x="8" y="0" width="16" height="16"/></g><g class="line"><path d="M1 8H8M24 8H31"/></g></svg>no values</li>
<li><svg viewBox="0 0 32 16" aria-hidden="true" focusable="false"><g class="target"><path d="M0 8H32"/></g></svg>target</li>
<li><svg viewBox="0 0 32 16" aria-hidden="true" focusable="false"><g class="anomaly warning"><rect x="10" y="0" width="12" height="16"/><path d="M12 2h8l-4 7z"/></g></svg>anomaly</li>
</ul>
<p>The values of each chart are in a table below it.</p>
</section>
`;

/** A column of the overview; one of which no metric has anything is left out. */
interface OverviewColumn {
  readonly title: string;
  readonly isNumeric?: boolean;
  readonly cell: (metric: MetricReport) => Content;
}

function overview({ timeRange }: PerformanceReport, label: string, metrics: readonly MetricReport[]): Markup {
  const numeric = (title: string, of: (metric: MetricReport) => number | undefined): OverviewColumn => ({
    title,
    isNumeric: true,
    cell: (metric) => {
      const value = of(metric);
      return value !== undefined && number(value);
    },
  });
  const columns: readonly OverviewColumn[] = [
    {
      title: 'Metric',
      cell: ({ name: given, unit }) =>
        html`${name(given)}${unit !== '' && html` <span class="unit">${unitName(unit)}</span>`}`,
    },
    { title: 'Verdict', cell: ({ verdict }) => verdictBadge(verdict) },
    { title: 'Course', cell: ({ points }) => points.length > 0 && sparkline(points, timeRange) },
    numeric('Mean', ({ mean }) => mean),
    numeric('p50', ({ p50 }) => p50),
    numeric('p95', ({ p95 }) => p95),
    numeric('p99', ({ p99 }) => p99),
    numeric('Least', ({ min }) => min),
    numeric('Greatest', ({ max }) => max),
    numeric('Values', ({ count }) => count),
    numeric('Target', ({ target }) => target),
    { title: 'Before', cell: ({ previous }) => previous && changeOf(previous) },
    { title: 'Baseline', cell: ({ baseline }) => baseline && changeOf(baseline) },
  ];
  const used = columns.filter(({ cell }) => metrics.some(cell));
  return table(
    label,
    used,
    metrics.map((metric) => used.map(({ cell }) => cell(metric))),
  );
}

function metricFigure(
  report: PerformanceReport,
  metric: MetricReport,
  id: string,
  area: AreaReport['area'],
): Markup {
  const { points, unit, description, better, reason, verdict, previous, baseline } = metric;
  const anomalies = report.anomalies.filter((each) => each.area === area && each.metric === metric.name);
  const values = `Values of ${readableName(metric.name)}`;
  return html`<article class="metric ${verdict}" aria-labelledby="${id}-heading">
<div class="heading"><h3 id="${id}-heading">${name(metric.name)}${unit !== '' && html` <span class="unit">${unitName(unit)}</span>`}</h3>${verdictBadge(verdict)}</div>
<p class="description">${description}${better && html` <span class="better">${better === 'lower' ? 'Lower' : 'Higher'} is better.</span>`}</p>
${points.length > 0 && lineChart({ id, metric, range: report.timeRange, anomalies })}${
  reason &&
  html`<p class="reason">${reason}</p>
`
}${
  (previous || baseline) &&
  html`<dl class="against">${against('Period before', previous, unit)}${against('Baseline', baseline, unit)}</dl>
`
}${
  points.length > 0 &&
  html`<details><summary>${values}</summary>${table(
    values,
    [
      { title: 'Time (UTC)' },
      { title: 'Mean', isNumeric: true },
      { title: 'Least', isNumeric: true },
      { title: 'Greatest', isNumeric: true },
    ],
    points.map((point) => [time(point.time), number(point.mean), number(point.min), number(point.max)]),
  )}</details>
`
}</article>
`;
}

function against(what: string, comparison: Comparison | undefined, unit: string): Content {
  if (!comparison) return undefined;
  const { message, mean, change: ratio, interval: bounds, judgement } = comparison;
  return html`<div><dt>${what}</dt><dd><bdi>${message}</bdi> <span class="numbers">Mean ${quantity(mean, unit)}${
    ratio !== undefined && html`, change ${change(ratio)}`
  }${bounds && html`, 95\u00a0% interval ${interval(bounds, change)}`}: <span class="judgement ${judgement}">${judgement}</span>.</span></dd></div>
`;
}
