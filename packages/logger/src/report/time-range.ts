import {
  ConfigurationError,
  DURATION_FORMAT,
  type Duration,
  option,
  readDuration,
  readValue,
} from '@evenkeel/core';
import type { TimeRange } from '../history/history.ts';
import type { ReportRange } from './report.ts';
import { atTime, roughly } from './words.ts';

/** How far back from now, `'15m'`, `'7d'`, ms; or from when to when, in ms since 1970, `to` not being part of it. */
export type ReportTimeRange = Duration | TimeRange;

/* Below, there is nothing to summarise. */
const SHORTEST_MS = 1000;
/* A year, leap or not. Histories keep less; more is a wrong unit. */
const LONGEST_MS = 366 * 86_400_000;

/* In ms since 1970, as far as `Date` goes. */
const TIME = option.integer({ min: -8.64e15, max: 8.64e15 });

const BOUNDS = 'from 1 second to 366 days';

/**
 * @param now in ms since 1970
 * @throws ConfigurationError
 */
export function readTimeRange(owner: string, timeRange: unknown, now: number): ReportRange {
  const ms = readDuration(timeRange);
  if (ms !== undefined && ms >= SHORTEST_MS && ms <= LONGEST_MS) {
    const to = Math.floor(now);
    return { from: to - Math.round(ms), to, label: `last ${roughly(ms).replace(/^1 /, '')}` };
  }
  const { from, to } = readBounds(owner, timeRange);
  return { from, to, label: rangeLabel(from, to) };
}

/** `2026-11-21 10:00 to 11:00 UTC`. */
export function rangeLabel(from: number, to: number): string {
  const [start, end] = [atTime(from), atTime(to)];
  const [day, time] = [end.slice(0, 'yyyy-mm-dd'.length), end.slice('yyyy-mm-dd '.length)];
  return `${start.replace(' UTC', '')} to ${start.startsWith(day) ? time : end}`;
}

function readBounds(owner: string, timeRange: unknown): TimeRange {
  if (typeof timeRange !== 'object' || timeRange === null) {
    const expected = `${DURATION_FORMAT}, or { from, to } in ms since 1970, ${BOUNDS}`;
    throw new ConfigurationError(owner, [{ path: 'timeRange', value: timeRange, expected }]);
  }
  const bounds = readValue(owner, 'timeRange', timeRange, option.object<TimeRange>({ from: TIME, to: TIME }));
  const { from, to } = bounds;
  if (to - from >= SHORTEST_MS && to - from <= LONGEST_MS) return bounds;
  const expected = `after timeRange.from, ${from}, by ${BOUNDS}`;
  throw new ConfigurationError(owner, [{ path: 'timeRange.to', value: to, expected }]);
}
