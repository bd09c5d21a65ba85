import { polynomial } from './polynomial.ts';

/*
 * Rational approximations of W. J. Cody, "Rational Chebyshev Approximations for the Error Function",
 * Mathematics of Computation 23 (1969), in the form for the normal distribution of W. J. Cody, "Algorithm 715:
 * SPECFUN", ACM Transactions on Mathematical Software 19 (1993), function ANORM. Highest power first.
 */
const CENTER_TOP = [
  6.5682337918207449113e-2, 2.2352520354606839287, 1.6102823106855587881e2, 1.0676894854603709582e3,
  1.8154981253343561249e4,
];
const CENTER_BOTTOM = [
  1, 4.720258190468824187e1, 9.7609855173777669322e2, 1.0260932208618978205e4, 4.5507789335026729956e4,
];
const MIDDLE_TOP = [
  1.0765576773720192317e-8, 3.9894151208813466764e-1, 8.8831497943883759412, 9.3506656132177855979e1,
  5.9727027639480026226e2, 2.4945375852903726711e3, 6.8481904505362823326e3, 1.1602651437647350124e4,
  9.8427148383839780218e3,
];
const MIDDLE_BOTTOM = [
  1, 2.2266688044328115691e1, 2.3538790178262499861e2, 1.519377599407554805e3, 6.485558298266760755e3,
  1.8615571640885098091e4, 3.4900952721145977266e4, 3.8912003286093271411e4, 1.9685429676859990727e4,
];
const TAIL_TOP = [
  2.307344176494017303e-2, 2.1589853405795699e-1, 1.274011611602473639e-1, 2.2235277870649807e-2,
  1.421619193227893466e-3, 2.9112874951168792e-5,
];
const TAIL_BOTTOM = [
  1, 1.28426009614491121, 4.68238212480865118e-1, 6.59881378689285515e-2, 3.78239633202758244e-3,
  7.29751555083966205e-5,
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
