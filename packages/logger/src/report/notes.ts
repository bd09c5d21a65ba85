import { median } from '@evenkeel/core/statistics';
import type { HistorySlice } from '../history/history.ts';
import { FEWEST_VALUES } from './analysis/compare.ts';
import type { MetricAnalysis } from './metric-analysis.ts';
import { atTime, counted, listed, periodBefore, roughly } from './words.ts';

export interface NotesInput {
  readonly current: HistorySlice;
  readonly previous: HistorySlice | undefined;
  readonly metrics: readonly MetricAnalysis[];
  /** Metrics that leave their usual range again and again. */
  readonly recurring: readonly string[];
  /** What did not fit in: `12 metrics of HTTP`. */
  readonly leftOut: readonly string[];
}

/** What the reader has to know of the data. */
export function describeData({ current, previous, metrics, recurring, leftOut }: NotesInput): string[] {
  if (metrics.length === 0) return [...lostRecords(current), ...leftOut.map(isLeftOut)];
  const before = periodBefore(current.range.to - current.range.from);
  return [
    ...gaps(current, metrics),
    ...lostRecords(current),
    ...(previous
      ? silentInstances(current, previous, before)
      : [`Nothing was recorded in ${before} to compare with.`]),
    ...fewValues(metrics),
    ...ignoredValues(metrics),
    ...(recurring.length === 0
      ? []
      : [
          `${listed(recurring)} ${recurring.length === 1 ? 'leaves its' : 'leave their'} usual range again and again.`,
        ]),
    ...truncatedBenchmarks(current),
    ...leftOut.map(isLeftOut),
  ];
}

function isLeftOut(what: string): string {
  return `Not shown for lack of room: ${what}.`;
}

function lostRecords({ lost }: HistorySlice): string[] {
  return lost > 0 ? [`${counted(lost, 'record')} of this time ${lost === 1 ? 'was' : 'were'} lost.`] : [];
}

function silentInstances(current: HistorySlice, previous: HistorySlice, before: string): string[] {
  const silent = previous.instances.filter((name) => !current.instances.includes(name));
  if (silent.length === 0) return [];
  return [`${listed(silent)} wrote in ${before} and not in this time.`];
}

function fewValues(metrics: readonly MetricAnalysis[]): string[] {
  const few = metrics.filter(({ series }) => series.steps.length < FEWEST_VALUES);
  if (few.length === 0) return [];
  const names = listed(few.map(({ report }) => report.name));
  return [`Too few values to compare, to see trends or anomalies: ${names}.`];
}

function ignoredValues(metrics: readonly MetricAnalysis[]): string[] {
  const ignored = metrics.reduce((sum, { series }) => sum + series.sketch.ignored, 0);
  return ignored === 0
    ? []
    : [
        `${counted(ignored, 'value')} that ${ignored === 1 ? 'was' : 'were'} no finite number ${ignored === 1 ? 'is' : 'are'} left out.`,
      ];
}

function truncatedBenchmarks({ benchmarks }: HistorySlice): string[] {
  return benchmarks
    .filter(({ runs, count }) => runs.length > 0 && count > runs.length)
    .slice(0, 1)
    .map(({ runs }) => `Statistics of benchmarks are of the newest ${counted(runs.length, 'run')}.`);
}

/* A pause of so many steps, and of so many usual distances between values, is no longer the usual distance. */
const GAP_STEPS = 3;
const GAP_DISTANCES = 5;
const MAX_GAPS = 5;

/** Times without a value of any metric. */
function gaps({ range, stepMs }: HistorySlice, metrics: readonly MetricAnalysis[]): string[] {
  const seen = new Set<number>();
  for (const { series } of metrics) for (const { time } of series.steps) seen.add(time);
  const times = [...seen].sort((a, b) => a - b);
  const distances = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const usual = distances.length === 0 ? stepMs : median(distances);
  const least = Math.max(GAP_STEPS * stepMs, GAP_DISTANCES * usual);
  const found: string[] = [];
  let covered = range.from;
  for (const time of [...times, range.to]) {
    if (time - covered >= least) {
      found.push(`Nothing was recorded for ${roughly(time - covered)} from ${atTime(covered)}.`);
    }
    covered = time + stepMs;
  }
  const more = found.length - MAX_GAPS;
  return more > 0 ? [...found.slice(0, MAX_GAPS), `There are ${counted(more, 'more gap')}.`] : found;
}
