import { type Duration, type Field, option } from '@evenkeel/core';

/** When a server is taken out because requests to it fail. */
export interface OutlierDetectionOptions {
  /**
   * So many failures in a row take a server out. It takes more where the whole fleet fails often, until chance
   * doesn't explain them: five at 1 % of failures, nine at 10 %. @defaultValue 3
   */
  readonly consecutiveFailures?: number;
  /**
   * A server that fails more often than the fleet by so much, 0 to 1, is taken out although some requests succeed.
   * 1: never. @defaultValue 0.2
   */
  readonly excessFailures?: number;
  /** For how long a server is out the first time; each further time twice as long. @defaultValue '5s' */
  readonly baseEjection?: Duration;
  /** For how long a server is out at most. @defaultValue '1m' */
  readonly maxEjection?: Duration;
  /**
   * Which share of the servers, 0 to 1, may be out at once, those counted that fail their check. The last is never
   * taken out. @defaultValue 0.5
   */
  readonly maxEjected?: number;
}

/** {@link OutlierDetectionOptions}, read: times in ms. */
export interface OutlierSettings {
  readonly consecutiveFailures: number;
  readonly excessFailures: number;
  readonly baseEjection: number;
  readonly maxEjection: number;
  readonly maxEjected: number;
}

const OUTLIER_OPTIONS: Field<OutlierSettings> = option.object<OutlierSettings>({
  // Chance does not do this where a request in a thousand fails; below three, two clients' bad luck would.
  consecutiveFailures: option.integer({ min: 1, max: 1000 }).default(3),
  // A server that answers four of five requests is worth more than its absence, as long as others can repeat the fifth.
  excessFailures: option.number({ min: 0, max: 1 }).default(0.2),
  // A trial costs one request, which is repeated elsewhere: it need not be rare.
  baseEjection: option.duration({ min: 1 }).default(5000),
  maxEjection: option.duration({ min: 1 }).default(60_000),
  // Half of a fleet that is sized with care carries the load for a while; what is left of less does not.
  maxEjected: option.number({ min: 0, max: 1 }).default(0.5),
});

/** The rule for `outlierDetection`: its options, or `false` for none. */
export const OUTLIER_DETECTION: Field<OutlierSettings | false> = new option.Field<OutlierSettings | false>(
  `${OUTLIER_OPTIONS.expected}, or false`,
  (value = {}, path, issues) => {
    if (value === false) return false;
    if (typeof value !== 'object' || value === null) {
      issues.push({ path, value, expected: OUTLIER_DETECTION.expected });
      return false;
    }
    const read = OUTLIER_OPTIONS.read(value, path, issues);
    if (read.maxEjection < read.baseEjection) {
      const expected = `at least baseEjection, ${read.baseEjection} ms`;
      issues.push({ path: `${path}.maxEjection`, value: read.maxEjection, expected });
    }
    return read;
  },
);
