import type { MetricSnapshot, MetricsSnapshot } from '../snapshot.ts';

const COLUMNS = ['timestamp', 'metric', 'type', 'sample', 'labels', 'value'];

/** Spreadsheets take a cell that begins so for a formula. */
const FORMULA_START = /^[=+\-@\t\r]/;

/**
 * A row for each sample that the text format would have, after RFC 4180 (CRLF, header row): wall time in ms,
 * the metric's name and type, the sample's name, its labels as a JSON object, and its value in base units,
 * spelled as JavaScript does.
 */
export function renderCsv({ timestamp, metrics }: MetricsSnapshot): string {
  const rows = metrics.flatMap((metric) =>
    samplesOf(metric).map(({ name, labels, value }) =>
      [
        String(timestamp),
        textCell(metric.name),
        metric.type,
        textCell(name),
        textCell(JSON.stringify(labels)),
        String(value),
      ].join(','),
    ),
  );
  return [COLUMNS.join(','), ...rows, ''].join('\r\n');
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function samplesOf(metric: MetricSnapshot): Sample[] {
  const name = metric.exportedName;
  switch (metric.type) {
    case 'counter':
    case 'gauge':
      return metric.series.map(({ labels, value }) => ({ name, labels, value }));
    case 'histogram':
    case 'timer':
      return metric.series.flatMap(({ labels, buckets, sum, count }) => [
        ...buckets.map((bucket) => ({
          name: `${name}_bucket`,
          labels: { ...labels, le: bucket.le === Infinity ? '+Inf' : String(bucket.le) },
          value: bucket.count,
        })),
        { name: `${name}_sum`, labels, value: sum },
        { name: `${name}_count`, labels, value: count },
      ]);
    case 'summary':
      return metric.series.flatMap(({ labels, quantiles, sum, count }) => [
        ...quantiles.map(({ quantile, value }) => ({
          name,
          labels: { ...labels, quantile: String(quantile) },
          value,
        })),
        { name: `${name}_sum`, labels, value: sum },
        { name: `${name}_count`, labels, value: count },
      ]);
  }
}

function textCell(text: string): string {
  const inert = FORMULA_START.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
