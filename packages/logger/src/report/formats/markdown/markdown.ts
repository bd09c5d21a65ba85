import { option, readOptions } from '@evenkeel/core';
import { AREAS } from '../../../log-record.ts';
import { areaTitle } from '../../area-title.ts';
import type {
  AreaReport,
  BenchmarkReport,
  Comparison,
  EventReport,
  MetricReport,
  NamedValue,
  PerformanceReport,
  ReportRange,
} from '../../report.ts';
import { textSparkline } from '../chart/text-sparkline.ts';
import { requireReport } from '../require-report.ts';
import { digits, percentDigits, signed } from '../text/number-text.ts';
import { rangeTexts, timeText } from '../text/time-text.ts';
import { verdictText } from '../words.ts';
import { markdownTable } from './markdown-table.ts';
import { code, codeLine, prose } from './markdown-text.ts';

export interface MarkdownOptions {
  /**
   * Whether the values of the charts stand in tables at the end. Without them it is short enough for a message.
   *
   * @defaultValue true
   */
  readonly values?: boolean;
}

/**
 * The report as Markdown (CommonMark with GitHub's tables) that reads well as plain text too. Every text from the data
 * is escaped.
 *
 * @throws ConfigurationError where it is given something else than a report
 */
export function toMarkdown(report: PerformanceReport, options: MarkdownOptions = {}): string {
  requireReport('toMarkdown', report);
  const { values } = readOptions<Required<MarkdownOptions>>('toMarkdown', options, {
    values: option.boolean().default(true),
  });
  const areas = AREAS.flatMap((area) => report.detailed[area] ?? []);
  return [
    head(report),
    recommendations(report),
    ...areas.map((area) => areaChapter(area, report.timeRange)),
    trends(report),
    anomalies(report),
    benchmarks(report.benchmarks),
    events(report.events),
    report.resourceUsage?.length
      ? `## Resource usage at present\n\n${namedValues(report.resourceUsage)}`
      : '',
    report.notes.length > 0 ? `## Notes on the data\n\n${list(report.notes.map(prose))}` : '',
    values ? chartValues(areas) : '',
    `Made by Evenkeel from recorded data. Times are in UTC. Report format ${digits(report.version)}.\n`,
  ].join('');
}

function head({ title, timeRange, previousRange, instances, summary }: PerformanceReport): string {
  const about = [
    range(timeRange),
    previousRange && `Compared with ${range(previousRange)}`,
    instances.length > 0 && `Instances: ${instances.map(code).join(', ')}`,
  ].filter((line) => typeof line === 'string');
  return [
    `# ${prose(title)}\n\n**Verdict: ${verdictText(summary.verdict)}.** ${prose(summary.headline)}\n\n`,
    `${about.join('  \n')}\n\n`,
    summary.sentences.length > 0 ? list(summary.sentences.map(prose)) : '',
    summary.keyFigures.length > 0 ? `## Key figures\n\n${namedValues(summary.keyFigures)}` : '',
  ].join('');
}

function recommendations({ recommendations: given }: PerformanceReport): string {
  const items = given.map(({ id, priority, area, message, evidence }) => {
    const about = `**${priority}**${area ? `, ${areaTitle(area)}` : ''}, ${code(id)}: ${prose(message)}`;
    return [about, ...evidence.map((sentence) => `   - ${prose(sentence)}`)].join('\n');
  });
  return chapter(
    'Recommendations',
    items.map((item, index) => `${index + 1}. ${item}\n`).join(''),
    'Nothing to recommend.',
  );
}

function areaChapter({ title, verdict, summary, metrics }: AreaReport, timeRange: ReportRange): string {
  const text = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : digits(value);
  const numeric = (name: string) => ({ title: name, isNumeric: true });
  const columns = [
    { title: 'Metric' },
    { title: 'Unit' },
    { title: 'Verdict' },
    { title: 'Course' },
    ...['Mean', 'p50', 'p95', 'p99', 'Least', 'Greatest', 'Values', 'Target'].map(numeric),
  ];
  const rows = metrics.map((metric) => [
    code(metric.name),
    prose(metric.unit),
    verdictText(metric.verdict),
    metric.points.length > 0 ? textSparkline(metric.points, timeRange) : undefined,
    ...[
      metric.mean,
      metric.p50,
      metric.p95,
      metric.p99,
      metric.min,
      metric.max,
      metric.count,
      metric.target,
    ].map(text),
  ]);
  return [
    `## ${prose(title)}: ${verdictText(verdict)}\n\n${prose(summary)}\n\n`,
    metrics.length > 0 ? markdownTable(columns, rows) : '',
    metrics.length > 0 ? list(metrics.map(aboutMetric)) : '',
  ].join('');
}

function aboutMetric({
  name,
  unit,
  description,
  better,
  verdict,
  reason,
  previous,
  baseline,
}: MetricReport): string {
  const sentences = [
    description && prose(description),
    better && `${better === 'lower' ? 'Lower' : 'Higher'} is better.`,
    reason && `**${verdictText(verdict)}**: ${prose(reason)}`,
  ];
  return [
    `${code(name)}: ${sentences.filter(Boolean).join(' ')}`.trimEnd(),
    ...(previous ? [`  - Period before: ${comparison(previous, unit)}`] : []),
    ...(baseline ? [`  - Baseline: ${comparison(baseline, unit)}`] : []),
  ].join('\n');
}

function comparison({ message, mean, change, interval, judgement }: Comparison, unit: string): string {
  const numbers = [
    `Mean ${quantity(mean, unit)}`,
    change === undefined ? undefined : `change ${percent(change)}`,
    interval && `95 % interval ${percent(interval[0])} to ${percent(interval[1])}`,
  ];
  return `${prose(message)} (${numbers.filter(Boolean).join(', ')}: ${judgement})`;
}

function trends({ trends: given }: PerformanceReport): string {
  const items = given.map(
    ({
      metric,
      area,
      unit,
      direction,
      judgement,
      slopePerHour,
      interval: [low, high],
      confidence,
      message,
    }) =>
      `${code(metric)} (${areaTitle(area)}), ${direction}, ${judgement}: ${prose(message)} ` +
      `(${quantity(slopePerHour, unit)} per hour, 95 % interval ${digits(low)} to ${quantity(high, unit)}, ` +
      `confidence ${percentDigits(confidence)} %)`,
  );
  return chapter('Trends', list(items), 'No series rises or falls beyond chance.');
}

function anomalies({ anomalies: given }: PerformanceReport): string {
  const items = given.map(
    ({ metric, area, unit, severity, from, to, value, expected: [low, high], message }) =>
      `**${severity}**, ${code(metric)} (${areaTitle(area)}), ${rangeTexts(from, to).join(' to ')} UTC: ` +
      `${prose(message)} (${quantity(value, unit)}, expected ${digits(low)} to ${quantity(high, unit)})`,
  );
  return chapter('Anomalies', list(items), 'None were found.');
}

function benchmarks(given: readonly BenchmarkReport[]): string {
  if (given.length === 0) return '';
  const numeric = (title: string) => ({ title, isNumeric: true });
  const columns = [
    { title: 'Benchmark, in ms' },
    ...['Runs', 'Median', '95 % interval', 'Mean', 'Deviation', 'Least', 'Greatest', 'p95'].map(numeric),
  ];
  const rows = given.map((each) => [
    code(each.id),
    digits(each.runs),
    digits(each.medianMs),
    each.interval?.map(digits).join(' to '),
    digits(each.meanMs),
    each.standardDeviationMs === undefined ? undefined : digits(each.standardDeviationMs),
    digits(each.minMs),
    digits(each.maxMs),
    digits(each.p95Ms),
  ]);
  const measurements = given.flatMap(({ id, measurements: each }) =>
    each.map(({ label, runs, medianDeltaMs }) => [
      code(id),
      code(label),
      digits(runs),
      digits(medianDeltaMs),
    ]),
  );
  const comparisons = given.flatMap(({ id, previous }) =>
    previous ? [`${code(id)}, period before: ${comparison(previous, 'ms')}`] : [],
  );
  const steps = [{ title: 'Benchmark' }, { title: 'Measurement' }, numeric('Runs'), numeric('Median, in ms')];
  return [
    `## Benchmarks\n\n${markdownTable(columns, rows)}`,
    comparisons.length > 0 ? list(comparisons) : '',
    measurements.length > 0 ? markdownTable(steps, measurements) : '',
  ].join('');
}

function events(given: readonly EventReport[]): string {
  if (given.length === 0) return '';
  const columns = [
    { title: 'Event' },
    { title: 'Times', isNumeric: true },
    { title: 'In the period before', isNumeric: true },
  ];
  const rows = given.map(({ type, count, previousCount }) => [
    code(type),
    digits(count),
    previousCount === undefined ? undefined : digits(previousCount),
  ]);
  const samples = given.map(({ type, samples: last }) =>
    last.length > 0
      ? `Last of ${code(type)}:\n\n${list(last.map(({ time, data }) => `${timeText(time)} ${codeLine(data)}`))}`
      : '',
  );
  return `## Events\n\n${markdownTable(columns, rows)}${samples.join('')}`;
}

function chartValues(areas: readonly AreaReport[]): string {
  const columns = [
    { title: 'Time (UTC)' },
    ...['Mean', 'Least', 'Greatest'].map((title) => ({ title, isNumeric: true })),
  ];
  const tables = areas.flatMap(({ title, metrics }) =>
    metrics.flatMap(({ name, unit, points }) => {
      if (points.length === 0) return [];
      const rows = points.map(({ time, mean, min, max }) => [
        timeText(time),
        ...[mean, min, max].map(digits),
      ]);
      return [
        `### ${code(name)}${unit ? ` in ${prose(unit)}` : ''} (${prose(title)})\n\n${markdownTable(columns, rows)}`,
      ];
    }),
  );
  return tables.length > 0 ? `## Values of the charts\n\n${tables.join('')}` : '';
}

function namedValues(values: readonly NamedValue[]): string {
  return list(
    values.map(
      ({ name, value, unit, verdict }) =>
        `${prose(name)}: **${quantity(value, unit)}** (${verdictText(verdict)})`,
    ),
  );
}

function chapter(title: string, content: string, none: string): string {
  return `## ${title}\n\n${content === '' ? none : content.trimEnd()}\n\n`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '' : `${items.map((item) => `- ${item}\n`).join('')}\n`;
}

function range({ from, to, label }: ReportRange): string {
  return `${rangeTexts(from, to).join(' to ')} UTC${label ? ` (${prose(label)})` : ''}`;
}

function quantity(value: number, unit: string): string {
  return unit === '' ? digits(value) : `${digits(value)} ${prose(unit)}`;
}

/** A change in per cent. */
function percent(ratio: number): string {
  return `${signed(percentDigits(ratio))} %`;
}
