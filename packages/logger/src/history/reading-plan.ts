import { option, readOptions } from '@evenkeel/core';
import type { HistoryQuery, TimeRange } from './history.ts';

/** Steps of time in which a history keeps series. */
export interface Tier {
  readonly stepMs: number;
  /** For how long. */
  readonly keptMs: number;
}

/** A part of a range, and the tier it is read from. Its ends are multiples of the tier's step. */
export interface Piece extends TimeRange {
  readonly stepMs: number;
}

export interface ReadingPlan extends TimeRange {
  /** Of the buckets: a multiple of each piece's step. */
  readonly stepMs: number;
  /** In the order of time, without gaps, from `from` to `to`. */
  readonly pieces: readonly Piece[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What all histories roll up to, the finest first. Each is a multiple of the one before. */
export const TIER_STEPS = { tenSeconds: 10 * SECOND, minutes: MINUTE, hours: HOUR } as const;

/* Those that a reader expects on an axis; past a day it is whole days. Each is a multiple of the tier's step below. */
const BUCKET_STEPS: readonly number[] = [
  ...[10, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR),
];

/* More than a chart has pixels. */
const MAX_STEPS = 5000;

/** {@link HistoryQuery}, checked and complete. */
export interface HistoryRequest {
  readonly range: TimeRange;
  readonly steps: number;
  readonly events: boolean;
  readonly benchmarks: boolean;
}

/** @throws ConfigurationError */
export function readQuery(query: HistoryQuery): HistoryRequest {
  const time = option.number({ min: -DAY * 1e8, max: DAY * 1e8 });
  const include = option.boolean().default(true);
  const {
    range,
    steps,
    include: included,
  } = readOptions<Required<HistoryQuery>>('History.read', query ?? {}, {
    range: option.object<TimeRange>({ from: time, to: time }),
    steps: option.integer({ min: 1, max: MAX_STEPS }),
    include: option
      .object({ events: include, benchmarks: include })
      .default({ events: true, benchmarks: true }),
  });
  const from = Math.floor(range.from);
  const later = option.number({ min: from + 1 });
  const { to } = readOptions('History.read', { to: Math.ceil(range.to) }, { to: later });
  return {
    range: { from, to },
    steps,
    events: included.events ?? true,
    benchmarks: included.benchmarks ?? true,
  };
}

/** The step of buckets that splits a range into at most so many, and can be made of steps of `finestMs`. */
export function bucketStep({ range, steps }: HistoryRequest, finestMs: number): number {
  const wanted = Math.max((range.to - range.from) / steps, finestMs);
  return (
    BUCKET_STEPS.find((step) => step >= wanted && step % finestMs === 0) ?? Math.ceil(wanted / DAY) * DAY
  );
}

/**
 * Which tier to read each part of a range from: the coarsest that the buckets allow for most of it, finer ones for its
 * ends, so that it begins and ends where it was asked to, as exactly as what is still kept can tell.
 *
 * @param tiers the finest first
 */
export function planReading(request: HistoryRequest, tiers: readonly Tier[], now: number): ReadingPlan {
  const coarsest = tiers.at(-1);
  const finest = tiers.find(({ keptMs }) => now - keptMs <= request.range.from) ?? coarsest;
  const stepMs = bucketStep(request, finest?.stepMs ?? HOUR);
  const usable = tiers.filter((tier) => stepMs % tier.stepMs === 0);
  const pieces = cover(request.range, usable, now);
  const [from, to] = [pieces[0]?.from ?? request.range.from, pieces.at(-1)?.to ?? request.range.to];
  return { stepMs, from, to, pieces };
}

/** Pieces that cover a range; by the last of the tiers, and at the ends by those before. */
function cover({ from, to }: TimeRange, tiers: readonly Tier[], now: number): Piece[] {
  const tier = tiers.at(-1);
  if (tier === undefined) return [];
  const finer = tiers.slice(0, -1);
  const keptByFiner = (time: number): boolean => finer.some(({ keptMs }) => time >= now - keptMs);
  const { stepMs } = tier;
  const [begin, end] = [
    keptByFiner(from) ? Math.ceil(from / stepMs) * stepMs : Math.floor(from / stepMs) * stepMs,
    keptByFiner(to) ? Math.floor(to / stepMs) * stepMs : Math.ceil(to / stepMs) * stepMs,
  ];
  if (begin >= end) {
    if (keptByFiner(from)) return cover({ from, to }, finer, now);
    return [{ stepMs, from: begin, to: Math.ceil(to / stepMs) * stepMs }];
  }
  return [
    ...(from < begin ? cover({ from, to: begin }, finer, now) : []),
    { stepMs, from: begin, to: end },
    ...(end < to ? cover({ from: end, to }, finer, now) : []),
  ];
}
