export {
  type CallOptions,
  ConcurrencyLimiter,
  type Lease,
  type LeaseOutcome,
} from './concurrency-limiter.ts';
export type { CallPriority, ConcurrencyLimiterOptions } from './concurrency-limiter-options.ts';
export { isOverloadError } from './is-overload.ts';
export { type LimitConcurrencyOptions, type LimitedFunction, limitConcurrency } from './limit-concurrency.ts';
export { LimiterError, type LimiterLoad, QueueFullError, QueueTimeoutError } from './limiter-errors.ts';
export type { LimiterEvents } from './limiter-events.ts';
export type { LimiterStatistics } from './limiter-statistics.ts';
export { type AimdOptions, aimd } from './strategies/aimd.ts';
export { type FixedOptions, fixed } from './strategies/fixed.ts';
export { type GradientOptions, gradient } from './strategies/gradient.ts';
export type { EndedCall, LimitBounds, LimitStrategy } from './strategies/limit-strategy.ts';
