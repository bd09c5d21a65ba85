import { option } from '@evenkeel/core';
import type { PoolCounts } from '../pool/pool-counts.ts';

/** A function that is called with whatever `pg` takes. */
export type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** What can be asked for queries: `pg`'s Client, or PGlite. */
export interface InstrumentableClient {
  query: (...args: never[]) => unknown;
}

/** `pg`'s Pool, as far as it is used here. */
export interface InstrumentablePool extends InstrumentableClient, PoolCounts {
  connect: (...args: never[]) => unknown;
  on: (...args: never[]) => unknown;
  off: (...args: never[]) => unknown;
}

/** What is accepted as one. */
export const POOL = option.withMethods<InstrumentablePool>('query', 'connect', 'on', 'off');
