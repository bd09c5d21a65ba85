import type { Fence } from '../set-options.ts';
import type { LoadOptions } from './load-options.ts';

/** A load that is under way, and all who wait for it. */
export interface Flight {
  readonly key: string;
  /** When it began: what is invalidated from then on makes it too old to be joined, or stored. */
  readonly fence: Fence;
  /** The tags that its value will have, or how they follow from it. */
  readonly tags: LoadOptions<never>['tags'];
  readonly promise: Promise<unknown>;
}
