import { clockText, dayText, shortDayText } from '../text/time-text.ts';

export interface TimeTick {
  readonly time: number;
  readonly text: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/* Steps that divide the next greater one, so that ticks stand at the round times of a clock in UTC. */
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((step) => step * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((step) => step * MINUTE),
  ...[1, 2, 3, 6, 12].map((step) => step * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 365].map((step) => step * DAY),
];

/* A label is as wide as a fifth of the chart. */
const MOST_TICKS = 5;

/** Round times in a range, at most five, with what is to stand under them; in UTC. */
export function timeTicks(from: number, to: number): readonly TimeTick[] {
  const length = to - from;
  if (!(length > 0)) return [];
  const step =
    STEPS.find((candidate) => length / candidate <= MOST_TICKS) ??
    Math.ceil(length / MOST_TICKS / (365 * DAY)) * 365 * DAY;
  const ticks: TimeTick[] = [];
  for (let time = Math.ceil(from / step) * step + 0; time < to && ticks.length < MOST_TICKS; time += step) {
    ticks.push({ time, text: label(time, step) });
  }
  return ticks;
}

function label(time: number, step: number): string {
  if (step >= 91 * DAY) return dayText(time);
  // Midnight says which day begins.
  return time % DAY === 0 ? shortDayText(time) : clockText(time);
}
