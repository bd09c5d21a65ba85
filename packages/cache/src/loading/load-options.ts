import { ConfigurationError, option, readValue } from '@evenkeel/core';
import { readTtl } from '../set-options.ts';

/** What a loader is told. */
export interface LoadContext {
  /** Fires when the load has run out of time; its result is then of no interest. */
  readonly signal: AbortSignal;
}

export type Loader<T> = (context: LoadContext) => T | PromiseLike<T>;

/** How long what was loaded lives, and what happens around its end. */
export interface LoadDefaults {
  /** How long values are fresh: ms, a string such as `'5m'`, or `Infinity`. @defaultValue the manager's `defaultTtl` */
  readonly ttl?: number | string;
  /**
   * How long `undefined` and `null` are fresh, which mostly say that there is nothing; 0 does not keep them.
   *
   * @defaultValue ttl
   */
  readonly negativeTtl?: number | string;
  /** How long an error answers for further loads of its key, without calling the loader. @defaultValue 0 */
  readonly errorTtl?: number | string;
  /** How long after its expiry a value is still given, while it is refreshed in the background. @defaultValue 0 */
  readonly staleWhileRevalidate?: number | string;
  /** How long after its expiry a value is still given where its refresh fails. @defaultValue 0 */
  readonly staleIfError?: number | string;
  /**
   * Refreshes popular entries shortly before they expire, in the background: 1 as XFetch has it, more refreshes
   * earlier, 0 not at all. @defaultValue 1
   */
  readonly earlyRefresh?: number;
  /** How long a loader may take; it then counts as failed. @defaultValue '30s' */
  readonly loadTimeout?: number | string;
}

export interface LoadOptions<T> extends LoadDefaults {
  /** What the entry can be invalidated by; a function is given the value. @defaultValue none */
  readonly tags?: readonly string[] | ((value: T) => readonly string[]);
  /** Ends this caller's wait, with the signal's reason. The load goes on, for others and for the cache. */
  readonly signal?: AbortSignal;
}

/** Load options, read: all times in ms. */
export interface LoadSettings {
  readonly ttlMs: number;
  readonly negativeTtlMs: number | undefined;
  readonly errorTtlMs: number;
  readonly swrMs: number;
  readonly sieMs: number;
  readonly earlyRefresh: number;
  readonly timeoutMs: number;
}

const TIME = option.duration({ min: 0 });
const EARLY_REFRESH = option.number({ min: 0, max: 100 });
const TIMEOUT = option.duration({ min: 1 });

/** The fields of {@link LoadDefaults} but `ttl`, for those who read them among options of their own. */
export const LOAD_FIELDS = {
  negativeTtl: TIME.optional(),
  errorTtl: TIME.default(0),
  staleWhileRevalidate: TIME.default(0),
  staleIfError: TIME.default(0),
  earlyRefresh: EARLY_REFRESH.default(1),
  loadTimeout: TIMEOUT.default(30_000),
};

const NAMES = new Set([...Object.keys(LOAD_FIELDS), 'ttl', 'tags', 'signal']);

/**
 * Reads the options of one call; what they leave out is as the manager has it. By hand, since it is done at each
 * miss and each stale read.
 *
 * @throws ConfigurationError
 */
export function readLoadSettings(
  options: LoadOptions<never> | undefined,
  defaults: LoadSettings,
): LoadSettings {
  if (options === undefined) return defaults;
  for (const name in options) {
    if (NAMES.has(name)) continue;
    const expected = `absent: the options are ${[...NAMES].join(', ')}`;
    throw new ConfigurationError('CacheManager', [{ path: name, value: options[name as never], expected }]);
  }
  const { ttl, negativeTtl, errorTtl, staleWhileRevalidate, staleIfError, earlyRefresh, loadTimeout, tags } =
    options;
  if (tags !== undefined && typeof tags !== 'function') readValue('CacheManager', 'tags', tags, TAGS);
  return {
    ttlMs: ttl === undefined ? defaults.ttlMs : readTtl('ttl', ttl),
    negativeTtlMs: negativeTtl === undefined ? defaults.negativeTtlMs : time('negativeTtl', negativeTtl),
    errorTtlMs: errorTtl === undefined ? defaults.errorTtlMs : time('errorTtl', errorTtl),
    swrMs:
      staleWhileRevalidate === undefined
        ? defaults.swrMs
        : time('staleWhileRevalidate', staleWhileRevalidate),
    sieMs: staleIfError === undefined ? defaults.sieMs : time('staleIfError', staleIfError),
    earlyRefresh:
      earlyRefresh === undefined
        ? defaults.earlyRefresh
        : readValue('CacheManager', 'earlyRefresh', earlyRefresh, EARLY_REFRESH),
    timeoutMs:
      loadTimeout === undefined
        ? defaults.timeoutMs
        : readValue('CacheManager', 'loadTimeout', loadTimeout, TIMEOUT),
  };
}

/** The tags of a loaded value. @throws ConfigurationError for what a function returns and is no list of strings */
export function tagsOf<T>(tags: LoadOptions<T>['tags'], value: T): readonly string[] | undefined {
  if (tags === undefined) return undefined;
  return readValue('CacheManager', 'tags', typeof tags === 'function' ? tags(value) : tags, TAGS);
}

const TAGS = option.listOf(option.string());

function time(name: string, value: unknown): number {
  return typeof value === 'number' && value >= 0 && value < Infinity
    ? value
    : readValue('CacheManager', name, value, TIME);
}
