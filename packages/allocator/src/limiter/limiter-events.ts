import type { LimiterLoad } from './limiter-errors.ts';

/** What a limiter tells of. */
export interface LimiterEvents {
  limit_changed: { readonly from: number; readonly to: number };
  /** A call was turned away. */
  rejected: LimiterLoad & { readonly reason: 'queue_full' | 'queue_timeout' };
  /** A call has been running for longer than `hungAfter`. */
  hung: LimiterLoad & { readonly ageMs: number };
  /** A call that was hung has ended after all. */
  hung_ended: LimiterLoad & { readonly ageMs: number };
}
