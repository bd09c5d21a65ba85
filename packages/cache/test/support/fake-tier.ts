import { type Clock, VirtualClock } from '@evenkeel/core';
import type {
  Invalidation,
  SecondTier,
  TierFence,
  TierListener,
  TierRead,
  TierRecord,
} from '../../src/index.ts';

interface Stored {
  record: TierRecord;
  readonly at: number;
}

/** A point on the way of a request: before it takes effect at the server, or after. */
type Point = 'request' | 'response';
type Operation = 'read' | 'write' | 'invalidate';

/** What several instances share: records, the order of invalidations, and who is loading what. */
export class FakeServer {
  readonly clock: Clock;
  readonly records = new Map<string, Stored>();
  readonly leases = new Map<string, { readonly owner: FakeTier; readonly until: number }>();
  readonly tiers = new Set<FakeTier>();
  #epoch = 0;
  readonly #log: { readonly epoch: number; readonly invalidation: Invalidation }[] = [];

  constructor(clock: Clock = new VirtualClock()) {
    this.clock = clock;
  }

  /** Another instance's link to the server. */
  tier(options: { readonly staleBound?: number; readonly fleetSingleFlight?: boolean } = {}): FakeTier {
    const tier = new FakeTier(this, options);
    this.tiers.add(tier);
    return tier;
  }

  read(key: string, reader: FakeTier): TierRead {
    const fence = { tier: this.#epoch };
    const stored = this.records.get(key);
    const age = this.clock.monotonic() - (stored?.at ?? 0);
    if (stored !== undefined && stored.record.keepMs - age > 0) {
      const { freshMs, keepMs } = stored.record;
      return {
        kind: 'hit',
        record: { ...stored.record, freshMs: freshMs - age, keepMs: keepMs - age },
        fence,
      };
    }
    const lease = this.leases.get(key);
    if (lease !== undefined && lease.owner !== reader && lease.until > this.clock.monotonic()) {
      return { kind: 'loading', retryAfterMs: 20 };
    }
    if (reader.leases) this.leases.set(key, { owner: reader, until: this.clock.monotonic() + 10_000 });
    return { kind: 'miss', fence };
  }

  write(
    key: string,
    record: TierRecord,
    fence: TierFence | undefined,
    writer: FakeTier,
  ): 'stored' | 'fenced' {
    this.leases.delete(key);
    if (fence === undefined) this.invalidate([{ kind: 'key', key }], writer);
    else if (this.#refuses(key, record, fence.tier as number)) return 'fenced';
    this.records.set(key, { record, at: this.clock.monotonic() });
    return 'stored';
  }

  invalidate(invalidations: readonly Invalidation[], writer: FakeTier | undefined): void {
    for (const invalidation of invalidations) {
      this.#log.push({ epoch: ++this.#epoch, invalidation });
      for (const [key, stored] of this.records) {
        if (!concerns(invalidation, key, stored.record.tags)) continue;
        if (!('soft' in invalidation && invalidation.soft)) this.records.delete(key);
        else stored.record = { ...stored.record, freshMs: Math.min(0, stored.record.freshMs) };
      }
      for (const tier of this.tiers) if (tier !== writer) tier.hear(invalidation);
    }
  }

  #refuses(key: string, { tags }: TierRecord, since: number): boolean {
    return this.#log.some(({ epoch, invalidation }) => epoch > since && concerns(invalidation, key, tags));
  }
}

function concerns(invalidation: Invalidation, key: string, tags: readonly string[]): boolean {
  switch (invalidation.kind) {
    case 'key':
      return invalidation.key === key;
    case 'tag':
      return tags.includes(invalidation.tag);
    case 'prefix':
      return key.startsWith(invalidation.prefix);
    case 'pattern':
      return new RegExp(invalidation.source, invalidation.flags).test(key);
    case 'all':
      return true;
  }
}

/** A second tier whose link the test can slow down, cut and mend. */
export class FakeTier implements SecondTier {
  readonly name = 'fake';
  readonly staleBound: number;
  readonly leases: boolean;
  /** Every operation, in the order of their requests. */
  readonly log: string[] = [];
  readonly #server: FakeServer;
  readonly #holds = new Map<string, Promise<void>[]>();
  readonly #pending: Invalidation[] = [];
  #listener: TierListener | undefined;
  #link: { readonly kind: 'up' } | { readonly kind: 'cut'; readonly at: number } = { kind: 'up' };

  constructor(
    server: FakeServer,
    options: { readonly staleBound?: number; readonly fleetSingleFlight?: boolean },
  ) {
    this.#server = server;
    this.staleBound = options.staleBound ?? 1000;
    this.leases = options.fleetSingleFlight ?? false;
  }

  start(listener: TierListener): void {
    this.#listener = listener;
    listener.changed(this.#link.kind === 'up' ? { kind: 'up' } : { kind: 'away', reason: 'cut' });
  }

  async stop(): Promise<void> {
    this.#listener = undefined;
  }

  /** Holds up the next such request or response. Returns what lets it go on. */
  hold(operation: Operation, point: Point): () => void {
    let release = () => {};
    const name = `${operation} ${point}`;
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#holds.set(name, [...(this.#holds.get(name) ?? []), hold]);
    return release;
  }

  /** From now on nothing comes through, and nothing is heard. */
  cut(): void {
    this.#link = { kind: 'cut', at: this.#server.clock.monotonic() };
    this.#listener?.changed({ kind: 'away', reason: 'cut' });
  }

  /** It is back: what was to be invalidated meanwhile is, and messages may have been missed. */
  mend(): void {
    this.#link = { kind: 'up' };
    this.#server.invalidate(this.#pending.splice(0), this);
    this.#listener?.reset();
    this.#listener?.changed({ kind: 'up' });
  }

  fail(source: string, error: unknown): void {
    this.#listener?.failed(source, error);
  }

  hear(invalidation: Invalidation): void {
    if (this.#link.kind === 'up') this.#listener?.invalidated(invalidation);
  }

  trustedUntil(): number {
    return this.#link.kind === 'up' ? Number.POSITIVE_INFINITY : this.#link.at;
  }

  async read(key: string): Promise<TierRead> {
    this.log.push(`read ${key}`);
    return this.#trip('read', () => this.#server.read(key, this), { kind: 'away' });
  }

  async write(key: string, record: TierRecord, fence?: TierFence): Promise<'stored' | 'fenced' | 'away'> {
    this.log.push(`${fence === undefined ? 'set' : 'write'} ${key}`);
    const outcome = await this.#trip<'stored' | 'fenced' | 'away'>(
      'write',
      () => this.#server.write(key, record, fence, this),
      'away',
    );
    if (outcome === 'away' && fence === undefined) this.#pending.push({ kind: 'key', key });
    return outcome;
  }

  release(key: string): void {
    this.log.push(`release ${key}`);
    if (this.#server.leases.get(key)?.owner === this) this.#server.leases.delete(key);
  }

  async invalidate(invalidations: readonly Invalidation[]): Promise<boolean> {
    this.log.push(`invalidate ${invalidations.map(({ kind }) => kind).join(', ')}`);
    const acknowledged = await this.#trip(
      'invalidate',
      () => {
        this.#server.invalidate(invalidations, this);
        return true;
      },
      false,
    );
    if (!acknowledged) this.#pending.push(...invalidations);
    return acknowledged;
  }

  async #trip<T>(operation: Operation, effect: () => T, away: T): Promise<T> {
    await this.#holds.get(`${operation} request`)?.shift();
    if (this.#link.kind === 'cut') return away;
    const result = effect();
    await this.#holds.get(`${operation} response`)?.shift();
    return this.#link.kind === 'up' ? result : away;
  }
}
