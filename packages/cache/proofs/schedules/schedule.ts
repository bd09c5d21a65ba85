import { seededRandom, VirtualClock } from '@evenkeel/core';
import type { Cache, Fence, LoadOptions } from '../../src/index.ts';
import { type Fault, Model, PENDING } from './model.ts';
import {
  ALL_KEYS,
  ARGUMENTS,
  FIRST_MEMOIZED,
  isAmple,
  KEYS,
  PATTERNS,
  type Plan,
  PREFIXES,
  type Profile,
  type Step,
  TAGS,
} from './plan.ts';
import { Source } from './source.ts';
import { type Subject, type Tried, turns } from './subject.ts';
import { Witness } from './witness.ts';

export interface Violation {
  readonly fault: Fault;
  readonly what: string;
  /** The number of the step in or after which it was seen. */
  readonly step: number;
}

const MAX_FENCES = 4;

/* How long time passes at once, in ms: around the times to live, and once in a while past a load's. */
const PASSES = [1, 1, 2, 5, 9, 10, 11, 19, 20, 21, 30, 41, 60, 99, 100, 101];
const LONG_PASS = 31_000;

/* More than a cache remembers one by one. */
const FLOODS = [1100, 260, 10_001].map((count) => Array.from({ length: count }, (_, at) => `flood ${at}`));

/** Plays a plan, and gives what was wrong. With a `log`, everything that happens is told there. */
export function play(plan: Plan, subject: Subject, log?: (line: string) => void): Promise<Violation[]> {
  return new Schedule(plan, subject, log).play();
}

class Schedule {
  readonly #plan: Plan;
  readonly #subject: Subject;
  readonly #violations: Violation[] = [];
  readonly #report: (fault: Fault, what: string) => void;
  readonly #clock = new VirtualClock();
  readonly #model: Model;
  readonly #witness: Witness;
  readonly #source: Source;
  readonly #tried: Tried;
  readonly #local: Cache<unknown> | undefined;
  readonly #fences: { readonly fence: Fence; readonly moment: number }[] = [];
  readonly #aborts: AbortController[] = [];
  #step = 0;

  constructor(plan: Plan, subject: Subject, tell: ((line: string) => void) | undefined) {
    this.#plan = plan;
    this.#subject = subject;
    const log = tell && ((line: string) => tell(`${this.#model.moment}\t${this.#model.nowMs} ms\t${line}`));
    this.#report = (fault, what) => {
      log?.(`*** ${fault}: ${what}`);
      this.#violations.push({ fault, what, step: this.#step });
    };
    const report = this.#report;
    const unexpected = (what: string, error: unknown) => report('unexpected', `${what}: ${error}`);
    const { ttlJitter } = plan;
    const model = new Model({ ample: isAmple(plan), ttlJitter, clock: this.#clock, report });
    this.#model = model;
    this.#witness = new Witness({ model, subject, log, unexpected });
    this.#source = new Source({ model, plan, negative: subject.abilities.varied, log });
    this.#tried = subject.create(plan, this.#clock, seededRandom(plan.seed + 2 ** 40));
    this.#local = this.#tried.local;
  }

  async play(): Promise<Violation[]> {
    for (const step of this.#plan.steps) {
      this.#step++;
      await this.#do(step);
      await turns(step.turns);
    }
    await this.#finish();
    return this.#violations;
  }

  #do(step: Step): void | Promise<void> {
    const { operation, key: at, pick, way } = step;
    const witness = this.#witness;
    const tried = this.#tried;
    const local = this.#local;
    const name = KEYS[at] as string;
    const key = 1 << at;
    const soft = this.#subject.abilities.varied && (way & 3) === 0;
    switch (operation) {
      case 'load':
        return this.#load(step);
      case 'loadMany':
        return this.#loadMany(step);
      case 'memoized':
        return this.#memoized(step);
      case 'settle':
        return this.#source.settle(pick, way);
      case 'abort':
        return this.#aborts.pop()?.abort();
      case 'get': {
        const read = witness.begin(`get ${name}`, key);
        return witness.await(read, tried.get(name), (value) => witness.saw(read, value));
      }
      case 'peek':
        return witness.saw(witness.begin(`peek ${name}`, key), tried.peek?.(name));
      case 'has': {
        const read = witness.begin(`has ${name}`, key);
        return witness.await(read, tried.has?.(name), (has) => witness.heard(read, has));
      }
      case 'localGet':
        return witness.saw(witness.begin(`local.get ${name}`, key), local?.get(name));
      case 'localHas':
        return witness.heard(witness.begin(`local.has ${name}`, key), local?.has(name) === true);
      case 'localEntries': {
        const read = witness.begin('local.entries', 0);
        for (const [found, value] of local?.entries() ?? []) {
          this.#model.found({ ...read, key: 1 << KEYS.indexOf(found as never) }, value);
        }
        return;
      }
      case 'set':
      case 'localSet':
        return this.#set(step, operation === 'localSet');
      case 'openFence':
        if (this.#fences.length >= MAX_FENCES || local === undefined) return;
        this.#fences.push({ moment: witness.begin('take a fence', 0).began, fence: local.fence() });
        return;
      case 'setFenced':
        return this.#setFenced(step);
      case 'delete':
        return witness.acknowledge(
          witness.change(`delete ${name}`, key, { isOfKey: true }),
          tried.delete(name),
        );
      case 'localDelete': {
        const change = witness.change(`local.delete ${name}`, key, { isOfKey: true, keepsErrors: true });
        return witness.acknowledge(change, local?.delete(name));
      }
      case 'invalidateTags': {
        const tags = 1 + (pick % (2 ** TAGS.length - 1));
        const change = witness.change(`${hardness(soft)} invalidate ${tagNames(tags)}`, 0, { tags, soft });
        return witness.acknowledge(change, tried.invalidateTags(tagNames(tags), { soft }));
      }
      case 'localInvalidateTags': {
        const tags = 1 + (pick % (2 ** TAGS.length - 1));
        const details = { tags, soft, keepsErrors: true };
        const change = witness.change(`${hardness(soft)} local.invalidate ${tagNames(tags)}`, 0, details);
        return witness.acknowledge(change, local?.invalidateTags(tagNames(tags), { soft }));
      }
      case 'invalidatePrefix': {
        const prefix = PREFIXES[pick % PREFIXES.length] as string;
        const keys = bits((each) => each.startsWith(prefix));
        const change = witness.change(`${hardness(soft)} invalidate prefix '${prefix}'`, keys, { soft });
        return witness.acknowledge(change, tried.invalidatePrefix?.(prefix, { soft }));
      }
      case 'invalidatePattern': {
        const [pattern, keys] = MATCHED[pick % MATCHED.length] as (typeof MATCHED)[number];
        const change = witness.change(`${hardness(soft)} invalidate pattern ${pattern}`, keys, { soft });
        return witness.acknowledge(change, tried.invalidatePattern?.(pattern, { soft }));
      }
      case 'clear':
        return witness.acknowledge(witness.change('clear', ALL_KEYS), tried.clear?.());
      case 'advance':
        return this.#advance(pick % 100 === 0 ? LONG_PASS : (PASSES[pick % PASSES.length] as number));
      case 'sweep':
        return local?.sweep();
      case 'resize':
        if (local !== undefined && !isAmple(this.#plan)) local.maxSize = 1 + (pick % 4);
        return;
      case 'drain':
        return this.#drain();
      case 'flood':
        return this.#flood(pick % FLOODS.length);
    }
  }

  #load({ key: at, pick, way }: Step): void {
    const profile = this.#profile(way);
    const read = this.#witness.begin(`load ${KEYS[at]}`, 1 << at, profile);
    // Some callers do not wait to the end.
    const aborts = this.#subject.abilities.varied && pick % 16 === 0 ? new AbortController() : undefined;
    if (aborts) this.#aborts.push(aborts);
    const options = { ...loadOptions(profile), ...(aborts && { signal: aborts.signal }) };
    const loader = this.#source.loader(at, profile, read.began, way);
    const promise = this.#tried.getOrLoad(KEYS[at] as string, loader, options);
    this.#witness.await(read, promise, (value) => this.#model.found(read, value), aborts?.signal);
  }

  #loadMany({ pick, way }: Step): void {
    const profile = this.#profile(way);
    // Some keys twice.
    const ats = [0, 2, pick % 5, (pick >> 4) % 5].slice(0, 2 + (way & 1) + ((way >> 1) & 1));
    const keys = ats.map((at) => KEYS[at] as string);
    const read = this.#witness.begin(`load ${keys}`, 0, profile);
    const loader = this.#source.manyLoader(profile, read.began, way);
    this.#witness.await(read, this.#tried.loadMany?.(keys, loader, loadOptions(profile)), (values) => {
      for (const at of new Set(ats)) {
        const name = KEYS[at] as string;
        this.#model.found({ ...read, what: `${read.what}: ${name}`, key: 1 << at }, values.get(name));
      }
    });
  }

  #memoized({ pick, way }: Step): void {
    const at = FIRST_MEMOIZED + (pick & 1);
    const profile = this.#profile(way);
    const read = this.#witness.begin(`memoized ${KEYS[at]}`, 1 << at, profile);
    const load = this.#source.loader(at, profile, read.began, way);
    // A function is not told of a time-out, so there is to be none.
    const context = { signal: new AbortController().signal };
    const options = { ...loadOptions(profile), loadTimeout: 1e9, name: 'm' };
    const memoized = this.#tried.memoize?.(() => load(context), options);
    const argument = ARGUMENTS[at - FIRST_MEMOIZED] as string;
    this.#witness.await(read, memoized?.(argument), (value) => this.#model.found(read, value));
  }

  #set({ key: at, pick, way }: Step, isLocal: boolean): void {
    const name = KEYS[at] as string;
    const { ttl, staleWhileRevalidate, ...profile } = this.#profile(way);
    const tags = pick % 3 === 0 ? 0 : pick % 3 === 1 ? profile.tags : 1 + (pick % 7);
    const change = this.#witness.change(`${isLocal ? 'local.' : ''}set ${name} ${tagNames(tags)}`, 1 << at, {
      isOfKey: true,
      keepsErrors: isLocal,
    });
    const value = this.#source.value(this.#model.origins.length + 1, way);
    const origin = this.#witness.set(1 << at, tags, ttl, value);
    const options = { ttl, tags: tagNames(tags), keepStale: staleWhileRevalidate };
    const done = isLocal ? this.#local?.set(name, value, options) : this.#tried.set(name, value, options);
    this.#witness.acknowledge<unknown>(change, done, (stored) => {
      if (stored === false) origin.outcome = PENDING;
      if (!this.#subject.isImmediate) origin.began = origin.asOf = ++this.#model.moment;
    });
  }

  #setFenced({ key: at, pick, way }: Step): void {
    const name = KEYS[at] as string;
    const [taken] = this.#fences.splice(pick % Math.max(1, this.#fences.length), 1);
    if (taken === undefined || this.#local === undefined) return;
    const { moment: since, fence } = taken;
    const { ttl, tags } = this.#profile(way);
    const change = this.#witness.change(`set ${name} ${tagNames(tags)} with the fence of ${since}`, 1 << at, {
      isOfKey: true,
      keepsErrors: true,
      since,
    });
    const value = this.#source.value(this.#model.origins.length + 1, way);
    const origin = this.#witness.set(1 << at, tags, ttl, value);
    origin.began = origin.asOf = since;
    const stored = this.#local.set(name, value, { ttl, tags: tagNames(tags), fence });
    this.#local.release(fence);
    // Refused, it leaves what is there; refused as too large, it removes that, which nobody has to rely on.
    if (stored) this.#witness.acknowledge(change, undefined);
    else origin.outcome = PENDING;
  }

  async #advance(ms: number): Promise<void> {
    await this.#drain();
    this.#witness.begin(`${ms} ms pass`, 0);
    const times =
      ms === LONG_PASS || this.#plan.profiles.some(({ loadTimeout }) => loadTimeout !== undefined);
    // Only where a load may run out of time is there something to go on in between.
    if (times && this.#source.pending > 0) await this.#clock.advanceAsync(ms);
    else this.#clock.advance(ms);
  }

  async #drain(): Promise<void> {
    await this.#subject.drain();
    this.#model.settled = this.#model.moment;
  }

  /** So much at once that it cannot all be remembered; what loads have to be refused for it is not predicted. */
  #flood(way: number): void {
    const names = FLOODS[way] as readonly string[];
    this.#witness.change(`flood of ${names.length}`, ALL_KEYS);
    const cache = this.#local;
    if (way === 0) cache?.invalidateTags(names);
    else for (const name of names) way === 1 ? cache?.invalidatePrefix(name) : cache?.delete(name);
  }

  /** Ends all loads, reads everything once more and looks what is left. */
  async #finish(): Promise<void> {
    await this.#drain();
    while (this.#source.pending > 0) {
      this.#source.settle(0, 1);
      await this.#drain();
    }
    const witness = this.#witness;
    for (const [at, name] of KEYS.entries()) {
      const read = witness.begin(`get ${name}`, 1 << at);
      witness.await(read, this.#tried.get(name), (value) => witness.saw(read, value));
    }
    await this.#drain();
    for (const what of witness.waiting) this.#report('hang', what);
    for (const { fence } of this.#fences) this.#local?.release(fence);
    // Which waits for loads, so for ever if one hangs.
    const stopped = this.#tried.stop();
    await this.#drain();
    if (witness.waiting.length === 0) await stopped;
    if (this.#clock.pending > 0) this.#report('left', `${this.#clock.pending} timers`);
  }

  #profile(way: number): Profile {
    return this.#plan.profiles[(way >> 10) & 1] as Profile;
  }
}

function hardness(soft: boolean): string {
  return soft ? 'softly' : 'hard';
}

function bits(matches: (key: string) => boolean): number {
  return KEYS.reduce((sum, key, at) => sum + (matches(key) ? 1 << at : 0), 0);
}

const MATCHED = PATTERNS.map(([pattern, matches]) => [pattern, bits((key) => matches.test(key))] as const);

const TAG_NAMES = Array.from({ length: 2 ** TAGS.length }, (_, tags) =>
  TAGS.filter((_, at) => tags & (1 << at)),
);

function tagNames(tags: number): readonly string[] {
  return TAG_NAMES[tags] as readonly string[];
}

const optionsOf = new WeakMap<Profile, LoadOptions<unknown>>();

function loadOptions(profile: Profile): LoadOptions<unknown> {
  const known = optionsOf.get(profile) ?? readProfile(profile);
  optionsOf.set(profile, known);
  return known;
}

function readProfile({ tags, tagsByValue, ...profile }: Profile): LoadOptions<unknown> {
  const names = tagNames(tags);
  const given = Object.entries(profile).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), tags: tagsByValue ? () => names : names };
}
