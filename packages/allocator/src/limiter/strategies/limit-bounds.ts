import { ConfigurationError, option } from '@evenkeel/core';

interface GivenBounds {
  readonly initialLimit: number | undefined;
  readonly minLimit: number;
  readonly maxLimit: number;
}

/* Enough for a service to begin with, and soon grown from. */
const INITIAL_LIMIT = 20;

/** Rules for the options of `LimitBounds`. */
export const BOUNDS_FIELDS = {
  initialLimit: option.integer({ min: 1 }).optional(),
  minLimit: option.integer({ min: 1 }).default(1),
  maxLimit: option.integer({ min: 1 }).default(1000),
};

/**
 * The limit to begin with.
 *
 * @throws ConfigurationError for bounds that contradict each other
 */
export function initialLimitWithin(owner: string, { initialLimit, minLimit, maxLimit }: GivenBounds): number {
  if (minLimit > maxLimit) {
    const expected = `at least minLimit, which is ${minLimit}`;
    throw new ConfigurationError(owner, [{ path: 'maxLimit', value: maxLimit, expected }]);
  }
  const limit = initialLimit ?? Math.max(minLimit, Math.min(INITIAL_LIMIT, maxLimit));
  if (limit < minLimit || limit > maxLimit) {
    const expected = `from minLimit to maxLimit: ${minLimit} to ${maxLimit}`;
    throw new ConfigurationError(owner, [{ path: 'initialLimit', value: limit, expected }]);
  }
  return limit;
}
