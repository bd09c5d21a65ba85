import type { Clock } from '@evenkeel/core';

/** What can be wrong with what a cache does. */
export const FAULTS = {
  stale: 'a read gave what had been read from the source, or set, before an acknowledged invalidation or set',
  'old load': 'a read gave the value of a load that began before an acknowledged invalidation or set',
  expired: 'a read gave a value beyond its time to live and the stale time that was asked for',
  foreign: 'a read gave what was never loaded or set for the key',
  lost: 'a value that was stored, and that nothing has happened to since, was not there',
  'second load': 'a loader was called for a read that had a load to join',
  'stale error': 'a load was answered with the error of a load from before an acknowledged invalidation',
  'expired error': 'a load was answered with an error that was not to be remembered so long',
  hang: 'a promise did not settle although every loader had',
  unexpected: 'something threw, or rejected, that should not',
  left: 'a timer or a load was left after stop()',
} as const;

export type Fault = keyof typeof FAULTS;

/** Something after which older values must not be read any more. Keys and tags are bits. */
export interface Change {
  readonly what: string;
  readonly keys: number;
  readonly tags: number;
  readonly soft: boolean;
  /** Whether it is of one key: such are known to be of no concern to others, whatever their tags. */
  readonly isOfKey: boolean;
  readonly atMs: number;
  readonly issued: number;
  /** What began before this is older than it: when it was issued, or when the fence of a set was taken. */
  readonly since: number;
  /** Errors that are remembered outlive it. */
  readonly keepsErrors: boolean;
  /** When it was acknowledged; `Infinity`: not yet. */
  acknowledged: number;
}

/** Where a value, or an error, comes from. Moments are counts of all that happens. */
export interface Origin {
  readonly id: number;
  readonly from: 'load' | 'set';
  /** A bit, and bits. */
  readonly key: number;
  readonly tags: number;
  readonly tagsByValue: boolean;
  readonly ttl: number;
  readonly negativeTtl: number | undefined;
  readonly errorTtl: number;
  /** When the read began that led to the load, or when it was set. */
  readonly called: number;
  /** When the loader was called; of what was set with a fence, when that was taken. */
  began: number;
  /** When the source was read: what was changed later is not in it. */
  asOf: number;
  /** When the cache got it; `Infinity`: not yet. */
  known: number;
  knownMs: number;
  outcome: Outcome;
  /** When the load was no longer waited for. */
  abandoned: number;
  abandonedMs: number;
  /** False: the cache has said that it did not store it. */
  accepted: boolean;
}

export type Outcome =
  | { readonly kind: 'pending' }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'failed' };

export const PENDING: Outcome = { kind: 'pending' };

/** Some value: whoever read it was only told that there is one. */
export const SOMETHING = Symbol('something');

/** A value in a schedule: copies of it are the same. */
export interface Numbered {
  readonly id: number;
  readonly size: number;
}

/** A read that is under way. */
export interface Read {
  readonly what: string;
  readonly key: number;
  readonly began: number;
  readonly beganMs: number;
  readonly swrMs: number;
  readonly sieMs: number;
}

export interface ModelOptions {
  /** Whether nothing is ever evicted, or refused for its size. */
  readonly ample: boolean;
  readonly ttlJitter: number;
  readonly clock: Clock;
  readonly report: (fault: Fault, what: string) => void;
}

/* Expiry has this resolution. */
const SLACK_MS = 1;

/** The sequential model: all that has happened, in one order, and what reads may give because of it. */
export class Model {
  readonly #options: ModelOptions;
  readonly changes: Change[] = [];
  readonly origins: Origin[] = [];
  /** Counts all that happens. */
  moment = 0;
  /** When everything that was known then had been worked off. */
  settled = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  get nowMs(): number {
    return this.#options.clock.monotonic();
  }

  /** Checks what a read found: a value, or {@link SOMETHING} of which no more is known. */
  found(read: Read, value: unknown): void {
    let fault: Fault | undefined = 'foreign';
    let culprit: Origin | undefined;
    for (let at = this.origins.length - 1; at >= 0; at--) {
      const origin = this.origins[at] as Origin;
      if (origin.key !== read.key || origin.outcome.kind !== 'value') continue;
      if (value !== SOMETHING && !isSame(value, origin.outcome.value)) continue;
      const verdict = this.#faultOf(read, origin);
      // Of those that look alike, it was the one that is right.
      if (verdict === undefined) return;
      culprit ??= origin;
      if (fault === 'foreign') fault = verdict;
    }
    this.#options.report(fault, `${read.what} -> ${show(value)}${culprit ? ` ${describe(culprit)}` : ''}`);
  }

  /** Checks that there was no fresh value, or, if that looks the same, one that is undefined. */
  missed(read: Read, mayBeUndefined: boolean): void {
    if (!this.#options.ample) return;
    const origin = this.#surelyStored(read);
    if (origin?.outcome.kind !== 'value' || (mayBeUndefined && origin.outcome.value === undefined)) return;
    this.#options.report('lost', `${read.what} -> nothing, instead of ${describe(origin)}`);
  }

  /** Checks the error that a read rejected with: that of one load, of one key or several. */
  rejected(read: Read, origins: readonly Origin[]): void {
    // A read of several keys does not tell which of them it was.
    const candidates = read.key === 0 ? origins : origins.filter((origin) => origin.key === read.key);
    const faults = candidates.map((origin) => this.#errorFaultOf(read, origin));
    if (faults.includes(undefined)) return;
    const told = origins.map(describe).join(' ');
    this.#options.report(faults[0] ?? 'foreign', `${read.what} -> error ${told}`);
  }

  /** Checks that a loader was to be called, for a read that began at `called`. */
  loads(key: number, called: number): void {
    for (const other of this.origins) {
      if (other.from !== 'load' || other.key !== key || other.called >= called) continue;
      // Under way when the read began, so that it should have joined.
      if (other.known <= called || other.abandoned <= called) continue;
      if (
        this.changes.some(
          (change) => isBetween(change.issued, other.called, called) && mayTouch(change, other),
        )
      ) {
        continue;
      }
      this.#options.report('second load', `for the read at ${called}, which had ${describe(other)}`);
    }
  }

  #faultOf(read: Read, origin: Origin): Fault | undefined {
    const isCached = origin.known <= read.began;
    for (const change of this.changes) {
      if (change.acknowledged > read.began || origin.began >= change.since || !touches(change, origin))
        continue;
      if (change.soft && isCached && this.#mayBeStale(read, change.atMs)) continue;
      return origin.asOf < change.since ? 'stale' : 'old load';
    }
    if (!isCached) return undefined;
    const expiryMs = origin.knownMs + lifetime(origin);
    return read.beganMs < expiryMs + SLACK_MS || this.#mayBeStale(read, expiryMs) ? undefined : 'expired';
  }

  #errorFaultOf(read: Read, origin: Origin): Fault | undefined {
    const isOvertaken = this.changes.some(
      (change) =>
        !change.keepsErrors &&
        change.acknowledged <= read.began &&
        origin.began < change.since &&
        touches(change, origin),
    );
    if (isOvertaken) return 'stale error';
    const isRemembered = origin.known <= read.began;
    return isRemembered && read.beganMs > origin.knownMs + origin.errorTtl ? 'expired error' : undefined;
  }

  /** Whether the read may give what has been stale since then. */
  #mayBeStale({ key, began, beganMs, swrMs, sieMs }: Read, sinceMs: number): boolean {
    if (swrMs > 0 && beganMs < sinceMs + swrMs + SLACK_MS) return true;
    if (sieMs === 0) return false;
    // Otherwise a load must have failed while it was young enough, or before, with an error that is remembered.
    return this.origins.some((origin) => {
      const [failed, failedMs] = failureOf(origin);
      if (origin.key !== key || failed === Infinity) return false;
      if (failed > began) return failedMs < sinceMs + sieMs + SLACK_MS;
      return beganMs <= failedMs + origin.errorTtl && beganMs < sinceMs + sieMs + SLACK_MS;
    });
  }

  /** What is certain to be stored, and fresh. */
  #surelyStored(read: Read): Origin | undefined {
    let last: Origin | undefined;
    for (const origin of this.origins) {
      if (origin.key !== read.key || origin.outcome.kind !== 'value' || origin.abandoned < origin.known)
        continue;
      if (origin.known > this.settled) return undefined;
      if (last === undefined || origin.began > last.began) last = origin;
    }
    if (last === undefined || !last.accepted) return undefined;
    const { called, known, knownMs } = last;
    if (read.beganMs >= knownMs + lifetime(last) * (1 - this.#options.ttlJitter) - SLACK_MS) return undefined;
    for (const change of this.changes) if (change.issued > called && touches(change, last)) return undefined;
    // One that began earlier and ended later is refused, whatever that means for how long this one lives.
    return known <= read.began ? last : undefined;
  }
}

function isSame(found: unknown, value: unknown): boolean {
  return isNumbered(found) && isNumbered(value) ? found.id === value.id : found === value;
}

function isNumbered(value: unknown): value is Numbered {
  return typeof value === 'object' && value !== null && 'id' in value;
}

function touches(change: Change, { key, tags }: Origin): boolean {
  return ((change.keys & key) | (change.tags & tags)) !== 0;
}

/** As far as can be told while the value is being loaded. */
function mayTouch(change: Change, origin: Origin): boolean {
  return touches(change, origin) || (origin.tagsByValue && !change.isOfKey);
}

function isBetween(moment: number, after: number, before: number): boolean {
  return moment > after && moment <= before;
}

/** When a load failed, or was given up; `Infinity`: neither. */
function failureOf({ outcome, abandoned, abandonedMs, known, knownMs }: Origin): readonly [number, number] {
  if (abandoned < Infinity) return [abandoned, abandonedMs];
  return outcome.kind === 'failed' ? [known, knownMs] : [Infinity, Infinity];
}

function lifetime({ outcome, ttl, negativeTtl }: Origin): number {
  const isNegative = outcome.kind === 'value' && (outcome.value === undefined || outcome.value === null);
  return Math.ceil(isNegative ? (negativeTtl ?? ttl) : ttl);
}

function describe({ id, from, called, began, asOf, known }: Origin): string {
  return `(#${id} of a ${from} at ${called}, began ${began}, as of ${asOf}, known ${known})`;
}

function show(value: unknown): string {
  return typeof value === 'symbol' ? 'true' : `${JSON.stringify(value)}`;
}
