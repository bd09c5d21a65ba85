/** Values on an axis, from the bottom to the top. */
export interface ValueScale {
  /** Where a value is: 0 at the bottom, 1 at the top; values beyond the ends are put at the ends. */
  readonly place: (value: number) => number;
  /** Ascending, in round numbers, between the ends. */
  readonly ticks: readonly number[];
}

/* Between four and six lines is what a chart of this size bears. */
const ABOUT_TICKS = 4;

/* 0.0004 / 0.0001 is a little more than 4. */
const ROUNDING = 1e-9;

/**
 * A scale that holds both values, with round numbers at its ends and in between. Zero belongs to it unless all is far
 * from there: a rise from 100 to 101 is to look like one, not like a doubling.
 *
 * P. Heckbert, "Nice Numbers for Graph Labels", Graphics Gems (1990).
 */
export function valueScale(least: number, greatest: number): ValueScale {
  const [low, high] = ends(least, greatest);
  const step = roundStep((high / 2 - low / 2) / (ABOUT_TICKS / 2));
  const first = Math.floor(low / step + ROUNDING);
  const last = Math.ceil(high / step - ROUNDING);
  const ticks: number[] = [];
  for (let index = first; index <= last && ticks.length < 2 * ABOUT_TICKS; index++) {
    const tick = Number((index * step).toPrecision(12));
    if (Number.isFinite(tick)) ticks.push(tick);
  }
  const bottom = ticks[0] ?? low;
  const top = ticks.at(-1) ?? high;
  // Halves, because the distance of the greatest numbers is beyond what a number can be.
  const height = top / 2 - bottom / 2;
  const place = (value: number): number => {
    const fraction = (value / 2 - bottom / 2) / height;
    return Number.isNaN(fraction) ? 0 : Math.min(1, Math.max(0, fraction));
  };
  return { place, ticks };
}

/* Below this there is no room for round steps between two numbers. */
const LEAST_SPAN = 1e-300;

function ends(least: number, greatest: number): readonly [low: number, high: number] {
  const low = least > 0 && least < greatest * 0.6 ? 0 : least;
  const high = greatest < 0 && greatest > least * 0.6 ? 0 : greatest;
  const magnitude = Math.max(Math.abs(low), Math.abs(high));
  if (magnitude < LEAST_SPAN) return [0, 1];
  // A level line stands in the middle, not on an axis whose steps are beyond what numbers can tell apart.
  if (high / 2 - low / 2 > magnitude * 1e-9) return [low, high];
  return low > 0 ? [0, high * (magnitude > 1e300 ? 1 : 1.25)] : [low * (magnitude > 1e300 ? 1 : 1.25), 0];
}

/** The next of 1, 2, 2.5, 5 times a power of ten that is no less. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 2.5, 5].find((candidate) => candidate * power >= step * 0.999) ?? 10;
  return factor * power;
}
