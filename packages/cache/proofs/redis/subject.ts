/** A cache as the histories use it. Values are versions of the source. */
export interface Subject {
  get(key: string, tags: readonly string[], load: () => Promise<number>): Promise<number>;
  /** Each resolves with whether the cache says that it is in force everywhere. */
  set(key: string, version: number, tags: readonly string[]): Promise<boolean>;
  delete(key: string): Promise<boolean>;
  invalidateTag(tag: string): Promise<boolean>;
  clear(): Promise<boolean>;
  /** Whether it says that it works with Redis at present. */
  isUp(): boolean;
  stop(): Promise<void>;
}

export interface SubjectOptions {
  /** Where Redis is to be found: a proxy of this process's own. */
  readonly port: number;
  /** The staleness bound, for those who have one. */
  readonly boundMs: number;
}

export const SUBJECTS = [
  'evenkeel',
  'evenkeel-ioredis',
  'evenkeel-fleet',
  'tier',
  'tier-ioredis',
  'bentocache',
  'cacheable',
] as const;
export type SubjectName = (typeof SUBJECTS)[number];
