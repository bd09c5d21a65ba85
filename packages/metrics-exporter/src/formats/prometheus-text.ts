import type { HistogramSeries } from '../engine/histogram.ts';
import type { MetricType } from '../engine/instruments.ts';
import type { AnyFamily } from '../engine/registry.ts';
import type { Series } from '../engine/series.ts';
import type { SummarySeries } from '../engine/summary.ts';
import { spellNumber } from './spell-number.ts';

const TEXT_TYPES: Readonly<Record<MetricType, string>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  timer: 'histogram',
  summary: 'summary',
};

/**
 * The text format 0.0.4 of Prometheus.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function renderPrometheusText(families: Iterable<AnyFamily>): string {
  let text = '';
  for (const family of families) text += renderFamily(family);
  return text;
}

function renderFamily(family: AnyFamily): string {
  const { exportedName: name, description, labels } = family.schema;
  const head = `# HELP ${name} ${escapeHelp(description)}\n# TYPE ${name} ${TEXT_TYPES[family.type]}\n`;
  switch (family.type) {
    case 'counter':
    case 'gauge':
      return head + valueLines(name, labels, family.series);
    case 'histogram':
    case 'timer':
      return head + histogramLines(name, labels, family.series, family.schema.buckets);
    case 'summary':
      return head + summaryLines(name, labels, family.series, family.schema.quantiles);
  }
}

function valueLines(
  name: string,
  names: readonly string[],
  all: readonly (Series & { readonly value: number })[],
): string {
  let lines = '';
  for (const series of all) {
    series.text ??= names.length === 0 ? `${name} ` : `${name}{${labelText(series, names)}} `;
    lines += `${series.text}${spellNumber(series.value)}\n`;
  }
  return lines;
}

function histogramLines(
  name: string,
  names: readonly string[],
  all: readonly HistogramSeries[],
  bounds: readonly number[],
): string {
  const start = `${name}_bucket{`;
  const separator = names.length === 0 ? '' : ',';
  const ends = [...bounds, Infinity].map((bound) => `${separator}le="${spellNumber(bound)}"} `);
  let lines = '';
  for (const series of all) {
    series.text ??= labelText(series, names);
    const labels = series.text;
    const counts = series.cumulative();
    for (const [index, end] of ends.entries()) lines += `${start}${labels}${end}${counts[index]}\n`;
    lines += totalLines(name, labels, series.sum, counts.at(-1) ?? 0);
  }
  return lines;
}

function summaryLines(
  name: string,
  names: readonly string[],
  all: readonly SummarySeries[],
  quantiles: readonly number[],
): string {
  const separator = names.length === 0 ? '' : ',';
  let lines = '';
  for (const series of all) {
    series.text ??= labelText(series, names);
    const labels = series.text;
    for (const quantile of quantiles) {
      const value = spellNumber(series.quantile(quantile));
      lines += `${name}{${labels}${separator}quantile="${quantile}"} ${value}\n`;
    }
    lines += totalLines(name, labels, series.sum, series.count);
  }
  return lines;
}

function totalLines(name: string, labels: string, sum: number, count: number): string {
  const braced = labels === '' ? '' : `{${labels}}`;
  return `${name}_sum${braced} ${spellNumber(sum)}\n${name}_count${braced} ${count}\n`;
}

function labelText({ values }: Series, names: readonly string[]): string {
  return names.map((name, index) => `${name}="${escapeValue(values[index] ?? '')}"`).join(',');
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeValue(text: string): string {
  return /[\\"\n]/.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text;
}
