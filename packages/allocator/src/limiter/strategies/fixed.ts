import { option, readOptions } from '@evenkeel/core';
import type { LimitStrategy } from './limit-strategy.ts';

/** Options of {@link fixed}. */
export interface FixedOptions {
  /** Calls that may be in flight. */
  readonly limit: number;
}

/**
 * Always the same limit: right where the number is known, such as that of a pool's connections.
 *
 * @throws ConfigurationError
 */
export function fixed(options: FixedOptions): LimitStrategy {
  const { limit } = readOptions<FixedOptions>('fixed', options, { limit: option.integer({ min: 1 }) });
  return { limit, record() {} };
}
