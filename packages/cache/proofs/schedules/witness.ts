import { TimeoutError } from '@evenkeel/core';
import { type Change, type Model, type Numbered, type Origin, type Read, SOMETHING } from './model.ts';
import type { Profile } from './plan.ts';
import { LoadFailure } from './source.ts';
import type { Subject } from './subject.ts';

export interface WitnessOptions {
  readonly model: Model;
  readonly subject: Subject;
  readonly log: ((line: string) => void) | undefined;
  readonly unexpected: (what: string, error: unknown) => void;
}

type ChangeDetails = Partial<Pick<Change, 'tags' | 'soft' | 'isOfKey' | 'keepsErrors' | 'since'>>;

/** Sees what begins and what comes of it, and tells the model. */
export class Witness {
  readonly #options: WitnessOptions;
  readonly #waiting = new Set<string>();
  #begun = 0;

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** What has not settled yet. */
  get waiting(): readonly string[] {
    return [...this.#waiting];
  }

  /** A read begins. With a profile it may load. */
  begin(what: string, key: number, profile?: Profile): Read {
    const { model, log } = this.#options;
    log?.(what);
    return {
      what,
      key,
      began: ++model.moment,
      beganMs: model.nowMs,
      swrMs: profile?.staleWhileRevalidate ?? 0,
      sieMs: profile?.staleIfError ?? 0,
    };
  }

  /** What a read that does not load has seen; no value, or one that is undefined. */
  saw(read: Read, value: unknown): void {
    this.#options.log?.(`${read.what} of ${read.began} -> ${JSON.stringify(value)}`);
    if (value === undefined) this.#options.model.missed(read, true);
    else this.#options.model.found(read, value);
  }

  /** Whether there is a value. */
  heard(read: Read, has: boolean): void {
    this.#options.log?.(`${read.what} of ${read.began} -> ${has}`);
    if (has) this.#options.model.found(read, SOMETHING);
    else this.#options.model.missed(read, false);
  }

  /** A read is waited for. */
  await<T>(read: Read, promise: Promise<T> | undefined, got: (value: T) => void, signal?: AbortSignal): void {
    if (promise === undefined) return;
    const name = `${read.what} of ${read.began}`;
    this.#waitFor(name, promise, got, (error) => {
      const thrown = this.#options.subject.thrown(error);
      this.#options.log?.(`${name} rejects with ${error}`);
      if (thrown instanceof LoadFailure) this.#options.model.rejected(read, thrown.origins);
      else if (!(thrown instanceof TimeoutError) && !(signal?.aborted && thrown === signal.reason)) {
        this.#options.unexpected(name, error);
      }
    });
  }

  /** Something is being invalidated, or set. */
  change(what: string, keys: number, details: ChangeDetails = {}): Change {
    const { model, log } = this.#options;
    log?.(what);
    const issued = ++model.moment;
    const { tags = 0, soft = false, isOfKey = false, keepsErrors = false, since = issued } = details;
    const change: Change = {
      what,
      keys,
      tags,
      soft,
      isOfKey,
      keepsErrors,
      issued,
      since,
      atMs: model.nowMs,
      acknowledged: Infinity,
    };
    model.changes.push(change);
    return change;
  }

  /** It is acknowledged when it has been done, or now if nothing is promised. */
  acknowledge<T>(change: Change, done: Promise<T> | T, then: (result: T) => void = () => {}): void {
    const { model, unexpected } = this.#options;
    const acknowledge = (result: T) => {
      then(result);
      change.acknowledged = ++model.moment;
    };
    if (done instanceof Promise) {
      this.#waitFor(`${change.what} of ${change.issued}`, done, acknowledge, (error) =>
        unexpected(change.what, error),
      );
    } else {
      acknowledge(done);
    }
  }

  /** A value is being set. */
  set(key: number, tags: number, ttl: number, value: Numbered): Origin {
    const { model } = this.#options;
    const { moment, nowMs } = model;
    const id = model.origins.length + 1;
    const origin: Origin = {
      id,
      from: 'set',
      key,
      tags,
      tagsByValue: false,
      ttl,
      negativeTtl: undefined,
      errorTtl: 0,
      called: moment,
      began: moment,
      asOf: moment,
      known: moment,
      knownMs: nowMs,
      outcome: { kind: 'value', value },
      abandoned: Infinity,
      abandonedMs: Infinity,
      accepted: true,
    };
    // Where it may come into force at any moment until it is acknowledged, it may also be later than all others.
    if (!this.#options.subject.isImmediate) origin.began = origin.asOf = Infinity;
    model.origins.push(origin);
    return origin;
  }

  #waitFor<T>(
    name: string,
    promise: Promise<T>,
    fulfilled: (value: T) => void,
    rejected: (error: unknown) => void,
  ): void {
    const unique = `${name} (${++this.#begun})`;
    this.#waiting.add(unique);
    promise.then(
      (value) => {
        this.#waiting.delete(unique);
        fulfilled(value);
      },
      (error: unknown) => {
        this.#waiting.delete(unique);
        rejected(error);
      },
    );
  }
}
