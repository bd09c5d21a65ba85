import type { Invalidation, TierRecord } from '../tier/second-tier.ts';
import type { Reply } from './driver.ts';
import { type KeySpace, throughUtf8 } from './key-space.ts';
import { INVALIDATE, READ, RELEASE, WRITE } from './scripts.ts';
import { type Horizon, readBytes, readHorizon, readInteger, type Session, unexpected } from './session.ts';
import { writeSignal } from './signal.ts';

/*
 * How long a fence is good, and therefore how long the invalidations that it has to meet are remembered. Both are
 * judged by the server's clock, in one step with the write: a command that was held up on its way, in a frozen server
 * or proxy, for longer than that is refused by its age, and before that by the invalidations that overtook it.
 */
const FENCE_RETENTION_MS = 600_000;

/** What a fence holds. */
export interface StoreFence {
  readonly session: Session;
  readonly horizon: Horizon;
  /** Of the lease to load the key; empty without one. */
  readonly token: string;
}

export type StoreRead =
  | { readonly kind: 'hit'; readonly record: TierRecord; readonly horizon: Horizon }
  | { readonly kind: 'miss' | 'loading'; readonly horizon: Horizon };

/** Reads and writes entries: what the scripts take and return, in the terms of the tier. */
export class RedisStore {
  readonly #space: KeySpace;
  readonly #maxTtlMs: number;
  readonly #leaseMs: number;

  constructor(space: KeySpace, maxTtlMs: number, leaseMs: number) {
    this.#space = space;
    this.#maxTtlMs = maxTtlMs;
    this.#leaseMs = leaseMs;
  }

  /** @param token of a lease to be taken at a miss; empty for none */
  async read(session: Session, key: string, token: string, endMs: number): Promise<StoreRead> {
    const { state, entries, leases, tags } = this.#space;
    const keys = [state, entries + key, leases + key];
    const reply = await session.run(READ, keys, [tags, token, String(Math.ceil(this.#leaseMs))], endMs);
    const horizon = readHorizon(reply, 1);
    const kind = readInteger(reply, 0);
    if (kind !== 1) return { kind: kind === 2 ? 'loading' : 'miss', horizon };
    return { kind: 'hit', record: readRecord(reply), horizon };
  }

  /** @returns whether it was stored, and the horizon after that */
  async write(
    key: string,
    record: TierRecord,
    { session, horizon, token }: StoreFence,
    isSet: boolean,
    endMs: number,
  ): Promise<{ readonly stored: boolean; readonly horizon: Horizon }> {
    const { state, entries, keys, leases, tags, signals } = this.#space;
    const { payload, freshMs, keepMs, loadMs } = record;
    const reply = await session.run(
      WRITE,
      [state, entries + key, keys + key, leases + key],
      [
        tags,
        token,
        isSet ? '1' : '0',
        String(horizon.epoch),
        String(horizon.origin),
        String(horizon.serverMs),
        String(FENCE_RETENTION_MS),
        Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
        freshMs === Infinity ? 'inf' : String(Math.floor(freshMs)),
        String(Math.floor(Math.min(keepMs, this.#maxTtlMs))),
        String(loadMs),
        // As they are in the names of their keys: tags that become the same are invalidated together.
        JSON.stringify(record.tags.map(throughUtf8)),
        // Longer than any entry, and than any fence that may bring one.
        String(Math.ceil(this.#maxTtlMs + FENCE_RETENTION_MS)),
        signals,
        isSet ? writeSignal(session.id, [{ kind: 'key', key }]) : '',
      ],
      endMs,
    );
    return { stored: readInteger(reply, 0) === 1, horizon: readHorizon(reply, 1) };
  }

  /**
   * Invalidates in one step. Entries that a rule matches are left for a sweep; writes that began before are refused
   * from here on, whether they match or not.
   *
   * @param isTold whether the other instances are to hear of it
   */
  async invalidate(
    session: Session,
    invalidations: readonly Invalidation[],
    isTold: boolean,
    endMs: number,
  ): Promise<Horizon> {
    const { state, entries, keys, tags, leases, signals } = this.#space;
    const signal = isTold ? writeSignal(session.id, invalidations) : '';
    const args = [entries, keys, tags, leases, String(FENCE_RETENTION_MS), signals, signal];
    for (const invalidation of invalidations) args.push(...stepOf(invalidation));
    return readHorizon(await session.run(INVALIDATE, [state], args, endMs), 0);
  }

  /** Tells the other instances of what has been invalidated already. */
  async announce(session: Session, invalidations: readonly Invalidation[], endMs: number): Promise<Horizon> {
    const { state, signals } = this.#space;
    const args = ['', '', '', '', '', signals, writeSignal(session.id, invalidations)];
    return readHorizon(await session.run(INVALIDATE, [state], args, endMs), 0);
  }

  async release(session: Session, key: string, token: string, endMs: number): Promise<Horizon> {
    const keys = [this.#space.state, this.#space.leases + key];
    return readHorizon(await session.run(RELEASE, keys, [token], endMs), 0);
  }
}

/** What a script is told of an invalidation. */
function stepOf(invalidation: Invalidation): readonly [kind: string, name: string] {
  switch (invalidation.kind) {
    case 'key':
      return ['k', invalidation.key];
    case 'tag':
      return [invalidation.soft ? 's' : 't', invalidation.tag];
    case 'prefix':
    case 'pattern':
      return ['r', ''];
    case 'all':
      return ['a', ''];
  }
}

function readRecord(reply: Reply): TierRecord {
  const tags: unknown = JSON.parse(readBytes(reply, 8).toString());
  if (!Array.isArray(tags)) throw unexpected(reply);
  const freshMs = readBytes(reply, 5).toString();
  return {
    payload: readBytes(reply, 4),
    freshMs: freshMs === 'inf' ? Infinity : Number(freshMs),
    keepMs: readInteger(reply, 6),
    loadMs: Number(readBytes(reply, 7).toString()),
    tags: tags.map(String),
  };
}
