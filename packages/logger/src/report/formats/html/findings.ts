import { areaTitle } from '../../area-title.ts';
import type { Comparison, PerformanceReport, ReportAnomaly, ReportTrend } from '../../report.ts';
import { judgementBadge, severityBadge } from './badges.ts';
import {
  change,
  changeOf,
  interval,
  name,
  number,
  percent,
  quantity,
  range,
  table,
  time,
  unitName,
} from './elements.ts';
import { type Content, html, type Markup } from './markup.ts';
import { namedValues } from './summary.ts';

/** A chapter with a heading. */
function chapter(id: string, title: string, content: Content): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${title}</h2>
${content}</section>
`;
}

const none = (text: string): Markup => html`<p class="none">${text}</p>
`;

export function trendsSection({ trends }: PerformanceReport): Markup {
  if (trends.length === 0)
    return chapter('trends', 'Trends', none('No series rises or falls beyond chance.'));
  const rows = trends.map(
    ({
      metric,
      area,
      unit,
      direction,
      slopePerHour,
      interval: bounds,
      confidence,
      judgement,
      message,
    }: ReportTrend) => [
      html`${name(metric)}${unit !== '' && html` <span class="unit">${unitName(unit)}</span>`}`,
      areaTitle(area),
      judgementBadge(judgement),
      html`<span class="direction ${direction}">${direction}</span>`,
      number(slopePerHour),
      interval(bounds, number),
      percent(confidence),
      html`<span class="wide">${message}</span>`,
    ],
  );
  const columns = [
    { title: 'Metric' },
    { title: 'Area' },
    { title: 'Judgement' },
    { title: 'Direction' },
    { title: 'Per hour', isNumeric: true },
    { title: html`95\u00a0% interval`, isNumeric: true },
    { title: 'Confidence', isNumeric: true },
    { title: 'In words' },
  ];
  return chapter('trends', 'Trends', table('Series that rise or fall beyond chance', columns, rows));
}

export function anomaliesSection({ anomalies }: PerformanceReport): Markup {
  if (anomalies.length === 0) return chapter('anomalies', 'Anomalies', none('None were found.'));
  const rows = anomalies.map(
    ({ metric, area, unit, severity, from, to, value, expected, message }: ReportAnomaly) => [
      name(metric),
      areaTitle(area),
      severityBadge(severity),
      range({ from, to }),
      quantity(value, unit),
      html`${interval(expected, number)}${unit !== '' && html`\u00a0${unitName(unit)}`}`,
      html`<span class="wide">${message}</span>`,
    ],
  );
  const columns = [
    { title: 'Metric' },
    { title: 'Area' },
    { title: 'Severity' },
    { title: 'When' },
    { title: 'Value', isNumeric: true },
    { title: 'Expected', isNumeric: true },
    { title: 'In words' },
  ];
  return chapter('anomalies', 'Anomalies', table('Values far from the usual', columns, rows));
}

export function benchmarksSection({ benchmarks }: PerformanceReport): Markup | undefined {
  if (benchmarks.length === 0) return undefined;
  const numeric = (title: Content) => ({ title, isNumeric: true });
  const runs = table(
    'Benchmarks, in ms',
    [
      { title: 'Benchmark' },
      numeric('Runs'),
      numeric('Median'),
      numeric(html`95\u00a0% interval`),
      numeric('Mean'),
      numeric('Deviation'),
      numeric('Least'),
      numeric('Greatest'),
      numeric('p95'),
      { title: 'Before' },
    ],
    benchmarks.map((each) => [
      name(each.id),
      number(each.runs),
      number(each.medianMs),
      each.interval && interval(each.interval, number),
      number(each.meanMs),
      each.standardDeviationMs !== undefined && number(each.standardDeviationMs),
      number(each.minMs),
      number(each.maxMs),
      number(each.p95Ms),
      each.previous && changeOf(each.previous),
    ]),
    true,
  );
  const measurements = benchmarks.flatMap(({ id, measurements: each }) =>
    each.map(({ label, runs: count, medianDeltaMs }) => [
      name(id),
      name(label),
      number(count),
      number(medianDeltaMs),
    ]),
  );
  const steps = table(
    'Measurements within the runs, in ms since the one before',
    [{ title: 'Benchmark' }, { title: 'Measurement' }, numeric('Runs'), numeric('Median')],
    measurements,
    true,
  );
  const comparisons = benchmarks.flatMap(({ id, previous }) =>
    previous ? [comparedBenchmark(id, previous)] : [],
  );
  return chapter('benchmarks', 'Benchmarks', [
    runs,
    comparisons.length > 0 &&
      html`<dl class="against">${comparisons}</dl>
`,
    measurements.length > 0 && steps,
  ]);
}

function comparedBenchmark(
  id: string,
  { message, mean, change: ratio, interval: bounds }: Comparison,
): Markup {
  return html`<div><dt>${name(id)}</dt><dd><bdi>${message}</bdi> <span class="numbers">Mean before ${quantity(mean, 'ms')}${
    ratio !== undefined && html`, change ${change(ratio)}`
  }${bounds && html`, 95\u00a0% interval ${interval(bounds, change)}`}.</span></dd></div>
`;
}

export function eventsSection({ events }: PerformanceReport): Markup | undefined {
  if (events.length === 0) return undefined;
  const columns = [
    { title: 'Event' },
    { title: 'Times', isNumeric: true },
    { title: 'In the period before', isNumeric: true },
  ];
  const rows = events.map(({ type, count, previousCount }) => [
    name(type),
    number(count),
    previousCount !== undefined && number(previousCount),
  ]);
  const samples = events.map(
    ({ type, samples: last }) =>
      last.length > 0 &&
      html`<details><summary>Last of ${name(type)}</summary>${table(
        'Time and data',
        [{ title: 'Time (UTC)' }, { title: 'Data' }],
        last.map((sample) => [time(sample.time), html`<code>${sample.data}</code>`]),
      )}</details>
`,
  );
  return chapter('events', 'Events', [table('Events by type', columns, rows), samples]);
}

export function resourcesSection({ resourceUsage = [] }: PerformanceReport): Markup | undefined {
  return resourceUsage.length > 0
    ? chapter('resources', 'Resource usage at present', namedValues(resourceUsage))
    : undefined;
}

export function notesSection({ notes }: PerformanceReport): Markup | undefined {
  if (notes.length === 0) return undefined;
  return chapter(
    'notes',
    'Notes on the data',
    html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>
`,
  );
}
