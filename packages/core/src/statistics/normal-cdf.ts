import { polynomial } from './polynomial.ts';

/*
 * Rational approximations of W. J. Cody, "Rational Chebyshev Approximations for the Error Function",
 * Mathematics of Computation 23 (1969), in the form for the normal distribution of W. J. Cody, "Algorithm 715:
 * SPECFUN", ACM Transactions on Mathematical Software 19 (1993), function ANORM. Highest power first.
 */
const CENTER_TOP = [
  0.06568233791820745, 2.2352520354606837, 161.02823106855587, 1067.6894854603709, 18154.98125334356,
];
const CENTER_BOTTOM = [1, 47.202581904688245, 976.0985517377767, 10260.932208618979, 45507.78933502673];
const MIDDLE_TOP = [
  1.0765576773720192e-8, 0.39894151208813466, 8.883149794388377, 93.50665613217785, 597.2702763948002,
  2494.5375852903726, 6848.190450536283, 11602.65143764735, 9842.714838383978,
];
const MIDDLE_BOTTOM = [
  1, 22.266688044328117, 235.387901782625, 1519.3775994075547, 6485.558298266761, 18615.571640885097,
  34900.95272114598, 38912.00328609327, 19685.429676859992,
];
const TAIL_TOP = [
  0.023073441764940174, 0.215898534057957, 0.12740116116024736, 0.022235277870649807, 0.0014216191932278934,
  2.9112874951168793e-5,
];
const TAIL_BOTTOM = [
  1, 1.284260096144911, 0.4682382124808651, 0.06598813786892856, 0.0037823963320275824, 7.297515550839662e-5,
];

const CENTER_END = 0.66291;
const MIDDLE_END = Math.sqrt(32);
const INVERSE_SQRT_2_PI = 0.3989422804014327;

/**
 * The probability that a standard normal variable is at most `z`. The upper tail is `normalCdf(-z)`, which
 * keeps its precision where `1 - normalCdf(z)` loses it.
 *
 * Relative error below 1e-14, also far out in the lower tail, where the result is a normal number (z > -37.5);
 * W. J. Cody's rational approximations (1969).
 *
 * @returns NaN for NaN
 */
export function normalCdf(z: number): number {
  const distance = Math.abs(z);
  if (distance <= CENTER_END) {
    const square = z * z;
    return 0.5 + (z * polynomial(CENTER_TOP, square)) / polynomial(CENTER_BOTTOM, square);
  }
  const tail = distance <= MIDDLE_END ? middle(distance) : farTail(distance);
  return z < 0 ? tail : 1 - tail;
}

function middle(distance: number): number {
  return density(distance) * (polynomial(MIDDLE_TOP, distance) / polynomial(MIDDLE_BOTTOM, distance));
}

function farTail(distance: number): number {
  if (distance === Number.POSITIVE_INFINITY) return 0;
  const inverse = 1 / (distance * distance);
  const series = (inverse * polynomial(TAIL_TOP, inverse)) / polynomial(TAIL_BOTTOM, inverse);
  return density(distance) * ((INVERSE_SQRT_2_PI - series) / distance);
}

/** exp(-x²/2), with x split so that the rounding of its square does not grow with it. */
function density(distance: number): number {
  const coarse = Math.trunc(distance * 16) / 16;
  const rest = (distance - coarse) * (distance + coarse);
  return Math.exp(-0.5 * coarse * coarse) * Math.exp(-0.5 * rest);
}
