/**
 * Data sets of the NIST Statistical Reference Datasets, univariate summary statistics, with the certified mean,
 * standard deviation and lag-1 autocorrelation (https://www.itl.nist.gov/div898/strd/univ/homepage.html).
 * NumAcc2 to NumAcc4 are defined by a rule.
 */
export interface CertifiedSample {
  readonly name: string;
  readonly values: readonly number[];
  readonly mean: number;
  readonly standardDeviation: number;
  readonly autocorrelation: number;
  /** Correct digits that can be asked for: decimals such as 10000000.1 are not exact as floats. */
  readonly digits: number;
}

/* Michelson's determinations of the speed of light of 1879, in km/s above 299000. */
const MICHELSON = [
  850, 740, 900, 1070, 930, 850, 950, 980, 980, 880, 1000, 980, 930, 650, 760, 810, 1000, 1000, 960, 960, 960,
  940, 960, 940, 880, 800, 850, 880, 900, 840, 830, 790, 810, 880, 880, 830, 800, 790, 760, 800, 880, 880,
  880, 860, 720, 720, 620, 860, 970, 950, 880, 910, 850, 870, 840, 840, 850, 840, 840, 840, 890, 810, 810,
  820, 800, 770, 760, 740, 750, 760, 910, 920, 890, 860, 880, 720, 840, 850, 850, 780, 890, 840, 780, 810,
  760, 810, 790, 810, 820, 850, 870, 870, 810, 740, 810, 940, 950, 800, 810, 870,
];

/** A first value, then `pairs` times the two others. */
function alternating(first: number, low: number, high: number, pairs: number): number[] {
  return [first, ...Array.from({ length: 2 * pairs }, (_, i) => (i % 2 === 0 ? low : high))];
}

export const NIST: readonly CertifiedSample[] = [
  {
    name: 'NumAcc1',
    values: [10000001, 10000003, 10000002],
    mean: 10000002,
    standardDeviation: 1,
    autocorrelation: -0.5,
    digits: 14,
  },
  {
    name: 'NumAcc2',
    values: alternating(1.2, 1.1, 1.3, 500),
    mean: 1.2,
    standardDeviation: 0.1,
    autocorrelation: -0.999,
    digits: 12,
  },
  {
    name: 'NumAcc3',
    values: alternating(1000000.2, 1000000.1, 1000000.3, 500),
    mean: 1000000.2,
    standardDeviation: 0.1,
    autocorrelation: -0.999,
    digits: 8,
  },
  {
    name: 'NumAcc4',
    values: alternating(10000000.2, 10000000.1, 10000000.3, 500),
    mean: 10000000.2,
    standardDeviation: 0.1,
    autocorrelation: -0.999,
    digits: 7,
  },
  {
    name: 'Michelso',
    values: MICHELSON.map((above) => (299000 + above) / 1000),
    mean: 299.8524,
    standardDeviation: 0.0790105478190518,
    autocorrelation: 0.535199668621283,
    digits: 11,
  },
];
