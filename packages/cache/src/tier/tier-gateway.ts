import type { Clock } from '@evenkeel/core';
import type { PayloadCodec } from './payload-codec.ts';
import type { Fence, Invalidation, SecondTier, TierRecord } from './second-tier.ts';

/** What is stored of a value besides itself. Times in ms. */
export interface TierDetails {
  readonly ttlMs: number;
  readonly staleMs: number;
  readonly loadMs: number;
  readonly tags: readonly string[] | undefined;
}

/** What a look into the second tier gives, with the value decoded. */
export type GatewayRead =
  | { readonly kind: 'hit'; readonly value: unknown; readonly record: TierRecord; readonly fence: Fence }
  | { readonly kind: 'miss'; readonly fence: Fence | undefined };

export interface TierGatewayOptions {
  readonly tier: SecondTier;
  readonly codec: PayloadCodec;
  readonly clock: Clock;
  /** Hears of values that cannot be encoded or decoded. */
  failed(source: string, error: unknown): void;
}

/* Another instance that loads gets this long before its value is loaded here as well. */
const MAX_WAIT_MS = 5000;

/** The second tier as the manager sees it: values instead of bytes, and no failures. */
export class TierGateway {
  readonly #tier: SecondTier;
  readonly #codec: PayloadCodec;
  readonly #clock: Clock;
  readonly #failed: (source: string, error: unknown) => void;

  constructor({ tier, codec, clock, failed }: TierGatewayOptions) {
    this.#tier = tier;
    this.#codec = codec;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** Whether all entries of the first tier may be used. */
  isTrusted(): boolean {
    return this.#clock.monotonic() <= this.#tier.trustedUntil();
  }

  /** Whether an entry may be used that was last the same as in the tier, or the source, at this time. */
  mayUse(confirmedAt: number): boolean {
    const now = this.#clock.monotonic();
    return now <= this.#tier.trustedUntil() || now <= confirmedAt + this.#tier.staleBound;
  }

  /** @param waits whether to wait for another instance that is about to write the key */
  async read(key: string, waits: boolean): Promise<GatewayRead> {
    const giveUpAt = this.#clock.monotonic() + MAX_WAIT_MS;
    for (;;) {
      const read = await this.#tier.read(key);
      switch (read.kind) {
        case 'hit':
          try {
            return { ...read, value: await this.#codec.decode(read.record.payload) };
          } catch (error) {
            // Written by another version, or damaged: to be loaded and written again.
            this.#failed(`second tier's value of ${JSON.stringify(key)}`, error);
            return { kind: 'miss', fence: read.fence };
          }
        case 'miss':
          return { kind: 'miss', fence: read.fence };
        case 'loading':
          if (!waits || this.#clock.monotonic() >= giveUpAt) return { kind: 'miss', fence: undefined };
          await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, read.retryAfterMs));
          break;
        default:
          return { kind: 'miss', fence: undefined };
      }
    }
  }

  /**
   * Stores a loaded value, or, without a fence, one that the user sets.
   *
   * @throws UnstorableValueError for a value that the user sets
   */
  async write(
    key: string,
    value: unknown,
    { ttlMs, staleMs, loadMs, tags = [] }: TierDetails,
    fence?: Fence,
  ): Promise<'stored' | 'fenced' | 'away'> {
    let payload: Uint8Array;
    try {
      payload = await this.#codec.encode(key, value);
    } catch (error) {
      if (fence === undefined) {
        // What it has of the key is not what the user has set.
        await this.invalidate([{ kind: 'key', key }]);
        throw error;
      }
      this.#failed(`value of ${JSON.stringify(key)} for the second tier`, error);
      this.#tier.release(key, fence);
      return 'fenced';
    }
    const record: TierRecord = { payload, freshMs: ttlMs, keepMs: ttlMs + staleMs, loadMs, tags };
    return this.#tier.write(key, record, fence);
  }

  /** A load that the tier waits for has failed. */
  release(key: string, fence: Fence): void {
    this.#tier.release(key, fence);
  }

  invalidate(invalidations: readonly Invalidation[]): Promise<boolean> {
    return this.#tier.invalidate(invalidations);
  }
}
