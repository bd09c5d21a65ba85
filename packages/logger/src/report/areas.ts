import { AREAS, type Area } from '../log-record.ts';
import { areaTitle } from './area-title.ts';
import type { MetricAnalysis } from './metric-analysis.ts';
import { pointsOf } from './points.ts';
import type { AreaReport, PerformanceReport, Verdict } from './report.ts';
import { VERDICT_RANK, worstVerdict } from './verdicts.ts';
import { counted, shortName } from './words.ts';

/* A chapter that can still be read. */
const MAX_METRICS = 30;

export interface Areas {
  readonly detailed: PerformanceReport['detailed'];
  readonly verdict: Verdict;
  readonly leftOut: readonly string[];
}

/** A chapter for each area with data; its worst metrics first. */
export function describeAreas(metrics: readonly MetricAnalysis[]): Areas {
  const chapters = AREAS.flatMap((area) => {
    const own = metrics.filter(({ series }) => series.definition.area === area).sort(byUrgency);
    return own.length === 0 ? [] : [{ area, metrics: own }];
  });
  return {
    detailed: Object.fromEntries(chapters.map(({ area, metrics: own }) => [area, chapter(area, own)])),
    verdict: worstVerdict(metrics.map(({ report }) => report.verdict)),
    leftOut: chapters.flatMap(({ area, metrics: own }) =>
      own.length > MAX_METRICS
        ? [`${counted(own.length - MAX_METRICS, 'metric')} of ${areaTitle(area)}`]
        : [],
    ),
  };
}

/** The worst first: by verdict, by how far the target is missed, by how much it got worse, by name. */
export function byUrgency(a: MetricAnalysis, b: MetricAnalysis): number {
  return (
    VERDICT_RANK[a.report.verdict] - VERDICT_RANK[b.report.verdict] ||
    b.missed - a.missed ||
    worsening(b) - worsening(a) ||
    (a.report.name < b.report.name ? -1 : 1)
  );
}

function worsening({ report: { previous } }: MetricAnalysis): number {
  return previous?.judgement === 'worse' ? Math.abs(previous.change ?? Number.MAX_VALUE) : 0;
}

function chapter(area: Area, metrics: readonly MetricAnalysis[]): AreaReport {
  return {
    area,
    title: areaTitle(area),
    verdict: worstVerdict(metrics.map(({ report }) => report.verdict)),
    summary: summarise(metrics),
    metrics: metrics
      .slice(0, MAX_METRICS)
      .map(({ report, series }) => ({ ...report, points: pointsOf(series) })),
  };
}

function summarise(metrics: readonly MetricAnalysis[]): string {
  const [worst] = metrics;
  const bad = metrics.filter(({ report: { verdict } }) => verdict === 'critical' || verdict === 'warning');
  if (worst && bad.length > 0) {
    const others = bad.length - 1;
    const more =
      others === 0 ? '' : `, and ${counted(others, 'other metric needs', 'other metrics need')} attention`;
    return `${shortName(worst.report.name)}: ${worst.report.reason ?? 'needs attention'}${more}.`;
  }
  const good = metrics.filter(({ report }) => report.verdict === 'good').length;
  if (good === metrics.length)
    return good === 1 ? 'Its only metric is fine.' : `All ${good} metrics are fine.`;
  if (good > 0)
    return `${counted(good, 'metric')} of ${metrics.length} can be judged and ${good === 1 ? 'is' : 'are'} fine.`;
  return `${counted(metrics.length, 'metric')} without a target or enough of a past to be judged by.`;
}
