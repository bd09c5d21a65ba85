import { ConfigurationError, VirtualClock } from '@evenkeel/core';
import { type ExportFormat, MetricsCollector } from '@evenkeel/metrics-exporter';
import { describe, expect, it } from 'vitest';

/** One metric of each type; `label` is the value of each label. */
function filled(label: string): MetricsCollector {
  const collector = new MetricsCollector({ clock: new VirtualClock(1_700_000_000_000) });
  const labels = ['name'] as const;
  const of = { name: label };
  collector.counter('c', { labels, description: 'A "counter",\nwith \\n.', unit: 'bytes' }).inc(1.5, of);
  collector.gauge('g', { labels }).set(-Infinity, of);
  collector.histogram('h', { labels, buckets: [0.5, 1e6] }).observe(2, of);
  collector.summary('s', { labels, quantiles: [0.5] }).labels(of);
  collector.timer('t', { labels, buckets: [250] }).observe(250, of);
  return collector;
}

/** An export without what the collector says about itself. */
function ownLines(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => !line.includes('evenkeel_metrics_exporter'));
}

describe('the Prometheus text format', () => {
  it('has each family once, escaped, and ends with a line feed', () => {
    const text = filled('a "b" \\ \n c').exportMetrics('prometheus');
    const label = 'name="a \\"b\\" \\\\ \\n c"';
    expect(ownLines(text)).toEqual([
      '# HELP c_bytes_total A "counter",\\nwith \\\\n.',
      '# TYPE c_bytes_total counter',
      `c_bytes_total{${label}} 1.5`,
      '# HELP g g',
      '# TYPE g gauge',
      `g{${label}} -Inf`,
      '# HELP h h',
      '# TYPE h histogram',
      `h_bucket{${label},le="0.5"} 0`,
      `h_bucket{${label},le="1000000"} 1`,
      `h_bucket{${label},le="+Inf"} 1`,
      `h_sum{${label}} 2`,
      `h_count{${label}} 1`,
      '# HELP s s',
      '# TYPE s summary',
      `s{${label},quantile="0.5"} NaN`,
      `s_sum{${label}} 0`,
      `s_count{${label}} 0`,
      '# HELP t_seconds t',
      '# TYPE t_seconds histogram',
      `t_seconds_bucket{${label},le="0.25"} 1`,
      `t_seconds_bucket{${label},le="+Inf"} 1`,
      `t_seconds_sum{${label}} 0.25`,
      `t_seconds_count{${label}} 1`,
      '',
    ]);
    expect(text).not.toContain('\r');
  });

  it('renders what changed since the last export', () => {
    const collector = filled('x');
    const first = collector.exportMetrics('prometheus');
    collector.counter('c').inc(1, { name: 'x' } as object);
    const second = collector.exportMetrics('prometheus');
    expect(ownLines(second)).toEqual(
      ownLines(first.replace('c_bytes_total{name="x"} 1.5', 'c_bytes_total{name="x"} 2.5')),
    );
  });

  it('is not changed by exports in other formats', () => {
    const collector = filled('x');
    const before = collector.exportMetrics('prometheus');
    collector.exportMetrics('json');
    collector.exportMetrics('csv');
    expect(ownLines(collector.exportMetrics('prometheus'))).toEqual(ownLines(before));
  });
});

describe('JSON', () => {
  it('holds the snapshot, numbers that JSON lacks as strings', () => {
    const collector = filled('x');
    const parsed: unknown = JSON.parse(collector.exportMetrics('json'));
    const labels = { name: 'x' };
    const about = (name: string, exportedName = name) => ({ name, exportedName, labelNames: ['name'] });
    expect(parsed).toEqual({
      timestamp: 1_700_000_000_000,
      metrics: expect.arrayContaining([
        {
          ...about('c', 'c_bytes_total'),
          type: 'counter',
          description: 'A "counter",\nwith \\n.',
          unit: 'bytes',
          series: [{ labels, value: 1.5 }],
        },
        { ...about('g'), type: 'gauge', description: 'g', series: [{ labels, value: '-Inf' }] },
        {
          ...about('h'),
          type: 'histogram',
          description: 'h',
          series: [
            {
              labels,
              count: 1,
              sum: 2,
              buckets: [
                { le: 0.5, count: 0 },
                { le: 1e6, count: 1 },
                { le: '+Inf', count: 1 },
              ],
            },
          ],
        },
        {
          ...about('s'),
          type: 'summary',
          description: 's',
          series: [{ labels, count: 0, sum: 0, quantiles: [{ quantile: 0.5, value: 'NaN' }] }],
        },
        {
          ...about('t', 't_seconds'),
          type: 'timer',
          description: 't',
          unit: 'seconds',
          series: [
            {
              labels,
              count: 1,
              sum: 0.25,
              buckets: [
                { le: 0.25, count: 1 },
                { le: '+Inf', count: 1 },
              ],
            },
          ],
        },
      ]),
    });
  });
});

describe('CSV', () => {
  it('has a row per sample, quoted after RFC 4180', () => {
    const text = filled('a,"b"\r\nc').exportMetrics('csv');
    const row = (type: string, metric: string, sample: string, value: string, more = ''): string =>
      `1700000000000,${metric},${type},${sample},"{""name"":""a,\\""b\\""\\r\\nc""${more}}",${value}`;
    expect(text.endsWith('\r\n')).toBe(true);
    expect(ownLines(text)).toEqual([
      'timestamp,metric,type,sample,labels,value',
      row('counter', 'c', 'c_bytes_total', '1.5'),
      row('gauge', 'g', 'g', '-Infinity'),
      row('histogram', 'h', 'h_bucket', '0', ',""le"":""0.5""'),
      row('histogram', 'h', 'h_bucket', '1', ',""le"":""1000000""'),
      row('histogram', 'h', 'h_bucket', '1', ',""le"":""+Inf""'),
      row('histogram', 'h', 'h_sum', '2'),
      row('histogram', 'h', 'h_count', '1'),
      row('summary', 's', 's', 'NaN', ',""quantile"":""0.5""'),
      row('summary', 's', 's_sum', '0'),
      row('summary', 's', 's_count', '0'),
      row('timer', 't', 't_seconds_bucket', '1', ',""le"":""0.25""'),
      row('timer', 't', 't_seconds_bucket', '1', ',""le"":""+Inf""'),
      row('timer', 't', 't_seconds_sum', '0.25'),
      row('timer', 't', 't_seconds_count', '1'),
      '',
    ]);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '"=1'])(
    'has no text cell that a spreadsheet takes for a formula: %j',
    (hostile) => {
      const [header = '', ...rows] = parseCsv(filled(hostile).exportMetrics('csv'));
      const columns = header === '' ? [] : header;
      for (const row of rows) {
        const cells = Object.fromEntries(row.map((cell, index) => [columns[index], cell]));
        expect(JSON.parse(cells.labels ?? '')).toMatchObject(
          row[1]?.startsWith('even') ? {} : { name: hostile },
        );
        for (const column of ['metric', 'type', 'sample', 'labels']) {
          expect(cells[column]).toMatch(/^[^=+\-@\t\r]/);
        }
      }
    },
  );
});

it.each([
  ['prometheus', 'text/plain; version=0.0.4; charset=utf-8'],
  ['json', 'application/json; charset=utf-8'],
  ['csv', 'text/csv; charset=utf-8; header=present'],
] as const)('serves %s as %s', (format, type) => {
  expect(new MetricsCollector().contentType(format)).toBe(type);
});

it('refuses a format it does not know, listing those it does', () => {
  const collector = new MetricsCollector();
  for (const format of ['openmetrics', undefined, 'JSON'] as unknown as ExportFormat[]) {
    for (const attempt of [() => collector.exportMetrics(format), () => collector.contentType(format)]) {
      expect(attempt).toThrow(ConfigurationError);
      expect(attempt).toThrow('format must be one of "json", "prometheus", "csv"');
    }
  }
});

/** A reader of RFC 4180, written for this test. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cells = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let match = cells.exec(text); match; match = cells.exec(text)) {
    const [, quoted, plain = '', end] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\r\n') {
      rows.push(row);
      row = [];
    }
    if (cells.lastIndex === text.length) return rows;
  }
  throw new Error('the text is no CSV');
}
