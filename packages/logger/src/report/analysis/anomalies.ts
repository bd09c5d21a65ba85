import { MAD_NORMAL_SCALE, median, normalQuantile, quantileOfSorted } from '@evenkeel/core/statistics';
import type { SeriesValues } from './series-values.ts';

/** Neighbouring steps that lie far outside the usual range. */
export interface Excursion {
  readonly from: number;
  /** Not part of it. */
  readonly to: number;
  /** The farthest mean of a step. */
  readonly value: number;
  readonly isAbove: boolean;
  /** The middle nine tenths of all other steps. */
  readonly expected: readonly [number, number];
  /** Distance from the median, in limits: above 1. */
  readonly score: number;
}

export interface Excursions {
  readonly found: readonly Excursion[];
  /** How often it happens, where it happens too often to be out of the ordinary; else 0. */
  readonly recurring: number;
}

const NONE: Excursions = { found: [], recurring: 0 };

/* Below, there is no usual range. */
const FEWEST_STEPS = 12;

/* One false alarm in a hundred reports, if the steps were normally distributed. */
const FALSE_ALARMS = 0.01;
/* They are not quite: tails are heavier, and the spread is itself an estimate. */
const SAFETY = 1.25;
/* Nearer to the median, in parts of it, nobody cares. */
const LEAST_CHANGE = 0.1;
/* One odd value, or two, are no matter. */
const FEWEST_VALUES = 3;
/* What happens more often belongs to the series. */
const MOST_EXCURSIONS = 3;
/* A step between two that stand out belongs to them. */
const LONGEST_BREAK_STEPS = 2;

/**
 * Runs of steps whose means are out of the ordinary: farther from the median than a limit of robust deviations, which
 * grows with the number of steps looked at. The deviation is taken for each side by itself, as the larger of the median
 * distance from the median and of the ninth decile's, so that skewed and heavy-tailed series raise no alarm. Steps of
 * fewer values than usual count for less.
 *
 * @param looks steps looked at in the whole report
 */
export function findExcursions(series: SeriesValues, looks: number): Excursions {
  const { steps, means } = series;
  if (steps.length < FEWEST_STEPS) return NONE;
  const sorted = means.toSorted();
  const scale = scaleOf(sorted);
  const limit = SAFETY * -normalQuantile(FALSE_ALARMS / (2 * Math.max(looks, steps.length)));
  const farthest = [scale(sorted[0] ?? 0), scale(sorted.at(-1) ?? 0)];
  if (farthest.every((distance) => Math.abs(distance) <= limit)) return NONE;

  const center = quantileOfSorted(sorted, 0.5);
  const usual = median(steps.map(({ count }) => count));
  const scores = means.map((mean, index) => {
    if (Math.abs(mean - center) < LEAST_CHANGE * Math.abs(center)) return 0;
    return (scale(mean) * Math.min(1, Math.sqrt((steps[index]?.count ?? 0) / usual))) / limit;
  });
  const runs = runsOf(series, scores).filter(({ count }) => count >= FEWEST_VALUES);
  if (runs.length > MOST_EXCURSIONS) return { found: [], recurring: runs.length };
  const others = means.filter((_, index) => Math.abs(scores[index] ?? 0) <= 1).sort();
  const expected = [quantileOfSorted(others, 0.05), quantileOfSorted(others, 0.95)] as const;
  return { found: runs.map(({ count, ...run }) => ({ ...run, expected })), recurring: 0 };
}

/** Gives the distance of a value from the median, in deviations of its side, with its sign. */
type Scale = (value: number) => number;

/**
 * The scale of a sorted sample. Where all values are positive, the nearer of the distances of the values and of their
 * logarithms: what is skewed to the right is even on the logarithm, and what is even lies deeper down there.
 */
function scaleOf(sorted: Float64Array): Scale {
  const linear = linearScale(sorted);
  if (!((sorted[0] ?? 0) > 0)) return linear;
  const logarithmic = linearScale(sorted.map(Math.log));
  return (value) => {
    const [plain, log] = [linear(value), logarithmic(Math.log(value))];
    return Math.abs(log) < Math.abs(plain) ? log : plain;
  };
}

function linearScale(sorted: Float64Array): Scale {
  const center = quantileOfSorted(sorted, 0.5);
  const half = sorted.length / 2;
  const below = deviationOf(sorted.slice(0, Math.ceil(half)).reverse(), center);
  const above = deviationOf(sorted.subarray(Math.floor(half)), center);
  return (value) => (value === center ? 0 : (value - center) / (value > center ? above : below));
}

/* Of the standard normal distribution: how far from its median four fifths lie. */
const NORMAL_FOUR_FIFTHS = normalQuantile(0.9);
/* √(π/2): makes the mean distance from the median an estimate of the standard deviation. */
const MEAN_SCALE = Math.sqrt(Math.PI / 2);

/** Robust standard deviation of one side, its values sorted by their distance from the median. */
function deviationOf(values: Float64Array, center: number): number {
  const distanceAt = (q: number): number => Math.abs(quantileOfSorted(values, q) - center);
  const deviation = Math.max(MAD_NORMAL_SCALE * distanceAt(0.5), distanceAt(0.8) / NORMAL_FOUR_FIFTHS);
  if (deviation > 0) return deviation;
  // Over four fifths are one value. A few others are out of the ordinary; of more there is a usual distance too.
  const others = values.filter((value) => value !== center);
  if (others.length > MOST_EXCURSIONS) return Math.abs(median(others) - center);
  return MEAN_SCALE * others.reduce((sum, value) => sum + Math.abs(value - center) / values.length, 0);
}

type Run = Omit<Excursion, 'expected'> & { readonly count: number };

function runsOf({ steps, means, stepMs }: SeriesValues, scores: Float64Array): Run[] {
  const runs: Run[] = [];
  for (const [index, { time, count }] of steps.entries()) {
    const signed = scores[index] ?? 0;
    const score = Math.abs(signed);
    if (!(score > 1)) continue;
    const isAbove = signed > 0;
    const to = time + stepMs;
    const value = means[index] ?? Number.NaN;
    const last = runs.at(-1);
    if (last && last.isAbove === isAbove && time - last.to < LONGEST_BREAK_STEPS * stepMs) {
      const farthest = score > last.score ? { value, score } : {};
      runs[runs.length - 1] = { ...last, to, count: last.count + count, ...farthest };
    } else {
      runs.push({ from: time, to, value, isAbove, score, count });
    }
  }
  return runs;
}
