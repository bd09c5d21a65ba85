import { AREAS, type Area } from '../../../log-record.ts';
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
import { requireReport } from '../require-report.ts';
import { digits } from '../text/number-text.ts';
import { isoTime } from '../text/time-text.ts';
import { csvLine, textCell } from './csv-cell.ts';

const COLUMNS = ['section', 'area', 'name', 'index', 'field', 'value', 'unit', 'time'] as const;

/** What the rows of one thing have in common; `index` is its place in its list, from 0. */
interface Subject {
  readonly section: string;
  readonly area?: Area | undefined;
  readonly name?: string | undefined;
  readonly index?: number | undefined;
  readonly time?: number | undefined;
}

/**
 * The report as CSV (RFC 4180) in long form: a row for each value, under `section, area, name, index, field, value,
 * unit, time`. Texts are quoted, numbers are not and have the digits of the JSON; times are ISO 8601 in UTC; ratios are
 * ratios, not per cent. The rows keep the order of the report. Nothing is left out, so that the report can be read
 * back, but for control characters, which are shown by signs. What a spreadsheet would take for a formula has an
 * apostrophe before it.
 *
 * @throws ConfigurationError where it is given something else than a report
 */
export function toCsv(report: PerformanceReport): string {
  requireReport('toCsv', report);
  const table = new LongTable();
  table.number({ section: 'report' }, 'version', report.version);
  table.text({ section: 'report' }, 'title', report.title);
  for (const [index, name] of report.instances.entries())
    table.text({ section: 'instance', index }, 'name', name);
  writeRange(table, 'timeRange', report.timeRange);
  if (report.previousRange) writeRange(table, 'previousRange', report.previousRange);
  writeSummary(table, report);
  for (const area of AREAS) {
    const chapter = report.detailed[area];
    if (chapter) writeArea(table, chapter);
  }
  writeFindings(table, report);
  for (const [index, benchmark] of report.benchmarks.entries()) writeBenchmark(table, benchmark, index);
  for (const [index, event] of report.events.entries()) writeEvent(table, event, index);
  writeNamedValues(table, 'resourceUsage', report.resourceUsage ?? []);
  for (const [index, note] of report.notes.entries()) table.text({ section: 'note', index }, 'text', note);
  return table.toString();
}

class LongTable {
  readonly #lines: string[] = [csvLine(COLUMNS)];

  number(subject: Subject, field: string, value: number | undefined, unit?: string): void {
    if (value !== undefined) this.#add(subject, field, digits(value), unit);
  }

  text(subject: Subject, field: string, value: string | undefined, unit?: string): void {
    if (value !== undefined) this.#add(subject, field, textCell(value), unit);
  }

  time(subject: Subject, field: string, value: number): void {
    this.#add(subject, field, isoTime(value));
  }

  toString(): string {
    return this.#lines.join('');
  }

  #add({ section, area, name, index, time }: Subject, field: string, value: string, unit?: string): void {
    this.#lines.push(
      csvLine([
        section,
        area,
        name === undefined ? undefined : textCell(name),
        index === undefined ? undefined : String(index),
        field,
        value,
        unit === undefined ? undefined : textCell(unit),
        time === undefined ? undefined : isoTime(time),
      ]),
    );
  }
}

function writeRange(table: LongTable, section: string, { from, to, label }: ReportRange): void {
  table.time({ section }, 'from', from);
  table.time({ section }, 'to', to);
  table.text({ section }, 'label', label);
}

function writeSummary(table: LongTable, { summary }: PerformanceReport): void {
  const section = 'summary';
  table.text({ section }, 'verdict', summary.verdict);
  table.text({ section }, 'headline', summary.headline);
  for (const [index, sentence] of summary.sentences.entries())
    table.text({ section, index }, 'sentence', sentence);
  writeNamedValues(table, 'keyFigure', summary.keyFigures);
}

function writeNamedValues(table: LongTable, section: string, values: readonly NamedValue[]): void {
  for (const [index, { name, value, unit, verdict }] of values.entries()) {
    table.number({ section, name, index }, 'value', value, unit);
    table.text({ section, name, index }, 'verdict', verdict);
  }
}

function writeArea(table: LongTable, { area, title, verdict, summary, metrics }: AreaReport): void {
  table.text({ section: 'area', area }, 'title', title);
  table.text({ section: 'area', area }, 'verdict', verdict);
  table.text({ section: 'area', area }, 'summary', summary);
  for (const [index, metric] of metrics.entries()) writeMetric(table, area, metric, index);
}

const STATISTICS = ['mean', 'min', 'max', 'p50', 'p95', 'p99', 'target'] as const;

function writeMetric(table: LongTable, area: Area, metric: MetricReport, index: number): void {
  const { name, unit } = metric;
  const subject = { section: 'metric', area, name, index };
  table.text(subject, 'description', metric.description);
  table.text(subject, 'better', metric.better);
  table.number(subject, 'count', metric.count);
  for (const field of STATISTICS) table.number(subject, field, metric[field], unit);
  table.text(subject, 'verdict', metric.verdict);
  table.text(subject, 'reason', metric.reason);
  writeComparison(table, { ...subject, section: 'metricPrevious' }, metric.previous, unit);
  writeComparison(table, { ...subject, section: 'metricBaseline' }, metric.baseline, unit);
  for (const { time, mean, min, max } of metric.points) {
    const point = { ...subject, section: 'point', time };
    table.number(point, 'mean', mean, unit);
    table.number(point, 'min', min, unit);
    table.number(point, 'max', max, unit);
  }
}

const RATIO = 'ratio';

function writeComparison(
  table: LongTable,
  subject: Subject,
  comparison: Comparison | undefined,
  unit: string,
): void {
  if (!comparison) return;
  table.number(subject, 'mean', comparison.mean, unit);
  table.number(subject, 'change', comparison.change, RATIO);
  writeInterval(table, subject, 'interval', comparison.interval, RATIO);
  table.text(subject, 'judgement', comparison.judgement);
  table.text(subject, 'message', comparison.message);
}

/** As `intervalLow` and `intervalHigh`. */
function writeInterval(
  table: LongTable,
  subject: Subject,
  field: string,
  interval: readonly [number, number] | undefined,
  unit: string,
): void {
  table.number(subject, `${field}Low`, interval?.[0], unit);
  table.number(subject, `${field}High`, interval?.[1], unit);
}

function writeFindings(table: LongTable, { recommendations, trends, anomalies }: PerformanceReport): void {
  for (const [index, { id, priority, area, message, evidence }] of recommendations.entries()) {
    const subject = { section: 'recommendation', area, name: id, index };
    table.text(subject, 'priority', priority);
    table.text(subject, 'message', message);
    for (const sentence of evidence) table.text(subject, 'evidence', sentence);
  }
  for (const [index, trend] of trends.entries()) {
    const subject = { section: 'trend', area: trend.area, name: trend.metric, index };
    table.text(subject, 'direction', trend.direction);
    table.text(subject, 'judgement', trend.judgement);
    table.number(subject, 'slopePerHour', trend.slopePerHour, trend.unit);
    writeInterval(table, subject, 'interval', trend.interval, trend.unit);
    table.number(subject, 'confidence', trend.confidence, RATIO);
    table.text(subject, 'message', trend.message);
  }
  for (const [index, anomaly] of anomalies.entries()) {
    const subject = { section: 'anomaly', area: anomaly.area, name: anomaly.metric, index };
    table.text(subject, 'severity', anomaly.severity);
    table.time(subject, 'from', anomaly.from);
    table.time(subject, 'to', anomaly.to);
    table.number(subject, 'value', anomaly.value, anomaly.unit);
    writeInterval(table, subject, 'expected', anomaly.expected, anomaly.unit);
    table.text(subject, 'message', anomaly.message);
  }
}

function writeBenchmark(table: LongTable, benchmark: BenchmarkReport, index: number): void {
  const name = benchmark.id;
  const subject = { section: 'benchmark', name, index };
  table.number(subject, 'runs', benchmark.runs);
  for (const field of ['mean', 'median', 'min', 'max', 'p95', 'standardDeviation'] as const) {
    table.number(subject, field, benchmark[`${field}Ms`], 'ms');
  }
  writeInterval(table, subject, 'interval', benchmark.interval, 'ms');
  writeComparison(table, { ...subject, section: 'benchmarkPrevious' }, benchmark.previous, 'ms');
  for (const [place, { label, runs, medianDeltaMs }] of benchmark.measurements.entries()) {
    const measurement = { section: 'measurement', name, index: place };
    table.text(measurement, 'label', label);
    table.number(measurement, 'runs', runs);
    table.number(measurement, 'medianDelta', medianDeltaMs, 'ms');
  }
}

function writeEvent(
  table: LongTable,
  { type, count, previousCount, samples }: EventReport,
  index: number,
): void {
  const subject = { section: 'event', name: type, index };
  table.number(subject, 'count', count);
  table.number(subject, 'previousCount', previousCount);
  for (const { time, data } of samples)
    table.text({ ...subject, section: 'eventSample', time }, 'data', data);
}
