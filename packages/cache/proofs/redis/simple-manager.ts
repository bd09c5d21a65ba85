import type { Invalidation, SecondTier, TierListener, TierRecord } from '../../src/tier/second-tier.ts';

interface Entry {
  readonly version: number;
  readonly tags: readonly string[];
  /** When its load began, monotonic. */
  readonly bornMs: number;
}

interface Flight {
  readonly bornMs: number;
  readonly result: Promise<number>;
  isFenced: boolean;
}

/** The least first tier that keeps the contract of a second one: to try the tier without the cache around it. */
export class SimpleManager implements TierListener {
  readonly #tier: SecondTier;
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new Map<string, Flight>();
  #isUp = false;

  constructor(tier: SecondTier) {
    this.#tier = tier;
    tier.start(this);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get(key: string, tags: readonly string[], load: () => Promise<number>): Promise<number> {
    const nowMs = performance.now();
    const isTrusted = this.#tier.trustedUntil() > nowMs;
    const isGood = ({ bornMs }: { readonly bornMs: number }): boolean =>
      isTrusted || nowMs - bornMs <= this.#tier.staleBound;
    const entry = this.#entries.get(key);
    if (entry && isGood(entry)) return Promise.resolve(entry.version);
    const present = this.#flights.get(key);
    if (present && nowMs - present.bornMs <= this.#tier.staleBound) return present.result;
    const flight: Flight = {
      bornMs: nowMs,
      isFenced: false,
      result: this.#fly(key, tags, load, () => flight).finally(() => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      }),
    };
    this.#flights.set(key, flight);
    return flight.result;
  }

  async set(key: string, version: number, tags: readonly string[]): Promise<boolean> {
    this.#drop(key);
    const outcome = await this.#tier.write(key, recordOf(version, tags));
    this.#drop(key);
    return outcome === 'stored';
  }

  async invalidate(invalidation: Invalidation): Promise<boolean> {
    this.invalidated(invalidation);
    const acknowledged = await this.#tier.invalidate([invalidation]);
    this.invalidated(invalidation);
    return acknowledged;
  }

  invalidated(invalidation: Invalidation): void {
    if (invalidation.kind === 'key') {
      this.#drop(invalidation.key);
    } else if (invalidation.kind === 'tag') {
      for (const [key, { tags }] of this.#entries)
        if (tags.includes(invalidation.tag)) this.#entries.delete(key);
      this.#fenceAll();
    } else {
      this.reset();
    }
  }

  reset(): void {
    this.#entries.clear();
    this.#fenceAll();
  }

  changed({ kind }: { readonly kind: 'up' | 'away' }): void {
    this.#isUp = kind === 'up';
  }

  failed(source: string, error: unknown): void {
    console.error(source, error);
  }

  stop(): Promise<void> {
    return this.#tier.stop();
  }

  async #fly(
    key: string,
    tags: readonly string[],
    load: () => Promise<number>,
    flight: () => Flight,
  ): Promise<number> {
    const bornMs = performance.now();
    let read = await this.#tier.read(key);
    while (read.kind === 'loading') {
      const { retryAfterMs } = read;
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
      read = await this.#tier.read(key);
    }
    const version = read.kind === 'hit' ? versionOf(read.record) : await load();
    if (read.kind === 'miss') await this.#tier.write(key, recordOf(version, tags), read.fence);
    if (!flight().isFenced) this.#entries.set(key, { version, tags, bornMs });
    return version;
  }

  #drop(key: string): void {
    this.#entries.delete(key);
    const flight = this.#flights.get(key);
    if (flight) flight.isFenced = true;
    this.#flights.delete(key);
  }

  #fenceAll(): void {
    for (const flight of this.#flights.values()) flight.isFenced = true;
    this.#flights.clear();
  }
}

function recordOf(version: number, tags: readonly string[]): TierRecord {
  return { payload: Buffer.from(String(version)), freshMs: 3_600_000, keepMs: 3_600_000, loadMs: 1, tags };
}

function versionOf({ payload }: TierRecord): number {
  return Number(Buffer.from(payload).toString());
}
