import type { LoadContext, Loader, ManyLoader } from '../../src/index.ts';
import { type Model, type Numbered, type Origin, PENDING } from './model.ts';
import { KEYS, OVERSIZE, type Plan, type Profile } from './plan.ts';

/** What a loader of a schedule rejects with, for one key or several. No `Error`, whose stack would take time. */
export class LoadFailure {
  readonly origins: readonly Origin[];

  constructor(origins: readonly Origin[]) {
    this.origins = origins;
  }

  toString(): string {
    return `the failure of load ${this.origins.map(({ id }) => `#${id}`)}`;
  }
}

/** A load that is under way, of one key or several. */
interface Load {
  readonly origins: readonly Origin[];
  /** Whether the source is read when it ends, not when it begins. */
  readonly readsLate: boolean;
  resolve(values: readonly unknown[]): void;
  reject(error: unknown): void;
}

export interface SourceOptions {
  readonly model: Model;
  readonly plan: Plan;
  /** Whether loads may give nothing. */
  readonly negative: boolean;
  readonly log: ((line: string) => void) | undefined;
}

/** The source of truth, as loaders read it: each ends when the schedule says so, and how. */
export class Source {
  readonly #options: SourceOptions;
  readonly #pending: Load[] = [];

  constructor(options: SourceOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.#pending.length;
  }

  /** A loader for one key, for a read that began at `called`. */
  loader(at: number, profile: Profile, called: number, way: number): Loader<unknown> {
    return (context) => {
      const origin = this.#begin(at, profile, called, context);
      // A third end at once: with a value or a throw, synchronously or a turn later.
      const ending = way % 24;
      if (ending >= 8) return this.#wait([origin], way, ([value]) => value);
      if (ending < 3) return this.#fulfil(origin, way);
      if (ending < 6) return Promise.resolve(this.#fulfil(origin, way));
      if (ending === 6) throw this.#fail([origin]);
      return Promise.reject(this.#fail([origin]));
    };
  }

  /** A loader for several keys. */
  manyLoader(profile: Profile, called: number, way: number): ManyLoader<unknown> {
    return (keys, context) => {
      const origins = keys.map((key) => this.#begin(KEYS.indexOf(key as never), profile, called, context));
      const result = (values: readonly unknown[]) =>
        (way & 1) === 0 ? values : new Map(keys.map((key, at) => [key, values[at]]));
      return this.#wait(origins, way, result) as Promise<readonly unknown[]>;
    };
  }

  /** Ends one of the loads that are under way. */
  settle(pick: number, way: number): void {
    const [load] = this.#pending.splice(pick % Math.max(1, this.#pending.length), 1);
    if (load === undefined) return;
    const { model } = this.#options;
    if (load.readsLate) for (const origin of load.origins) origin.asOf = model.moment;
    if (way % 7 === 0) {
      load.reject(this.#fail(load.origins));
    } else {
      load.resolve(load.origins.map((origin) => this.#fulfil(origin, way)));
    }
  }

  /** What is set, as the source has it now. */
  value(id: number, way: number): Numbered {
    const isLarge = this.#options.plan.maxEntryBytes !== undefined && way % 4 === 0;
    return { id, size: isLarge ? OVERSIZE : 1 };
  }

  #begin(at: number, profile: Profile, called: number, { signal }: LoadContext): Origin {
    const { model, log } = this.#options;
    const key = 1 << at;
    model.loads(key, called);
    const began = ++model.moment;
    const origin: Origin = {
      id: model.origins.length + 1,
      from: 'load',
      key,
      tags: profile.tags,
      tagsByValue: profile.tagsByValue,
      ttl: profile.ttl,
      negativeTtl: profile.negativeTtl,
      errorTtl: profile.errorTtl,
      called,
      began,
      asOf: began,
      known: Infinity,
      knownMs: Infinity,
      outcome: PENDING,
      abandoned: Infinity,
      abandonedMs: Infinity,
      accepted: true,
    };
    model.origins.push(origin);
    signal.addEventListener('abort', () => {
      origin.abandoned = ++model.moment;
      origin.abandonedMs = model.nowMs;
    });
    log?.(`loader #${origin.id} called for ${KEYS[at]}, for the read at ${called}`);
    return origin;
  }

  #wait(origins: readonly Origin[], way: number, result: (values: readonly unknown[]) => unknown) {
    return new Promise<unknown>((resolve, reject) => {
      const readsLate = (way & 6) === 6;
      this.#pending.push({ origins, readsLate, reject, resolve: (values) => resolve(result(values)) });
    });
  }

  #fulfil(origin: Origin, way: number): unknown {
    const { negative } = this.#options;
    const kind = way % 11;
    const value =
      negative && kind === 0 ? null : negative && kind === 1 ? undefined : this.value(origin.id, way >> 3);
    this.#end(origin);
    if (origin.abandoned === Infinity) origin.outcome = { kind: 'value', value };
    this.#options.log?.(`loader #${origin.id} gives ${JSON.stringify(value)}, as of ${origin.asOf}`);
    return value;
  }

  #fail(origins: readonly Origin[]): LoadFailure {
    for (const origin of origins) {
      this.#end(origin);
      if (origin.abandoned === Infinity) origin.outcome = { kind: 'failed' };
    }
    const failure = new LoadFailure(origins);
    this.#options.log?.(`${failure}`);
    return failure;
  }

  #end(origin: Origin): void {
    const { model } = this.#options;
    origin.known = ++model.moment;
    origin.knownMs = model.nowMs;
  }
}
