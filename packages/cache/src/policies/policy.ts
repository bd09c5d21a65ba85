/* Two bits: S3-FIFO and CLOCK gain nothing from a longer memory of hits. */
export const MAX_REUSE = 3;

/** The `reuse` of an entry whose every hit its policy wants to be told of. */
export const WATCHED = -1;

/** What a policy sees of an entry. The cache makes it; the policy keeps its own notes in the last fields. */
export interface Resident {
  readonly key: string;
  /** 32-bit hash of the key, signed: the same for the same key, always. */
  readonly hash: number;
  /** Estimated bytes; 0 unless they are counted. */
  readonly bytes: number;
  /**
   * Hits since the policy last set it, at most {@link MAX_REUSE}: the cache counts them here, which is all
   * that a hit costs. {@link WATCHED} instead has the cache call `hit()` at each.
   */
  reuse: number;
  /** Where the policy keeps the entry, by its own numbering. */
  slot: number;
  /** In which of its queues, and whatever else it needs to know, by its own numbering. */
  queue: number;
}

/**
 * Which entry goes when the cache is full: nothing else. It sizes itself by the entries that it has. The cache adds an entry first and then has the policy
 * evict, so for a moment there is one more than fits. Expiry, tags and bytes are the cache's business.
 */
export interface EvictionPolicy<Entry extends Resident = Resident> {
  /** Takes in an entry that is not there; its `reuse` is 0 until the policy sets it. */
  add(entry: Entry): void;
  /** Told of each hit of an entry whose `reuse` is {@link WATCHED}. */
  hit(entry: Entry): void;
  /** Lets an entry go that was deleted or has expired. */
  remove(entry: Entry): void;
  /** Chooses an entry, lets it go and returns it; `undefined` when there is none. */
  evict(): Entry | undefined;
  /** Lets all go. What it has learnt of the keys may stay. */
  clear(): void;
  /** The share of the entries that newcomers have to themselves, where the policy has such a thing. */
  readonly window?: number;
  /** Keeps that share as it is given, above 0 and below 1; `undefined` leaves it to the policy again. */
  pinWindow?(share: number | undefined): void;
  /** Keeps that share where it is put; `undefined` leaves it to the policy again. */
  pinWindow?(share: number | undefined): void;
}
