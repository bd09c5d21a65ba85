import type { Matchers } from '../labels/matchers.ts';

/** Keeps alerts from being told for a time. Plain data. */
export interface Silence {
  readonly id: string;
  readonly matchers: Matchers;
  /** In ms since 1970. */
  readonly from: number;
  /** In ms since 1970; past once it was taken back. */
  readonly until: number;
  /** Who has asked for it. */
  readonly by: string;
  /** Why. */
  readonly comment: string;
}
