import type { EventHistory, HistorySlice } from '../history/history.ts';
import type { EventReport } from './report.ts';

/* The last few show what it is about; all of them are in the history. */
const MAX_SAMPLES = 10;
/* A line of a report. */
const LONGEST_DATA = 500;

/** The most frequent first. */
export function describeEvents(current: HistorySlice, previous: HistorySlice | undefined): EventReport[] {
  const former = new Map(previous?.events.map(({ type, count }) => [type, count]));
  return current.events
    .filter(({ count }) => count > 0)
    .map((event) => describe(event, previous ? (former.get(event.type) ?? 0) : undefined))
    .sort((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1));
}

function describe({ type, count, samples }: EventHistory, previousCount: number | undefined): EventReport {
  return {
    type,
    count,
    ...(previousCount === undefined ? {} : { previousCount }),
    samples: samples
      .slice(-MAX_SAMPLES)
      .map(({ time, data }) => ({ time: Math.round(time), data: asLine(data) })),
  };
}

function asLine(data: unknown): string {
  const line = JSON.stringify(data) ?? '';
  return line.length > LONGEST_DATA ? `${line.slice(0, LONGEST_DATA)}…` : line;
}
