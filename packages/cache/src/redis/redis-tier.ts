/// <reference lib="esnext.disposable" />
import { randomUUID } from 'node:crypto';
import { type Clock, errorMessage, readOptions, TimeoutError } from '@evenkeel/core';
import type {
  Fence,
  Invalidation,
  SecondTier,
  TierListener,
  TierRead,
  TierRecord,
} from '../tier/second-tier.ts';
import { Availability } from './availability.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import type { RedisLink } from './driver.ts';
import { Invalidator } from './invalidator.ts';
import { KeySpace, survivesUtf8 } from './key-space.ts';
import { LinkKeeper } from './link-keeper.ts';
import { type RedisTierOptions, type RedisTierSettings, SETTINGS } from './options.ts';
import { PendingInvalidations } from './pending-invalidations.ts';
import { driverFor } from './recognize-client.ts';
import type { RedisTierStats } from './redis-tier-stats.ts';
import { type Horizon, Session } from './session.ts';
import { readSignal } from './signal.ts';
import { RedisStore, type StoreFence } from './store.ts';
import { Sweeper } from './sweep.ts';

/* Redis is asked so often within the staleness bound, so that one late answer does not matter. */
const BEATS_PER_BOUND = 4;

/* How long those wait who find that another instance loads: short against a load, long against a read. */
const LEASE_POLL_MS = 25;

/* Invalidations that are made up for in one go. */
const REPLAY_BATCH = 250;

/* Sets are tried again once, with what the refusal told. */
const SET_ATTEMPTS = 2;

const AWAY: TierRead = { kind: 'away' };

/** The second tier on Redis: see {@link RedisTier}. @throws ConfigurationError */
export function redisTier(options: RedisTierOptions): RedisTier {
  return new RedisTier(options);
}

/**
 * A cache shared by several instances, on one Redis (6.2 or newer), with bounded staleness and without resurrection:
 *
 * - Every invalidation and every set advances one counter of epochs in Redis; a load carries the epoch of its
 *   beginning, and a script stores its result only if nothing that concerns it has happened since. The scheme is
 *   that of memcached's leases (Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013), with tags.
 * - Other instances hear of invalidations by client tracking in broadcasting mode. A heartbeat proves that all up to
 *   its sending have arrived; what the first tier holds is good for `staleBound` after that (a lease; Gray and
 *   Cheriton, SOSP 1989), so a link that has frozen is found out without anybody telling.
 * - Whatever Redis does, an operation ends within `deadline`, and the first tier goes on.
 *
 * A set whose acknowledgement did not come in time may still be carried out, late. It brings nothing back: it carries
 * the epoch that was known while it was called, and whatever has invalidated its key, tags or everything since,
 * including the invalidation that is remembered in its place, has a later epoch and refuses it. See `#set`.
 */
export class RedisTier implements SecondTier {
  readonly name = 'redis';
  readonly staleBound: number;
  readonly #settings: RedisTierSettings;
  readonly #clock: Clock;
  readonly #space: KeySpace;
  readonly #store: RedisStore;
  readonly #invalidator: Invalidator;
  readonly #breaker: CircuitBreaker;
  readonly #availability: Availability;
  readonly #pending: PendingInvalidations;
  readonly #keeper: LinkKeeper<Horizon>;
  readonly #instance = randomUUID();
  readonly #inFlight = new Set<Promise<unknown>>();
  #listener: TierListener | undefined;
  /* Of the link that is up. */
  #session: Session | undefined;
  #trustedUntil = -Infinity;
  #isReplaying = false;
  /* Advanced when an invalidation of our own has failed: what was read before that may be out of date. */
  #forgotten = 0;
  #lastError: unknown;
  #lastFailure = '';
  #leases = 0;
  #operations = 0;
  #timeouts = 0;
  #failures = 0;
  #connections = 0;
  #sent = 0;
  #received = 0;
  #replayed = 0;
  #resets = 0;
  #fenced = 0;
  #oversize = 0;

  /** @throws ConfigurationError */
  constructor(options: RedisTierOptions) {
    const settings = readOptions<RedisTierSettings>('redisTier', options, SETTINGS);
    const driver = driverFor(settings.client);
    const { clock, random, prefix, deadline } = settings;
    this.#settings = settings;
    this.#clock = clock;
    this.staleBound = settings.staleBound;
    this.#space = new KeySpace(prefix);
    this.#store = new RedisStore(this.#space, settings.maxTtl, settings.leaseTtl);
    const endOfStep = () => clock.monotonic() + deadline;
    this.#invalidator = new Invalidator({
      store: this.#store,
      sweeper: new Sweeper(this.#space, endOfStep),
      endOfStep,
      learn: (session, horizon) => this.#learn(session, horizon),
      isCurrent: (session) => session === this.#session,
    });
    this.#breaker = new CircuitBreaker(settings.breakerThreshold, clock, random);
    this.#availability = new Availability(clock);
    this.#pending = new PendingInvalidations(settings.maxPending);
    this.#keeper = new LinkKeeper({
      driver,
      prefix: this.#space.signals,
      beatMs: settings.staleBound / BEATS_PER_BOUND,
      clock,
      random,
      ask: (link) => Session.hello(link, this.#space.state),
      events: {
        signalled: (names) => {
          for (const name of names) this.#onSignal(name);
        },
        flushed: () => this.#reset(),
        up: (link, askedMs, horizon) => this.#onUp(link, askedMs, horizon),
        beat: (askedMs, horizon) => this.#onBeat(askedMs, horizon),
        down: (error) => this.#onDown(error),
        failed: (error) => this.#onDown(error),
      },
    });
  }

  start(listener: TierListener): void {
    if (this.#listener) return;
    this.#listener = listener;
    this.#availability.start((state) => listener.changed(state));
    this.#keeper.start();
  }

  async stop(): Promise<void> {
    // From here on nothing new begins.
    this.#session = undefined;
    this.#listener = undefined;
    this.#trustedUntil = -Infinity;
    this.#availability.stop();
    await Promise.allSettled(this.#inFlight);
    this.#keeper.stop();
    // Started again meanwhile.
    if (this.#listener) this.#keeper.start();
  }

  /** Stops it at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  trustedUntil(): number {
    return this.#trustedUntil;
  }

  async read(key: string): Promise<TierRead> {
    if (!survivesUtf8(key)) return AWAY;
    const session = this.#ready();
    if (!session) return AWAY;
    const token = this.#settings.fleetSingleFlight ? `${this.#instance}:${++this.#leases}` : '';
    const forgotten = this.#forgotten;
    const found = await this.#attempt(session, (endMs) => this.#store.read(session, key, token, endMs));
    if (!found || forgotten !== this.#forgotten) return AWAY;
    this.#learn(session, found.horizon);
    if (found.kind === 'loading') return { kind: 'loading', retryAfterMs: LEASE_POLL_MS };
    const isHit = found.kind === 'hit';
    const fence = asFence({ session, horizon: found.horizon, token: isHit ? '' : token });
    return isHit ? { kind: 'hit', record: found.record, fence } : { kind: 'miss', fence };
  }

  async write(key: string, record: TierRecord, fence?: Fence): Promise<'stored' | 'fenced' | 'away'> {
    const given = fence && readFence(fence);
    const isOversize = record.payload.byteLength > this.#settings.maxPayloadBytes;
    if (isOversize) this.#oversize += 1;
    if (isOversize || !survivesUtf8(key)) {
      if (fence) this.release(key, fence);
      else await this.invalidate([{ kind: 'key', key }]);
      return 'away';
    }
    const outcome = given ? await this.#fill(key, record, given) : await this.#set(key, record);
    if (outcome === 'fenced') this.#fenced += 1;
    return outcome;
  }

  release(key: string, fence: Fence): void {
    const { session, token } = readFence(fence);
    if (token === '' || !survivesUtf8(key) || session !== this.#ready()) return;
    // Without it the lease runs out by itself.
    void this.#attempt(session, (endMs) => this.#store.release(session, key, token, endMs));
  }

  async invalidate(invalidations: readonly Invalidation[]): Promise<boolean> {
    if (invalidations.length === 0) return true;
    const session = this.#session;
    if (session && this.#breaker.allows()) {
      if (await this.#makeInvalid(session, invalidations)) return true;
    }
    this.#remember(invalidations);
    return false;
  }

  stats(): RedisTierStats {
    return {
      up: this.#availability.isUp,
      awayMs: this.#availability.awayMs,
      breaker: this.#breaker.state,
      operations: this.#operations,
      timeouts: this.#timeouts,
      failures: this.#failures,
      connections: this.#connections,
      invalidationsSent: this.#sent,
      invalidationsReceived: this.#received,
      invalidationsReplayed: this.#replayed,
      invalidationsPending: this.#pending.size,
      resets: this.#resets,
      fenced: this.#fenced,
      oversize: this.#oversize,
    };
  }

  async #fill(key: string, record: TierRecord, fence: StoreFence): Promise<'stored' | 'fenced' | 'away'> {
    // Of another connection: the server may be another one too, or have been restarted.
    if (this.#session && fence.session !== this.#session) return 'fenced';
    const session = this.#ready();
    if (!session) return 'away';
    const written = await this.#attempt(session, (endMs) =>
      this.#store.write(key, record, fence, false, endMs),
    );
    if (!written) return 'away';
    this.#learn(session, written.horizon);
    return written.stored ? 'stored' : 'fenced';
  }

  /**
   * A set has a fence as well, lest its late execution undo what came after: the latest epoch known when it is sent,
   * by a reply or a signal. Whoever invalidates or sets after this call has returned, whatever it returned, gets a
   * later epoch; then the set, should it still be on its way, is refused. The fence may also be older than something
   * that happened before this call, and the set be refused for that; so it is tried again with the epoch that the
   * refusal tells, which is from within this call. A second refusal is by something within this call: either order
   * of the two is right, and that this came first is one of them. What was there before is gone in any case.
   */
  async #set(key: string, record: TierRecord): Promise<'stored' | 'fenced' | 'away'> {
    const session = this.#ready();
    const stored =
      session && (await this.#attempt(session, (endMs) => this.#trySet(session, key, record, endMs)));
    if (stored) this.#sent += 1;
    else this.#remember([{ kind: 'key', key }]);
    return stored ?? 'away';
  }

  async #trySet(
    session: Session,
    key: string,
    record: TierRecord,
    endMs: number,
  ): Promise<'stored' | 'fenced'> {
    let { horizon } = session;
    for (let attempt = 0; attempt < SET_ATTEMPTS; attempt++) {
      const fence = { session, horizon, token: '' };
      const written = await this.#store.write(key, record, fence, true, endMs);
      this.#learn(session, written.horizon);
      if (written.stored) return 'stored';
      horizon = written.horizon;
    }
    return 'fenced';
  }

  async #makeInvalid(session: Session, invalidations: readonly Invalidation[]): Promise<boolean> {
    const done = await this.#attempt(session, () => this.#invalidator.invalidate(session, invalidations));
    if (done) this.#sent += invalidations.length;
    return done ?? false;
  }

  /** The session, where entries may be read and written now. */
  #ready(): Session | undefined {
    return this.#session && this.#pending.size === 0 && this.#breaker.allows() ? this.#session : undefined;
  }

  /** Never rejects: failures are counted, and give `undefined`. */
  async #attempt<T>(session: Session, run: (endMs: number) => Promise<T>): Promise<T | undefined> {
    this.#operations += 1;
    const attempt = run(this.#clock.monotonic() + this.#settings.deadline);
    this.#inFlight.add(attempt);
    try {
      const result = await attempt;
      this.#breaker.succeeded();
      return result;
    } catch (error) {
      this.#onFailure(session, error);
      return undefined;
    } finally {
      this.#inFlight.delete(attempt);
      this.#announce();
    }
  }

  #onFailure(session: Session, error: unknown): void {
    if (error instanceof TimeoutError) this.#timeouts += 1;
    else this.#failures += 1;
    // A link that is lost is replaced, and that is the keeper's business.
    if (session !== this.#session) return;
    this.#lastError = error;
    this.#breaker.failed();
    if (error instanceof TimeoutError) return;
    // Each kind of failure is told once, until all is well again.
    const message = errorMessage(error);
    if (message === this.#lastFailure) return;
    this.#lastFailure = message;
    this.#listener?.failed('redis', error);
  }

  #remember(invalidations: readonly Invalidation[]): void {
    this.#forgotten += 1;
    this.#pending.add(invalidations);
    this.#announce();
  }

  #learn(session: Session, horizon: Horizon): void {
    if (session.learn(horizon) && session === this.#session) this.#reset();
  }

  #reset(): void {
    // Before the session is up, its beginning is a reset anyway.
    if (!this.#session) return;
    this.#resets += 1;
    this.#listener?.reset();
  }

  #onSignal(name: string): void {
    const signal = readSignal(this.#space.signals, name);
    if (!signal) {
      this.#reset();
      return;
    }
    // Our own, but for those of an earlier connection, which may have come to Redis late.
    if (signal.sender === this.#session?.id) return;
    this.#session?.learnEpoch(signal.epoch);
    this.#received += signal.invalidations.length;
    for (const invalidation of signal.invalidations) this.#listener?.invalidated(invalidation);
  }

  #onUp(link: RedisLink, askedMs: number, horizon: Horizon): void {
    if (!this.#listener) return;
    this.#connections += 1;
    const session = new Session(link, horizon, this.#clock);
    this.#session = session;
    this.#breaker.succeeded();
    // Signals are heard from here on; what was missed before is not known.
    this.#reset();
    this.#trustedUntil = askedMs + this.staleBound;
    void this.#replay(session);
    this.#announce();
  }

  #onBeat(askedMs: number, horizon: Horizon): void {
    const session = this.#session;
    if (!session) return;
    this.#learn(session, horizon);
    this.#trustedUntil = askedMs + this.staleBound;
    // A beat in good time is as good a trial as any, and comes where nobody asks for anything.
    const inTime = this.#clock.monotonic() - askedMs <= this.#settings.deadline;
    if (inTime && this.#breaker.state !== 'closed' && this.#breaker.allows()) {
      this.#breaker.succeeded();
      this.#announce();
    }
    void this.#replay(session);
  }

  #onDown(error: unknown): void {
    this.#session = undefined;
    this.#lastError = error;
    this.#announce();
  }

  /** Makes the invalidations that were not acknowledged; what fails is tried again at the next beat. */
  async #replay(session: Session): Promise<void> {
    if (this.#isReplaying) return;
    this.#isReplaying = true;
    while (this.#pending.size > 0 && session === this.#session) {
      const { invalidations, done } = this.#pending.take(REPLAY_BATCH);
      if (!(await this.#makeInvalid(session, invalidations))) break;
      done();
      this.#replayed += invalidations.length;
    }
    this.#isReplaying = false;
    this.#announce();
  }

  /** Finds out whether it is up or away, and why. */
  #announce(): void {
    if (!this.#session) this.#availability.away(errorMessage(this.#lastError ?? new Error('not connected')));
    else if (this.#pending.size > 0) this.#availability.away('invalidations have to be made up for');
    else if (this.#breaker.state !== 'closed') this.#availability.away(errorMessage(this.#lastError));
    else if (this.#availability.up()) this.#lastFailure = '';
  }
}

function asFence(tier: StoreFence): Fence {
  return { tier };
}

/** The fences that a manager gives back are those that it was given. */
function readFence({ tier }: Fence): StoreFence {
  return tier as StoreFence;
}
