import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineChart } from '../../../../src/report/formats/chart/line-chart.ts';
import { sparkline } from '../../../../src/report/formats/chart/sparkline.ts';
import { textSparkline } from '../../../../src/report/formats/chart/text-sparkline.ts';
import type { MetricReport, ReportAnomaly, ReportRange } from '../../../../src/report/report.ts';
import { anyMetric } from '../any-report.ts';
import { SAMPLE_REPORT } from '../sample-report.ts';

const { timeRange } = SAMPLE_REPORT;

function sample(area: 'http' | 'memory', index: number): MetricReport {
  const metric = SAMPLE_REPORT.detailed[area]?.metrics[index];
  if (!metric) throw new Error('the sample has no such metric');
  return metric;
}

function chart(metric: MetricReport, anomalies: readonly ReportAnomaly[] = []): string {
  return lineChart({ id: 'c', metric, range: timeRange, anomalies }).toString();
}

/** All numbers that say where something is drawn. */
function coordinates(svg: string): number[] {
  const attributes = [...svg.matchAll(/ (?:d|x|y|cx|cy|width|height)="([^"]*)"/g)].map(
    ([, value = '']) => value,
  );
  return attributes
    .flatMap((value) => value.split(/[MLHVZhvlz\s-]+/).filter((part) => part !== ''))
    .map(Number);
}

describe('lineChart', () => {
  it('breaks the line and the band where values are missing, and marks the gap', () => {
    const svg = chart(sample('http', 0));
    expect(svg.match(/<g class="line">(<path [^>]*>(<\/path>)?){2}<\/g>/)).not.toBeNull();
    expect(svg.match(/<g class="band">(<path [^>]*>){2}<\/g>/)).not.toBeNull();
    expect(svg.match(/<g class="gap">(<rect [^>]*>){1}<\/g>/)).not.toBeNull();
    expect(svg).toContain('One stretch without values.');
  });

  it('marks target and anomalies, and tells of them in words', () => {
    const svg = chart(sample('http', 0), SAMPLE_REPORT.anomalies.slice(0, 1));
    expect(svg).toContain('>target 200</text>');
    expect(svg).toContain('<g class="anomaly warning"><title>Twice as long as usual for 5 minutes.</title>');
    expect(svg).toContain('One anomaly.');
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="c-title c-description"/);
    expect(svg).toContain('<title id="c-title">response-time, ms</title>');
  });

  it('leaves out a target that is far away', () => {
    expect(chart({ ...sample('http', 0), target: 100_000 })).not.toContain('class="target"');
    expect(chart({ ...sample('http', 0), target: -5000 })).not.toContain('class="target"');
  });

  it('cuts a band that would press the line flat, and says so', () => {
    expect(chart(sample('http', 2))).toContain(`▲ up to ${sample('http', 2).max}`);
    expect(chart(sample('memory', 0))).not.toContain('▲');
  });

  it('draws a single value as a dot', () => {
    const [first] = sample('http', 0).points;
    expect(chart({ ...sample('http', 0), points: first ? [first] : [] })).toMatch(
      /<g class="line"><path d="M[\d. ]+h0"/,
    );
  });

  it('stays within its frame, whatever the values and times', () => {
    const time = fc.integer({ min: -8.64e15, max: 8.64e15 });
    const anyRange = fc.tuple(time, time).map(([from, to]): ReportRange => ({ from, to, label: '' }));
    fc.assert(
      fc.property(anyMetric, anyRange, (metric, range) => {
        for (const svg of [
          lineChart({ id: 'c', metric, range, anomalies: SAMPLE_REPORT.anomalies }).toString(),
          sparkline(metric.points, range).toString(),
        ]) {
          const wrong = coordinates(svg).filter((value) => !(value >= 0 && value <= 362));
          expect(wrong).toEqual([]);
        }
        expect([...textSparkline(metric.points, range)]).toHaveLength(16);
      }),
      { numRuns: 500 },
    );
  });
});

describe('textSparkline', () => {
  const points = (...means: number[]) => means.map((mean, time) => ({ time, mean, min: mean, max: mean }));

  it('is the course in sixteen characters', () => {
    const rising = points(...Array.from({ length: 16 }, (_, index) => index));
    expect(textSparkline(rising, { from: 0, to: 16, label: '' })).toBe('▁▁▂▂▃▃▄▄▅▅▆▆▇▇██');
    expect(textSparkline(points(5, 5), { from: 0, to: 16, label: '' })).toBe('▅▅              ');
    expect(textSparkline([], { from: 0, to: 16, label: '' })).toBe(' '.repeat(16));
    expect(textSparkline(points(1), { from: 0, to: 0, label: '' })).toBe(' '.repeat(16));
  });
});
