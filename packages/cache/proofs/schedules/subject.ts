import type { Clock } from '@evenkeel/core';
import type { Cache, Loader, LoadOptions, ManyLoader, MemoizeOptions, SetOptions } from '../../src/index.ts';
import type { Abilities, Plan } from './plan.ts';

/** What a schedule does things to: `CacheManager`, or as much of it as another cache has. */
export interface Tried {
  getOrLoad(key: string, loader: Loader<unknown>, options: LoadOptions<unknown>): Promise<unknown>;
  loadMany?(
    keys: readonly string[],
    loader: ManyLoader<unknown>,
    options: LoadOptions<unknown>,
  ): Promise<Map<string, unknown>>;
  memoize?(
    fn: (argument: string) => unknown,
    options: MemoizeOptions<unknown>,
  ): (argument: string) => Promise<unknown>;
  get(key: string): Promise<unknown>;
  peek?(key: string): unknown;
  has?(key: string): Promise<boolean>;
  set(key: string, value: unknown, options: SetOptions): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  invalidateTags(tags: readonly string[], options: { readonly soft: boolean }): Promise<unknown>;
  invalidatePrefix?(prefix: string, options: { readonly soft: boolean }): Promise<unknown>;
  invalidatePattern?(pattern: string | RegExp, options: { readonly soft: boolean }): Promise<unknown>;
  clear?(): Promise<unknown>;
  readonly local?: Cache<unknown>;
  stop(): Promise<unknown>;
}

/** The time of a schedule. */
export interface ScheduleTime extends Clock {
  advance(ms: number): void;
  advanceAsync(ms: number): Promise<void>;
  readonly pending: number;
}

export interface Subject {
  readonly abilities: Abilities;
  /** Whether what is set or invalidated is so when the call returns, before it is acknowledged. */
  readonly isImmediate: boolean;
  /** Waits until everything that can go on has. */
  drain(): Promise<void>;
  create(plan: Plan, clock: ScheduleTime, random: () => number): Tried;
  /** What a loader threw, from what a read rejected with. */
  thrown(error: unknown): unknown;
}

/** So many turns of the queue of microtasks. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await undefined;
}
